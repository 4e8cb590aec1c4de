package provider

import (
	"reflect"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// A condition as crossplane-runtime writes it.
type condition struct{ typ, status, reason, message string }

// The runtime's conditions.
var (
	available = condition{"Ready", "True", "Available", ""}
	creating  = condition{"Ready", "False", "Creating", ""}
	deleting  = condition{"Ready", "False", "Deleting", ""}
	success   = condition{"Synced", "True", "ReconcileSuccess", ""}
)

// failure is Synced=False with what went wrong.
func failure(err error) condition {
	return condition{"Synced", "False", "ReconcileError", err.Error()}
}

// setConditions sets conditions in the object's status; those of other types stay.
func setConditions(u *unstructured.Unstructured, at time.Time, conditions ...condition) {
	list, _, _ := unstructured.NestedSlice(u.Object, "status", "conditions")
	changed := false
	for _, c := range conditions {
		m := map[string]any{"type": c.typ, "status": c.status, "reason": c.reason, "lastTransitionTime": at.UTC().Format(time.RFC3339)}
		if c.message != "" {
			m["message"] = c.message
		}
		if c.typ == "Synced" && u.GetGeneration() > 0 {
			m["observedGeneration"] = u.GetGeneration()
		}
		i := indexOf(list, c.typ)
		if i < 0 {
			list, changed = append(list, m), true
			continue
		}
		old, _ := list[i].(map[string]any)
		if old["status"] == m["status"] {
			m["lastTransitionTime"] = old["lastTransitionTime"]
		}
		if !reflect.DeepEqual(old, m) {
			list[i], changed = m, true
		}
	}
	if changed {
		_ = unstructured.SetNestedSlice(u.Object, list, "status", "conditions")
	}
}

func indexOf(list []any, typ string) int {
	for i, v := range list {
		if m, _ := v.(map[string]any); m["type"] == typ {
			return i
		}
	}
	return -1
}
