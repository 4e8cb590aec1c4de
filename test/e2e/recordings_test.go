package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// record returns a file below test/deploy/testdata. With E2E_RECORD=1 it first writes the file with what now returns.
func (s *scene) record(file string, now func() string) string {
	s.Helper()
	file = filepath.Join(s.lab.Tree().Root, "test", "deploy", "testdata", file)
	if os.Getenv("E2E_RECORD") != "" {
		s.must(os.MkdirAll(filepath.Dir(file), 0o755))
		s.must(os.WriteFile(file, []byte(now()), 0o644))
	}
	recorded, err := os.ReadFile(file)
	s.must(err)
	return string(recorded)
}

// recorded compares the conditions of the object, and of a claim's composite resource, with the recording of a state.
// Argo CD and Flux judge only conditions: test/deploy tests the shipped health checks on the recordings.
func (c claim) recorded(state string) {
	c.Helper()
	c.recordedOf(state, c.get)
	if !c.namespaced() && c.get().GetDeletionTimestamp() == nil {
		c.recordedOf(state+"-composite", c.composite)
	}
}

func (c claim) recordedOf(state string, get func() *unstructured.Unstructured) {
	c.Helper()
	file := filepath.Join("health", c.lab.Version().Name, c.generation.name, state+".yaml")
	recorded := &unstructured.Unstructured{}
	c.must(yaml.Unmarshal([]byte(c.record(file, func() string { return c.recording(get()) })), &recorded.Object))
	c.eventually("it is as it was recorded in "+file, func() error {
		if diff := cmp.Diff(verdicts(recorded), verdicts(get())); diff != "" {
			return fmt.Errorf("-recorded +got:\n%s", diff)
		}
		return nil
	})
}

// verdicts returns an object's conditions as "Type=Status Reason". It omits Responsive: whether Crossplane sets it
// depends on what happened before.
func verdicts(u *unstructured.Unstructured) []string {
	list, _, _ := unstructured.NestedSlice(u.Object, "status", "conditions")
	var all []string
	for _, v := range list {
		if condition := v.(map[string]any); condition["type"] != "Responsive" {
			all = append(all, fmt.Sprintf("%v=%v %v", condition["type"], condition["status"], condition["reason"]))
		}
	}
	slices.Sort(all)
	return all
}

// recording returns, as YAML, what a tool may use to judge an object's health.
func (c claim) recording(u *unstructured.Unstructured) string {
	c.Helper()
	metadata := map[string]any{"name": "registry"}
	if u.GetDeletionTimestamp() != nil {
		metadata["deletionTimestamp"] = "2026-01-01T00:00:00Z"
	}
	if paused, ok := u.GetAnnotations()["crossplane.io/paused"]; ok {
		metadata["annotations"] = map[string]any{"crossplane.io/paused": paused}
	}
	list, _, _ := unstructured.NestedSlice(u.Object, "status", "conditions")
	for _, v := range list {
		condition := v.(map[string]any)
		delete(condition, "lastTransitionTime")
		delete(condition, "observedGeneration")
		if m, ok := condition["message"].(string); ok {
			condition["message"] = strings.NewReplacer(c.project, "project", u.GetName(), "registry").Replace(m)
		}
	}
	slices.SortFunc(list, func(a, b any) int {
		return strings.Compare(a.(map[string]any)["type"].(string), b.(map[string]any)["type"].(string))
	})
	text, err := yaml.Marshal(map[string]any{
		"apiVersion": u.GetAPIVersion(), "kind": u.GetKind(), "metadata": metadata, "status": map[string]any{"conditions": list},
	})
	c.must(err)
	return string(text)
}

// traces compares what `crossplane beta trace` prints of the claim with the recording of a state, which
// docs/troubleshooting.md shows (test/deploy).
func (c claim) traces(state string) {
	c.Helper()
	trace := func() (string, error) {
		kind := "projectregistries." + c.group
		printed, err := c.lab.Trace(c.Context(), kind, c.name, "-n", c.namespace)
		if !c.namespaced() {
			// A composite resource's name ends in random characters.
			printed = strings.ReplaceAll(printed, c.composite().GetName(), c.name+"-x7k2p")
		}
		text := fmt.Sprintf("$ crossplane beta trace %s %s -n %s\n", kind, c.name, c.namespace)
		for line := range strings.Lines(printed) {
			text += strings.TrimRight(line, " \n") + "\n"
		}
		return text, err
	}
	recorded := c.record(filepath.Join("trace", state+".txt"), func() (now string) {
		c.eventually("the trace no longer changes", func() error {
			before, err := trace()
			c.must(err)
			time.Sleep(5 * time.Second)
			if now, err = trace(); err == nil && now != before {
				err = fmt.Errorf("it changed to\n%s", now)
			}
			return err
		})
		return now
	})
	c.eventually("the trace is as it was recorded of "+state, func() error {
		got, err := trace()
		if diff := cmp.Diff(recorded, got); err == nil && diff != "" {
			err = fmt.Errorf("-recorded +got:\n%s", diff)
		}
		return err
	})
}
