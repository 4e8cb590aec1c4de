package engine

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Normalize returns what all engines should agree on: a Rendering without what
// no function decides and each engine adds in its own way.
//
//   - Of the XR its identity and status remain; of its conditions Ready without its
//     message, and the function's own. Times and generations are dropped.
//   - Composed resources lose generateName and ownerReferences (1.x leaves the
//     XR's uid empty, 2.x invents one), and what an API server adds.
//   - Of the results, severity and message remain, and of events only the
//     function's: 2.5 runs the real reconciler, which emits its own.
func Normalize(r *Rendering) *Rendering {
	out := &Rendering{XR: normalizeXR(r.XR)}
	for _, c := range r.Composed {
		out.Composed = append(out.Composed, normalizeComposed(c))
	}
	for _, res := range r.Results {
		if n := normalizeResult(res); n != nil {
			out.Results = append(out.Results, n)
		}
	}
	return out
}

func normalizeXR(xr *unstructured.Unstructured) *unstructured.Unstructured {
	out := &unstructured.Unstructured{Object: map[string]any{}}
	out.SetAPIVersion(xr.GetAPIVersion())
	out.SetKind(xr.GetKind())
	out.SetName(xr.GetName())
	if ns := xr.GetNamespace(); ns != "" {
		out.SetNamespace(ns)
	}
	status, ok := xr.DeepCopy().Object["status"].(map[string]any)
	if !ok {
		return out
	}
	delete(status, "claimConditionTypes")
	if conditions, ok := status["conditions"].([]any); ok {
		status["conditions"] = normalizeConditions(conditions)
	}
	out.Object["status"] = status
	return out
}

func normalizeConditions(conditions []any) []any {
	var out []any
	for _, c := range conditions {
		m, ok := c.(map[string]any)
		if !ok {
			continue
		}
		delete(m, "lastTransitionTime")
		delete(m, "observedGeneration")
		switch m["type"] {
		case "Synced", "Responsive":
			continue
		case "Ready":
			delete(m, "message")
		}
		out = append(out, m)
	}
	slices.SortFunc(out, func(a, b any) int {
		x, _ := a.(map[string]any)["type"].(string)
		y, _ := b.(map[string]any)["type"].(string)
		return strings.Compare(x, y)
	})
	return out
}

func normalizeComposed(u *unstructured.Unstructured) *unstructured.Unstructured {
	out := u.DeepCopy()
	out.SetGenerateName("")
	out.SetOwnerReferences(nil)
	for _, f := range []string{"uid", "resourceVersion", "creationTimestamp", "generation", "managedFields"} {
		unstructured.RemoveNestedField(out.Object, "metadata", f)
	}
	return out
}

func normalizeResult(u *unstructured.Unstructured) *unstructured.Unstructured {
	severity, _, _ := unstructured.NestedString(u.Object, "severity")
	message, _, _ := unstructured.NestedString(u.Object, "message")
	severity = strings.TrimPrefix(severity, "SEVERITY_")
	if _, found, _ := unstructured.NestedString(u.Object, "reason"); found {
		// An event. A function's has the step that it comes from.
		step, rest, ok := strings.Cut(message, ": ")
		if !ok || !strings.HasPrefix(step, "Pipeline step ") {
			return nil
		}
		message = rest
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"kind":     "Result",
		"severity": strings.ToUpper(severity),
		"message":  message,
	}}
}
