package e2e_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/ontopix/crossplane-ecr/internal/fake/cloud"
	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
)

// health are the states in which GitOps tools judge an object. Each is compared with what was recorded of it; the health
// checks that are shipped are tested on the recordings (test/deploy). With E2E_RECORD=1 they are recorded anew.
func health() []behaviour {
	reason := "Argo CD and Flux see conditions only: what they are shown must be what their health checks were tested on"
	return []behaviour{
		{name: "health of what is ready", reason: reason, run: func(s *scene) {
			c := s.registry("app")
			c.apply(`images: [{name: api}]`)
			c.ready()
			c.recorded("ready")
		}},
		{name: "health of what is being made", reason: reason, standin: true, run: func(s *scene) {
			defer s.lab.Cloud.Inject(cloud.Fault{Op: cloud.Create, Match: s.of("api")})()
			c := s.registry("app")
			c.apply(`images: [{name: api}]`)
			c.says("Valid", "True", "Valid")
			c.recorded("being-made")
		}},
		{name: "health of a first refusal", reason: reason, run: func(s *scene) {
			c := s.registry("app")
			c.apply(`images: [{name: api, pull: {accounts: ["111111111111"]}}]`)
			c.says("Valid", "False", "GuardrailViolation")
			c.recorded("first-refusal")
		}},
		{name: "health of a refused edit", reason: reason, run: func(s *scene) {
			c := s.registry("app")
			c.apply(`images: [{name: api}]`)
			c.ready()
			c.apply(`images: [{name: api, pull: {accounts: ["111111111111"]}}]`)
			c.says("Valid", "False", "GuardrailViolation")
			c.recorded("refused-edit")
		}},
		{name: "health of a repository that is taken", reason: reason, run: func(s *scene) {
			first, second := s.registry("first"), s.registry("second")
			first.apply(`images: [{name: api}]`)
			first.ready()
			second.apply(`images: [{name: api}]`)
			second.says("Valid", "False", "RepositoryTaken")
			second.recorded("taken")
		}},
		{name: "health of what is out of sync", reason: reason, standin: true, run: func(s *scene) {
			c := s.registry("app")
			c.apply(`images: [{name: api}]`)
			c.ready()
			defer s.lab.Cloud.Inject(cloud.Fault{Op: cloud.Update, Match: s.of("api"), Err: &cloud.Error{Code: "AccessDeniedException", Message: "not authorized to perform ecr:PutImageTagMutability"}})()
			c.apply(`images: [{name: api, imageTagMutability: MUTABLE}]`)
			c.says("Ready", "False", map[bool]string{false: "Waiting", true: "Creating"}[s.namespaced()])
			c.recorded("out-of-sync")
		}},
		{name: "health of what is paused", reason: reason, run: func(s *scene) {
			c := s.registry("app")
			c.apply(`images: [{name: api}]`)
			c.ready()
			// One that is paused in the middle of its last reconciles shows what it was before them, and a claim may say for a
			// moment that it waits again.
			version, since := "", time.Now()
			s.eventually("it has come to rest", func() error {
				u := c.get()
				if now := u.GetResourceVersion(); now != version {
					version, since = now, time.Now()
				}
				if got := plane.ConditionOf(u, "Ready"); got.Status != "True" || time.Since(since) < 2*time.Second {
					return fmt.Errorf("it says Ready=%s %s, and changed %s ago", got.Status, got.Reason, time.Since(since))
				}
				return nil
			})
			c.patch(types.MergePatchType, `{"metadata":{"annotations":{"crossplane.io/paused":"true"}}}`)
			c.says("Synced", "False", "ReconcilePaused")
			c.recorded("paused")
		}},
		{name: "health of what is being deleted", reason: reason, run: func(s *scene) {
			c := s.registry("app")
			c.apply(`images: [{name: api}]`)
			c.ready()
			c.patch(types.JSONPatchType, `[{"op":"add","path":"/metadata/finalizers/-","value":"e2e.ecr.ontopix.io/hold"}]`)
			s.Cleanup(func() {
				patch := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`))
				_ = client.IgnoreNotFound(s.lab.Client.Patch(context.Background(), c.object(), patch))
			})
			c.delete()
			c.says("Ready", "False", "Deleting")
			c.recorded("being-deleted")
		}},
		{name: "health of a warning", reason: reason, alone: true, run: func(s *scene) {
			warn := parse(s.T, settings)
			guardrails := warn["guardrails"].(map[string]any)
			guardrails["requireKMS"] = true
			guardrails["warn"] = []any{"requireKMS"}
			if err := s.lab.Platform(s.Context(), warn); err != nil {
				s.Fatal(err)
			}
			s.Cleanup(func() { _ = s.lab.Platform(context.Background(), parse(s.T, settings)) })
			c := s.registry("app")
			c.apply(`images: [{name: api}]`)
			c.says("Ready", "True", "Available")
			c.says("Compliant", "False", "GuardrailWarning")
			c.recorded("warning")
		}},
	}
}

// patch changes the object whatever Crossplane writes to it at the same time.
func (c claim) patch(kind types.PatchType, text string) {
	c.Helper()
	if err := c.lab.Client.Patch(c.Context(), c.object(), client.RawPatch(kind, []byte(text))); err != nil {
		c.Fatal(err)
	}
}

// recorded compares the conditions of the object, and of a claim's composite resource, with those that were recorded of it
// in a state.
func (c claim) recorded(state string) {
	c.Helper()
	objects := map[string]func() *unstructured.Unstructured{"": c.get}
	if !c.namespaced() && c.get().GetDeletionTimestamp() == nil {
		objects["-composite"] = c.composite
	}
	for suffix, get := range objects {
		file := filepath.Join("..", "deploy", "testdata", "health", c.lab.Version().Name, c.generation.name, state+suffix+".yaml")
		if os.Getenv("E2E_RECORD") != "" {
			c.record(file, get())
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			c.Error(err)
			continue
		}
		c.eventually(state+suffix+" is as it was recorded in "+file, func() error {
			if diff := cmp.Diff(verdicts(parse(c.T, string(text))), verdicts(get().Object)); diff != "" {
				return fmt.Errorf("-recorded +got:\n%s", diff)
			}
			return nil
		})
	}
}

// verdicts are an object's conditions as "Type=Status Reason". Responsive is left out: whether Crossplane ever set it
// depends on how much happened before.
func verdicts(object map[string]any) []string {
	list, _, _ := unstructured.NestedSlice(object, "status", "conditions")
	var all []string
	for _, v := range list {
		if condition := v.(map[string]any); condition["type"] != "Responsive" {
			all = append(all, fmt.Sprintf("%v=%v %v", condition["type"], condition["status"], condition["reason"]))
		}
	}
	slices.Sort(all)
	return all
}

func (c claim) record(file string, u *unstructured.Unstructured) {
	c.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		c.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(c.told(u)), 0o644); err != nil {
		c.Fatal(err)
	}
}

// told is what a tool that judges an object's health may look at, as YAML.
func (c claim) told(u *unstructured.Unstructured) string {
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
	if err != nil {
		c.Fatal(err)
	}
	return string(text)
}
