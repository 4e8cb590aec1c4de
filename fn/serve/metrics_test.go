package serve_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ontopix/crossplane-ecr/fn/serve"
	"github.com/ontopix/crossplane-ecr/internal/tlstest"
)

// TestMetricsAreDocumented shows that docs/metrics.md has each metric with its labels.
func TestMetricsAreDocumented(t *testing.T) {
	m, ca := serve.NewMetrics(), tlstest.NewCA(t)
	dir := mounted(t, ca.Files())
	s := start(t, serve.Options{Metrics: m, CertsDir: dir}, echo)
	m.Refused([]string{"requireKMS", "regions"}, "GuardrailViolation")
	m.Refused(nil, "InternalError")
	s.call("a", with(ca.Client()))
	tlstest.Mount(t, dir, ca.Files())
	s.call("b", with(ca.Client()))

	var got []string
	label := regexp.MustCompile(`(\w+)="`)
	for series := range s.series() {
		name, labels, _ := strings.Cut(series, "{")
		if !strings.HasPrefix(name, "function_ecr_") {
			continue
		}
		if base, ok := strings.CutSuffix(name, "_bucket"); ok {
			name, labels = base, ""
		} else if strings.HasSuffix(name, "_sum") || strings.HasSuffix(name, "_count") {
			continue
		}
		row := "| `" + name + "` | "
		for i, l := range label.FindAllStringSubmatch(labels, -1) {
			row += strings.Repeat(", ", min(i, 1)) + "`" + l[1] + "`"
		}
		got = append(got, strings.TrimRight(row, " ")+" |")
	}
	slices.Sort(got)
	got = slices.Compact(got)

	doc, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, row := range regexp.MustCompile("(?m)^(\\| `function_ecr_\\w+` \\|[^|]*)\\|").FindAllStringSubmatch(string(doc), -1) {
		want = append(want, strings.TrimRight(row[1], " ")+" |")
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("docs/metrics.md and the metrics differ: -doc, +served:\n%s", diff)
	}
	s.await(`function_ecr_refusals_total{reason="GuardrailViolation",rule="regions"}`, "1")
	s.await(`function_ecr_refusals_total{reason="InternalError",rule="none"}`, "1")
}
