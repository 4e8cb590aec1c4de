package deploy_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"
	"github.com/prometheus/prometheus/rules"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/kube-state-metrics/v2/pkg/customresourcestate"
	"sigs.k8s.io/yaml"
)

// TestAlerts shows that every alert fires on its fault, and that none fires if nothing is wrong. Prometheus' own engine
// evaluates the rules.
func TestAlerts(t *testing.T) {
	registry := func(state string) string {
		return stateMetrics(t, recorded(t, filepath.Join(recordings, "2.4", "namespaced", state+".yaml")))
	}
	const healthy = `
		function_ecr_requests_in_flight 0x120
		function_ecr_requests_waiting 0x120
		function_ecr_panics_total 0x120
		function_ecr_requests_total{protocol="v1",code="OK"} 0+10x120
		function_ecr_refusals_total{rule="tenancy",reason="GuardrailViolation"} 3x120
		function_ecr_certificate_rotations_total{result="used"} 0+1x120
		function_ecr_certificate_expiry_timestamp_seconds 315360000x120
		function_ecr_request_duration_seconds_bucket{le="0.5"} 0+10x120
		function_ecr_request_duration_seconds_bucket{le="+Inf"} 0+10x120
	`
	cases := map[string]struct {
		reason string
		series string
		after  time.Duration
		want   []string
	}{
		"Healthy": {
			reason: "Nothing is wrong: a rule refused somebody long ago, certificates rotate, a registry is ready.",
			series: healthy + registry("ready"),
			after:  100 * time.Minute,
		},
		"EcrFunctionAbsent": {
			reason: "No function is scraped.",
			after:  15 * time.Minute,
			want:   []string{"EcrFunctionAbsent"},
		},
		"EcrFunctionPanics": {
			reason: "One panic is enough.",
			series: strings.Replace(healthy, "panics_total 0x120", "panics_total 0x10 1x110", 1),
			after:  12 * time.Minute,
			want:   []string{"EcrFunctionPanics"},
		},
		"EcrFunctionFails": {
			reason: "Calls end with an error code and no answer.",
			series: healthy + `function_ecr_requests_total{protocol="v1",code="ResourceExhausted"} 0+1x120`,
			after:  40 * time.Minute,
			want:   []string{"EcrFunctionFails"},
		},
		"EcrSettingsRefused": {
			reason: "The settings are refused, again and again.",
			series: healthy + `function_ecr_refusals_total{rule="input",reason="InvalidInput"} 0+1x120`,
			after:  20 * time.Minute,
			want:   []string{"EcrSettingsRefused"},
		},
		"EcrRefusals": {
			reason: "A registry is refused for more than an hour.",
			series: healthy + `function_ecr_refusals_total{rule="lifecycle.maxImages",reason="GuardrailViolation"} 0+1x120`,
			after:  70 * time.Minute,
			want:   []string{"EcrRefusals"},
		},
		"EcrFunctionSlow": {
			reason: "Two of a hundred requests take more than a second.",
			series: healthy + `
				function_ecr_request_duration_seconds_bucket{le="1",pod="slow"} 0+98x120
				function_ecr_request_duration_seconds_bucket{le="4",pod="slow"} 0+110x120
				function_ecr_request_duration_seconds_bucket{le="+Inf",pod="slow"} 0+110x120`,
			after: 40 * time.Minute,
			want:  []string{"EcrFunctionSlow"},
		},
		"EcrFunctionWaiting": {
			reason: "Requests wait all the time.",
			series: strings.Replace(healthy, "waiting 0x120", "waiting 3x120", 1),
			after:  20 * time.Minute,
			want:   []string{"EcrFunctionWaiting"},
		},
		"EcrCertificateExpires": {
			reason: "Thirteen days are left.",
			series: strings.Replace(healthy, "seconds 315360000x120", "seconds 1123200x120", 1),
			after:  70 * time.Minute,
			want:   []string{"EcrCertificateExpires"},
		},
		"EcrCertificateRefused": {
			reason: "The files changed and are not a valid set.",
			series: healthy + `function_ecr_certificate_rotations_total{result="refused"} 0+1x120`,
			after:  40 * time.Minute,
			want:   []string{"EcrCertificateRefused"},
		},
		"EcrRegistryNotValid": {
			reason: "A refused edit of a ready registry: Ready says nothing, Valid does.",
			series: healthy + registry("refused-edit"),
			after:  20 * time.Minute,
			want:   []string{"EcrRegistryNotValid"},
		},
		"EcrRegistryNotCompliant": {
			reason: "A guardrail warns for more than a day.",
			series: strings.ReplaceAll(healthy+registry("warning"), "x120", "x1600"),
			after:  26 * time.Hour,
			want:   []string{"EcrRegistryNotCompliant"},
		},
		"EcrRegistryNotReady": {
			reason: "A registry waits for its repositories for more than half an hour.",
			series: healthy + registry("being-made"),
			after:  40 * time.Minute,
			want:   []string{"EcrRegistryNotReady"},
		},
		"EcrRegistryPaused": {
			reason: "A registry is paused for more than a day.",
			series: strings.ReplaceAll(healthy+registry("paused"), "x120", "x1600"),
			after:  26 * time.Hour,
			want:   []string{"EcrRegistryPaused"},
		},
	}
	groups := alertGroups(t)
	fired := map[string]bool{}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := firing(t, groups, tc.series, tc.after)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
			for _, alert := range got {
				fired[alert] = true
			}
		})
	}
	runbook := readFile(t, root, "docs", "runbook.md")
	for _, g := range groups {
		for _, r := range g.Rules {
			if !fired[r.Alert] {
				t.Errorf("no fault makes %s fire", r.Alert)
			}
			if !strings.Contains(runbook, "\n## "+r.Alert+"\n") {
				t.Errorf("docs/runbook.md has no section %s", r.Alert)
			}
			if url := r.Annotations["runbook_url"]; !strings.HasSuffix(url, "/docs/runbook.md#"+strings.ToLower(r.Alert)) {
				t.Errorf("%s leads to %q", r.Alert, url)
			}
		}
	}
}

