package xpkg_test

import (
	"fmt"
	"strings"
	"testing"

	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
)

// checkFunction wants in the Deployment that Crossplane made all that the install guide's runtime configuration says, and the
// guide's other files to find its pods.
func (k *kubelet) checkFunction(t *testing.T) {
	t.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.function == nil {
		t.Fatal("no Deployment of the function was started")
	}
	if image := k.function.Spec.Template.Spec.Containers[0].Image; !strings.Contains(image, "/ontopix/function-ecr") {
		t.Errorf("the image is %s, want the function's package", image)
	}

	objects := kustomize(t, k.c, "base")
	config := find(t, objects, "DeploymentRuntimeConfig", "function-ecr")
	want, _, err := unstructured.NestedMap(config.Object, "spec", "deploymentTemplate", "spec")
	must(t, err)
	got, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&k.function.Spec)
	must(t, err)
	for _, fault := range missing("deploymentTemplate.spec", want, got) {
		t.Error(fault)
	}
	k.checkDisruptionBudget(t, find(t, objects, "PodDisruptionBudget", "function-ecr"))
}

// checkDisruptionBudget wants the guide's PodDisruptionBudget to select the pods.
func (k *kubelet) checkDisruptionBudget(t *testing.T, u *unstructured.Unstructured) {
	t.Helper()
	var pdb policyv1.PodDisruptionBudget
	must(t, runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &pdb))
	selector, err := metav1.LabelSelectorAsSelector(pdb.Spec.Selector)
	must(t, err)
	pods := k.function.Spec.Template.Labels
	if pdb.Namespace != k.function.Namespace || selector.Empty() || !selector.Matches(labels.Set(pods)) {
		t.Errorf("the PodDisruptionBudget selects %s in %s, and the pods are in %s with labels %v",
			selector, pdb.Namespace, k.function.Namespace, pods)
	}
	if least, replicas := pdb.Spec.MinAvailable.IntValue(), *k.function.Spec.Replicas; least < 1 || least >= int(replicas) {
		t.Errorf("the PodDisruptionBudget keeps %d of %d pods: either none, or no node can be drained", least, replicas)
	}
}

// missing returns what is wanted and is not there. What is there beside it is Crossplane's and the API server's business.
func missing(path string, want, got any) []string {
	switch w := want.(type) {
	case map[string]any:
		g, _ := got.(map[string]any)
		var faults []string
		for key, value := range w {
			faults = append(faults, missing(path+"."+key, value, g[key])...)
		}
		return faults
	case []any:
		g, _ := got.([]any)
		var faults []string
		for i, value := range w {
			faults = append(faults, missing(fmt.Sprintf("%s[%d]", path, i), value, counterpart(value, i, g))...)
		}
		return faults
	}
	if fmt.Sprint(want) != fmt.Sprint(got) { // A number may be an int64 here and a float64 there.
		return []string{fmt.Sprintf("%s is %v in the Deployment, and %v in deploy/kustomize/base/runtime.yaml", path, got, want)}
	}
	return nil
}

// counterpart returns the item of a list that has the same name or, where items have none, the same place.
func counterpart(item any, place int, list []any) any {
	name := func(item any) any { m, _ := item.(map[string]any); return m["name"] }
	for i, other := range list {
		if n := name(item); n != nil && n == name(other) || n == nil && i == place {
			return other
		}
	}
	return nil
}

func TestMissing(t *testing.T) {
	got := map[string]any{
		"replicas":   int64(2),
		"containers": []any{map[string]any{"name": "sidecar"}, map[string]any{"name": "main", "args": []any{"--debug", "--more"}}},
	}
	cases := map[string]struct {
		reason string
		want   map[string]any
		faults int
	}{
		"Same":   {"all of it is there", got, 0},
		"Less":   {"what Crossplane adds is its own business", map[string]any{"containers": []any{map[string]any{"name": "main"}}}, 0},
		"Other":  {"another value is not the one that was asked for", map[string]any{"replicas": int64(3)}, 1},
		"Absent": {"a field that got lost is a fault", map[string]any{"paused": true}, 1},
		"Unnamed": {
			"items without a name go by their place",
			map[string]any{"containers": []any{map[string]any{"name": "main", "args": []any{"--more"}}}}, 1,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if faults := missing("spec", tc.want, got); len(faults) != tc.faults {
				t.Errorf("%s: %d faults, want %d: %v", tc.reason, len(faults), tc.faults, faults)
			}
		})
	}
}
