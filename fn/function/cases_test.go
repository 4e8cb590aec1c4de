package function_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// A kase is one request and what its answer must have: see testdata/cases/README.md.
type kase struct {
	Name     string                     `json:"name"`
	XR       json.RawMessage            `json:"xr"`
	Input    json.RawMessage            `json:"input"`
	Observed map[string]json.RawMessage `json:"observed"`
	Cluster  []json.RawMessage          `json:"cluster"`
	Want     struct {
		Refused  []string `json:"refused"`
		Contains []string `json:"contains"`
		Lacks    []string `json:"lacks"`
	} `json:"want"`
}

// TestCases answers requests as Crossplane sends them. Each case is an example of a bug that the function has had.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no cases: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for doc := range strings.SplitSeq(string(text), "\n---\n") {
			var c kase
			if err := yaml.UnmarshalStrict([]byte(doc), &c); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml")+"/"+c.Name, c.run)
		}
	}
}

func (c kase) run(t *testing.T) {
	r := fntest.Request{XR: string(c.XR), Input: string(c.Input), Observed: map[string]string{}}
	for key, o := range c.Observed {
		r.Observed[key] = string(o)
	}
	for _, o := range c.Cluster {
		r.Cluster += string(o) + "\n---\n"
	}
	rsp := fntest.Run(t, r)
	refusal, answer := fntest.Fatal(rsp), fntest.Summary(rsp)+rsp.GetDesired().String()
	if (refusal != "") != (len(c.Want.Refused) > 0) {
		t.Errorf("want it refused for %q, got: %s", c.Want.Refused, refusal)
	}
	for _, text := range c.Want.Refused {
		if !strings.Contains(refusal, text) {
			t.Errorf("want it refused for %q, got: %s", text, refusal)
		}
	}
	for _, text := range c.Want.Contains {
		if !strings.Contains(answer, text) {
			t.Errorf("want %q in the answer: %s", text, answer)
		}
	}
	for _, text := range c.Want.Lacks {
		if strings.Contains(answer, text) {
			t.Errorf("want no %q in the answer: %s", text, answer)
		}
	}
}
