package deploy_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"github.com/fluxcd/pkg/apis/kustomize"
	"github.com/fluxcd/pkg/runtime/cel"
	"github.com/google/go-cmp/cmp"
	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// recordings has objects in states that a live control plane showed, by version of Crossplane, generation and state.
// `make e2e` compares them with what it sees, and replaces them with E2E_RECORD=1.
const recordings = "testdata/health"

// TestHealth shows how Argo CD, Flux and kstatus judge an object in each state, each by its own interpreter.
func TestHealth(t *testing.T) {
	type verdicts struct {
		Argo, Flux, Kstatus string
	}
	cases := map[string]struct {
		reason string
		want   verdicts
	}{
		"ready": {
			reason: "A registry that AWS has as specified is healthy.",
			want:   verdicts{"Healthy", "Current", "Current"},
		},
		"being-made": {
			reason: "A sync waits while repositories are created, and does not fail.",
			want:   verdicts{"Progressing", "InProgress", "InProgress"},
		},
		"first-refusal": {
			reason: "A refused claim never becomes ready by waiting.",
			want:   verdicts{"Degraded", "Failed", "Failed"},
		},
		"refused-edit": {
			reason: "The last edit is not in force, although Ready stays True.",
			want:   verdicts{"Degraded", "Failed", "Failed"},
		},
		"taken": {
			reason: "Somebody else manages the repository; nothing happens until people act.",
			want:   verdicts{"Degraded", "Failed", "Failed"},
		},
		"out-of-sync": {
			reason: "AWS refused an update. The provider tries again and may succeed, so the claim has not failed.",
			want:   verdicts{"Progressing", "InProgress", "InProgress"},
		},
		"paused": {
			reason: "Nothing reconciles a paused object. Flux has no such state: an object that was ready before is current.",
			want:   verdicts{"Suspended", "Current", "Current"},
		},
		"being-deleted": {
			reason: "A deletion takes time.",
			want:   verdicts{"Progressing", "InProgress", "Terminating"},
		},
		"warning": {
			reason: "A guardrail that only warns does not stop a rollout.",
			want:   verdicts{"Healthy", "Current", "Current"},
		},
	}
	files, err := filepath.Glob(filepath.Join(recordings, "*", "*", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, file := range files {
		rel, _ := filepath.Rel(recordings, file)
		t.Run(rel, func(t *testing.T) {
			state := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(file), ".yaml"), "-composite")
			tc, ok := cases[state]
			if !ok {
				t.Fatal("no verdict is expected for this state")
			}
			seen[state] = true
			u := recorded(t, file)
			want := tc.want
			// Pausing a claim does not pause its composite resource.
			if state == "paused" && strings.HasSuffix(file, "-composite.yaml") {
				want = cases["ready"].want
			}
			got := verdicts{Argo: argo(t, u), Flux: flux(t, u), Kstatus: kstatus(t, u)}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
		})
	}
	for state := range cases {
		if !seen[state] {
			t.Errorf("state %s was never recorded", state)
		}
	}
}

func recorded(t *testing.T, file string) *unstructured.Unstructured {
	t.Helper()
	u := &unstructured.Unstructured{}
	decodeFile(t, &u.Object, file)
	return u
}

// argo runs the shipped Lua as Argo CD does: with only the libraries that it opens.
func argo(t *testing.T, u *unstructured.Unstructured) string {
	t.Helper()
	_, text := render(t, filepath.Join(deploy, "gitops", "argocd"))
	var cm struct{ Data map[string]string }
	if err := yaml.Unmarshal([]byte(text), &cm); err != nil {
		t.Fatal(err)
	}
	gvk := u.GroupVersionKind()
	script, ok := cm.Data["resource.customizations.health."+gvk.Group+"_"+gvk.Kind]
	if !ok {
		t.Fatalf("no health check is shipped for %s of %s", gvk.Kind, gvk.Group)
	}
	l := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer l.Close()
	for name, open := range map[string]lua.LGFunction{lua.LoadLibName: lua.OpenPackage, lua.BaseLibName: lua.OpenBase, lua.TabLibName: lua.OpenTable} {
		if err := l.CallByParam(lua.P{Fn: l.NewFunction(open), Protect: true}, lua.LString(name)); err != nil {
			t.Fatal(err)
		}
	}
	l.SetGlobal("obj", value(l, u.Object))
	if err := l.DoString(script); err != nil {
		t.Fatal(err)
	}
	answer, ok := l.Get(-1).(*lua.LTable)
	if !ok {
		t.Fatalf("the health check answers %v", l.Get(-1))
	}
	if answer.RawGetString("message").Type() != lua.LTString {
		t.Errorf("the message is %v", answer.RawGetString("message"))
	}
	return answer.RawGetString("status").String()
}

// value converts a JSON value to Lua.
func value(l *lua.LState, v any) lua.LValue {
	switch v := v.(type) {
	case map[string]any:
		table := l.NewTable()
		for k, item := range v {
			table.RawSetString(k, value(l, item))
		}
		return table
	case []any:
		table := l.NewTable()
		for _, item := range v {
			table.Append(value(l, item))
		}
		return table
	case string:
		return lua.LString(v)
	case bool:
		return lua.LBool(v)
	case float64:
		return lua.LNumber(v)
	}
	return lua.LNil
}

// flux evaluates the shipped expressions with Flux's own code.
func flux(t *testing.T, u *unstructured.Unstructured) string {
	t.Helper()
	var k struct {
		Spec struct {
			HealthCheckExprs []kustomize.CustomHealthCheck `json:"healthCheckExprs"`
		} `json:"spec"`
	}
	decodeFile(t, &k, deploy, "gitops", "flux", "kustomization.yaml")
	i := slices.IndexFunc(k.Spec.HealthCheckExprs, func(c kustomize.CustomHealthCheck) bool {
		return c.APIVersion == u.GetAPIVersion() && c.Kind == u.GetKind()
	})
	if i < 0 {
		t.Fatalf("no expressions are shipped for %s of %s", u.GetKind(), u.GetAPIVersion())
	}
	e, err := cel.NewStatusEvaluator(&k.Spec.HealthCheckExprs[i].HealthCheckExpressions)
	if err != nil {
		t.Fatal(err)
	}
	got, err := e.Evaluate(context.Background(), u)
	if err != nil {
		t.Fatal(err)
	}
	return got.Status.String()
}

// kstatus returns the verdict of tools that read no expressions, such as Flux without healthCheckExprs.
func kstatus(t *testing.T, u *unstructured.Unstructured) string {
	t.Helper()
	got, err := status.Compute(u)
	if err != nil {
		t.Fatal(err)
	}
	return got.Status.String()
}