// alertGroups returns the shipped rules. It decodes the manifests strictly, by the Prometheus Operator's types.
func alertGroups(t *testing.T) []rulefmt.RuleGroup {
	t.Helper()
	var rule monitoringv1.PrometheusRule
	if err := yaml.UnmarshalStrict([]byte(readFile(t, deploy, "monitoring", "prometheusrule.yaml")), &rule); err != nil {
		t.Fatal(err)
	}
	var monitor monitoringv1.PodMonitor
	if err := yaml.UnmarshalStrict([]byte(readFile(t, deploy, "monitoring", "podmonitor.yaml")), &monitor); err != nil {
		t.Fatal(err)
	}
	text, err := yaml.Marshal(rule.Spec)
	if err != nil {
		t.Fatal(err)
	}
	groups, errs := rulefmt.Parse(text, false, model.UTF8Validation, parser.NewParser(parser.Options{}), slog.New(slog.DiscardHandler))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return groups.Groups
}

// firing returns the alerts that fire at a time after the series began. Series have one value a minute.
func firing(t *testing.T, groups []rulefmt.RuleGroup, series string, after time.Duration) []string {
	t.Helper()
	var load strings.Builder
	load.WriteString("load 1m\n")
	for _, line := range strings.Split(series, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			load.WriteString("  " + line + "\n")
		}
	}
	storage := promqltest.LoadedStorage(t, load.String())
	defer storage.Close()
	query := rules.EngineQueryFunc(promqltest.NewTestEngine(t, false, 0, 1_000_000), storage)
	p := parser.NewParser(parser.Options{})
	var names []string
	for _, g := range groups {
		for _, r := range g.Rules {
			expr, err := p.ParseExpr(r.Expr)
			if err != nil {
				t.Fatal(err)
			}
			rule := rules.NewAlertingRule(r.Alert, expr, time.Duration(r.For), 0, labels.FromMap(r.Labels), labels.FromMap(r.Annotations), labels.EmptyLabels(), "", true, slog.New(slog.DiscardHandler))
			for at := time.Duration(0); at <= after; at += time.Minute {
				if _, err := rule.Eval(context.Background(), 0, time.Unix(0, 0).Add(at).UTC(), query, nil, 0); err != nil {
					t.Fatalf("%s: %v", r.Alert, err)
				}
			}
			fires := func(a *rules.Alert) bool { return a.State == rules.StateFiring }
			if slices.ContainsFunc(rule.ActiveAlerts(), fires) {
				names = append(names, r.Alert)
			}
		}
	}
	slices.Sort(names)
	return names
}

