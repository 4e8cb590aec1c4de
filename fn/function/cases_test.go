package function_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/util/yaml"
	sigsyaml "sigs.k8s.io/yaml"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// A kase is one request, and what must hold of the answer: testdata/cases/README.md.
type kase struct {
	Name        string                      `json:"name"`
	XR          map[string]any              `json:"xr"`
	Input       map[string]any              `json:"input"`
	Observed    map[string]map[string]any   `json:"observed"`
	Required    map[string][]map[string]any `json:"required"`
	RequiredAny map[string][]map[string]any `json:"requiredAny"`
	Want        struct {
		Fatal    []string `json:"fatal"`
		NoFatal  bool     `json:"noFatal"`
		Contains []string `json:"contains"`
		Absent   []string `json:"absent"`
		Fields   []struct {
			Kind, External, Path string
			Equals               any
		} `json:"fields"`
		Status []struct {
			Path, Contains, Lacks string
		} `json:"status"`
		Condition []string       `json:"condition"`
		Count     map[string]int `json:"count"`
	} `json:"want"`
}

// TestCases answers requests as Crossplane sends them, each of a kind of fault that the
// function has had.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		docs := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text)))
		for {
			doc, err := docs.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			var c kase
			if err := sigsyaml.UnmarshalStrict(doc, &c); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml")+"/"+c.Name, c.run)
		}
	}
}

func (c *kase) run(t *testing.T) {
	req := &fnv1.RunFunctionRequest{
		Input:    object(t, c.Input),
		Observed: &fnv1.State{Composite: &fnv1.Resource{Resource: object(t, c.XR)}, Resources: map[string]*fnv1.Resource{}},
	}
	for key, o := range c.Observed {
		req.Observed.Resources[key] = &fnv1.Resource{Resource: object(t, o)}
	}
	rsp := run(t, req)
	for range 5 {
		if len(rsp.GetRequirements().GetResources()) == 0 || len(rsp.GetConditions()) > 0 {
			break
		}
		req.RequiredResources = map[string]*fnv1.Resources{}
		for key, s := range rsp.GetRequirements().GetResources() {
			found := &fnv1.Resources{}
			for _, o := range c.Required[s.GetKind()] {
				if name, _ := o["metadata"].(map[string]any)["name"].(string); name == s.GetMatchName() {
					found.Items = append(found.Items, &fnv1.Resource{Resource: object(t, o)})
				}
			}
			for _, o := range c.RequiredAny[s.GetKind()] {
				found.Items = append(found.Items, &fnv1.Resource{Resource: object(t, o)})
			}
			req.RequiredResources[key] = found
		}
		rsp = run(t, req)
	}
	c.check(t, rsp)
}

func (c *kase) check(t *testing.T, rsp *fnv1.RunFunctionResponse) {
	t.Helper()
	fatal := strings.ToLower(fntest.Fatal(rsp))
	for _, text := range c.Want.Fatal {
		if !strings.Contains(fatal, strings.ToLower(text)) {
			t.Errorf("want %q in the Fatal result, got: %s", text, fatal)
		}
	}
	if c.Want.NoFatal && fatal != "" {
		t.Errorf("want no Fatal result, got: %s", fatal)
	}
	desired, err := protojson.Marshal(rsp.GetDesired())
	if err != nil {
		t.Fatal(err)
	}
	// protojson varies white space; texts within are JSON themselves.
	text := strings.ReplaceAll(compact(t, desired), `\"`, `"`)
	for _, s := range c.Want.Contains {
		if !strings.Contains(text, s) {
			t.Errorf("want %q in what is desired: %s", s, text)
		}
	}
	for _, s := range c.Want.Absent {
		if strings.Contains(text, s) {
			t.Errorf("want no %q in what is desired: %s", s, text)
		}
	}
	count := map[string]int{}
	for _, r := range rsp.GetDesired().GetResources() {
		count[r.GetResource().GetFields()["kind"].GetStringValue()]++
	}
	for kind, n := range c.Want.Count {
		if count[kind] != n {
			t.Errorf("want %d %s, got %d", n, kind, count[kind])
		}
	}
	for _, f := range c.Want.Fields {
		c.checkField(t, rsp, f.Kind, f.External, f.Path, f.Equals)
	}
	status := rsp.GetDesired().GetComposite().GetResource().GetFields()["status"].GetStructValue()
	for _, s := range c.Want.Status {
		value := fmt.Sprint(valueAt(status, s.Path))
		if s.Contains != "" && !strings.Contains(value, s.Contains) || s.Lacks != "" && strings.Contains(value, s.Lacks) {
			t.Errorf("status.%s: want %q and not %q, got %s", s.Path, s.Contains, s.Lacks, value)
		}
	}
	for _, want := range c.Want.Condition {
		c.checkCondition(t, rsp, want)
	}
}

// checkField compares a value of the one desired resource of a kind and an external-name.
func (c *kase) checkField(t *testing.T, rsp *fnv1.RunFunctionResponse, kind, external, path string, want any) {
	t.Helper()
	for _, r := range rsp.GetDesired().GetResources() {
		f := r.GetResource().GetFields()
		if f["kind"].GetStringValue() != kind || external != "" && valueAt(r.GetResource(), "metadata.annotations.crossplane\\.io/external-name") != external {
			continue
		}
		if got := valueAt(r.GetResource(), path); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s %s: %s is %v, want %v", kind, external, path, got, want)
		}
		return
	}
	t.Errorf("want a %s %s", kind, external)
}

// checkCondition wants `Type=Status/Reason/part of the message`, told to the claim too.
func (c *kase) checkCondition(t *testing.T, rsp *fnv1.RunFunctionResponse, want string) {
	t.Helper()
	parts := strings.SplitN(want, "/", 3)
	for _, got := range rsp.GetConditions() {
		status := map[fnv1.Status]string{fnv1.Status_STATUS_CONDITION_TRUE: "True", fnv1.Status_STATUS_CONDITION_FALSE: "False", fnv1.Status_STATUS_CONDITION_UNKNOWN: "Unknown"}[got.GetStatus()]
		ok := got.GetType()+"="+status == parts[0] && got.GetTarget() == fnv1.Target_TARGET_COMPOSITE_AND_CLAIM &&
			(len(parts) < 2 || got.GetReason() == parts[1]) && (len(parts) < 3 || strings.Contains(got.GetMessage(), parts[2]))
		if ok {
			return
		}
	}
	t.Errorf("want the condition %s, got %v", want, rsp.GetConditions())
}

// valueAt returns the value at a path of dots, in which \. is part of a name.
func valueAt(s *structpb.Struct, path string) any {
	var v any = s.AsMap()
	for _, name := range strings.Split(strings.ReplaceAll(path, `\.`, "\x00"), ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[strings.ReplaceAll(name, "\x00", ".")]
	}
	return v
}

func compact(t *testing.T, text []byte) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, text); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
