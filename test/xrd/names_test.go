package xrd

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

// TestShortNames shows that no two kinds have the same short name, even where both generations are installed.
func TestShortNames(t *testing.T) {
	kinds := map[string]string{"pr": "Tekton's PipelineRun"}
	for _, crd := range crds(t) {
		for _, short := range crd.Spec.Names.ShortNames {
			if other, taken := kinds[short]; taken {
				t.Errorf("%s: the short name %s is that of %s", crd.GetName(), short, other)
			}
			kinds[short] = crd.GetName()
		}
	}
}

var (
	sample = regexp.MustCompile(`(?m)^ *\$ kubectl get ([a-z]+\.ecr\.[a-z.]+) [^|\n]*\n *(NAME .*)$`)
	blanks = regexp.MustCompile(` {2,}`)
)

// TestSamples shows that the samples of kubectl get in the guides have the columns that it prints, in their order.
func TestSamples(t *testing.T) {
	columns := map[string][]string{}
	for _, crd := range crds(t) {
		columns[crd.GetName()] = printed(crd)
	}
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, page := range append(pages, filepath.Join(root, "README.md")) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range sample.FindAllStringSubmatch(string(text), -1) {
			found++
			if diff := cmp.Diff(columns[m[1]], blanks.Split(strings.TrimSpace(m[2]), -1)); diff != "" {
				t.Errorf("%s: kubectl get %s: -printed, +shown\n%s", page, m[1], diff)
			}
		}
	}
	if found == 0 {
		t.Error("no page shows what kubectl get prints")
	}
}

// printed returns the columns that kubectl prints for a kind.
func printed(crd *extv1.CustomResourceDefinition) []string {
	names := []string{"NAME"}
	for _, c := range crd.Spec.Versions[0].AdditionalPrinterColumns {
		if c.Priority == 0 {
			names = append(names, strings.ToUpper(c.Name))
		}
	}
	return names
}