// stateMetrics returns an object's metrics from kube-state-metrics with the shipped configuration, as constant series.
func stateMetrics(t *testing.T, u *unstructured.Unstructured) string {
	t.Helper()
	var config customresourcestate.Metrics
	decodeFile(t, &config, deploy, "monitoring", "kube-state-metrics.yaml")
	gvk := u.GroupVersionKind()
	for _, r := range config.Spec.Resources {
		if r.GroupVersionKind.Group != gvk.Group || r.GroupVersionKind.Kind != gvk.Kind {
			continue
		}
		factory, err := customresourcestate.NewCustomResourceMetrics(r)
		if err != nil {
			t.Fatal(err)
		}
		var series strings.Builder
		for _, g := range factory.MetricFamilyGenerators() {
			for _, line := range strings.Split(strings.TrimSpace(string(g.Generate(u).ByteSlice())), "\n") {
				if line != "" {
					series.WriteString(line + "x120\n")
				}
			}
		}
		return series.String()
	}
	t.Fatalf("kube-state-metrics is not configured for %s", gvk)
	return ""
}

// TestMetricsExist shows that the rules and the dashboard use only metrics that exist: those of the function and of
// kube-state-metrics.
func TestMetricsExist(t *testing.T) {
	exist := served(t)
	for _, state := range []string{"ready", "paused", "refused-edit"} {
		for _, line := range strings.Split(stateMetrics(t, recorded(t, filepath.Join(recordings, "2.4", "namespaced", state+".yaml"))), "\n") {
			name, _, _ := strings.Cut(line, "{")
			exist[name] = true
		}
	}
	exprs := map[string]string{}
	for _, g := range alertGroups(t) {
		for _, r := range g.Rules {
			exprs[r.Alert] = r.Expr
		}
	}
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	decodeFile(t, &dashboard, deploy, "monitoring", "dashboard.json")
	for _, panel := range dashboard.Panels {
		for i, target := range panel.Targets {
			exprs[fmt.Sprintf("panel %s, %d", panel.Title, i)] = strings.ReplaceAll(target.Expr, "$__rate_interval", "5m")
		}
	}
	p := parser.NewParser(parser.Options{})
	for where, text := range exprs {
		expr, err := p.ParseExpr(text)
		if err != nil {
			t.Errorf("%s: %v", where, err)
			continue
		}
		parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
			if v, ok := n.(*parser.VectorSelector); ok && !exist[v.Name] {
				t.Errorf("%s asks for %s, which nobody serves", where, v.Name)
			}
			return nil
		})
	}
}

// served returns the names of the function's metrics: those in docs/metrics.md, which is compared with the function
// elsewhere, and those of its process.
func served(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `(function_ecr_\\w+)` \\|[^|]*\\|( histogram)?").FindAllStringSubmatch(readFile(t, root, "docs", "metrics.md"), -1) {
		names[m[1]] = true
		if m[2] != "" {
			names[m[1]+"_bucket"] = true
		}
	}
	families, err := prometheus.DefaultGatherer.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		names[f.GetName()] = true
	}
	return names
}
