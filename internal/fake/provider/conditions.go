package provider

import (
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// The runtime's conditions.
var (
	available = metav1.Condition{Type: "Ready", Status: "True", Reason: "Available"}
	creating  = metav1.Condition{Type: "Ready", Status: "False", Reason: "Creating"}
	deleting  = metav1.Condition{Type: "Ready", Status: "False", Reason: "Deleting"}
	success   = metav1.Condition{Type: "Synced", Status: "True", Reason: "ReconcileSuccess"}
)

// failure returns Synced=False with an error.
func failure(err error) metav1.Condition {
	return metav1.Condition{Type: "Synced", Status: "False", Reason: "ReconcileError", Message: err.Error()}
}

// setConditions sets conditions in the object's status, and keeps conditions of other types.
func setConditions(u *unstructured.Unstructured, at time.Time, conditions ...metav1.Condition) {
	var status struct {
		Conditions []metav1.Condition `json:"conditions"`
	}
	before, _, _ := unstructured.NestedMap(u.Object, "status")
	_ = runtime.DefaultUnstructuredConverter.FromUnstructured(before, &status)
	for _, c := range conditions {
		c.LastTransitionTime = metav1.NewTime(at)
		if c.Type == success.Type {
			c.ObservedGeneration = u.GetGeneration()
		}
		meta.SetStatusCondition(&status.Conditions, c)
	}
	after, _ := runtime.DefaultUnstructuredConverter.ToUnstructured(&status)
	list, _, _ := unstructured.NestedSlice(after, "conditions")
	for _, c := range list {
		if c, _ := c.(map[string]any); c["message"] == "" {
			delete(c, "message") // The runtime writes no empty message.
		}
	}
	_ = unstructured.SetNestedSlice(u.Object, list, "status", "conditions")
}
