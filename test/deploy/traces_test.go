package deploy_test

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestTraces shows that the pages have the output of `crossplane beta trace` that make e2e recorded.
func TestTraces(t *testing.T) {
	files, err := filepath.Glob("testdata/trace/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no traces: %v", err)
	}
	recorded := map[string]bool{}
	for _, f := range files {
		recorded["```console\n"+readFile(t, f)+"```"] = false
	}
	for name, text := range pages(t) {
		for _, block := range fence.FindAllString(text, -1) {
			if _, ok := recorded[block]; ok {
				recorded[block] = true
			} else if strings.Contains(block, "$ crossplane beta trace") {
				t.Errorf("%s shows a trace that was not recorded:\n%s", name, block)
			}
		}
	}
	for block, shown := range recorded {
		if !shown {
			t.Errorf("no page shows\n%s", block)
		}
	}
}
