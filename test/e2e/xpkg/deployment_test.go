package xpkg_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
)

// checkFunction checks that the Deployment that Crossplane created has all that the install guide's runtime
// configuration says, and that the guide's PodDisruptionBudget selects its pods.
func (k *kubelet) checkFunction(t *testing.T, installation []*unstructured.Unstructured) {
	t.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.function == nil {
		t.Fatal("no Deployment of the function was started")
	}
	if image := k.function.Spec.Template.Spec.Containers[0].Image; !strings.Contains(image, "/ontopix/function-ecr") {
		t.Errorf("the image is %s, want the function's package", image)
	}

	// Merging the configuration into the Deployment must change nothing.
	config := find(t, installation, "DeploymentRuntimeConfig", "function-ecr")
	wanted, _, err := unstructured.NestedMap(config.Object, "spec", "deploymentTemplate", "spec")
	must(t, err)
	patch, err := json.Marshal(wanted)
	must(t, err)
	has, err := json.Marshal(k.function.Spec)
	must(t, err)
	merged, err := strategicpatch.StrategicMergePatch(has, patch, appsv1.DeploymentSpec{})
	must(t, err)
	var want appsv1.DeploymentSpec
	must(t, json.Unmarshal(merged, &want))
	if diff := cmp.Diff(want, k.function.Spec); diff != "" {
		t.Errorf("the Deployment is not as deploy/kustomize/base/runtime.yaml says: -want, +got:\n%s", diff)
	}
	k.checkDisruptionBudget(t, find(t, installation, "PodDisruptionBudget", "function-ecr"))
}

// checkDisruptionBudget checks that the guide's PodDisruptionBudget selects the pods and lets a node be drained.
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
		t.Errorf("the PodDisruptionBudget keeps %d of %d pods: want at least one, and fewer than all, so that a node can be drained", least, replicas)
	}
}
