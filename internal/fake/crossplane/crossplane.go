// Package crossplane simulates Crossplane's part in a call of a function, for tests: its capabilities, its answers to
// requirements, and the conditions that it writes.
package crossplane

import (
	"google.golang.org/protobuf/types/known/structpb"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
)

// Capabilities returns the capabilities that Crossplane advertises since 2.2.
func Capabilities() []fnv1.Capability {
	return []fnv1.Capability{
		fnv1.Capability_CAPABILITY_CAPABILITIES,
		fnv1.Capability_CAPABILITY_REQUIRED_RESOURCES,
		fnv1.Capability_CAPABILITY_CREDENTIALS,
		fnv1.Capability_CAPABILITY_CONDITIONS,
		fnv1.Capability_CAPABILITY_REQUIRED_SCHEMAS,
	}
}

// Fetch returns the objects of a cluster that each selector selects. A selector without a match has an empty entry, as
// in Crossplane.
func Fetch(selectors map[string]*fnv1.ResourceSelector, cluster []*structpb.Struct) map[string]*fnv1.Resources {
	out := map[string]*fnv1.Resources{}
	for key, s := range selectors {
		out[key] = &fnv1.Resources{}
		for _, o := range cluster {
			if selects(s, o) {
				out[key].Items = append(out[key].Items, &fnv1.Resource{Resource: o})
			}
		}
	}
	return out
}

func selects(s *fnv1.ResourceSelector, o *structpb.Struct) bool {
	f := o.GetFields()
	meta := f["metadata"].GetStructValue().GetFields()
	if f["apiVersion"].GetStringValue() != s.GetApiVersion() || f["kind"].GetStringValue() != s.GetKind() {
		return false
	}
	if s.Namespace != nil && meta["namespace"].GetStringValue() != s.GetNamespace() {
		return false
	}
	if name := s.GetMatchName(); name != "" {
		return meta["name"].GetStringValue() == name
	}
	labels := meta["labels"].GetStructValue().GetFields()
	for k, v := range s.GetMatchLabels().GetLabels() {
		if labels[k].GetStringValue() != v {
			return false
		}
	}
	return true
}

// Condition returns a condition as Crossplane writes it to a status.
func Condition(c *fnv1.Condition) map[string]any {
	status := "Unknown"
	switch c.GetStatus() {
	case fnv1.Status_STATUS_CONDITION_TRUE:
		status = "True"
	case fnv1.Status_STATUS_CONDITION_FALSE:
		status = "False"
	}
	m := map[string]any{"type": c.GetType(), "status": status, "reason": c.GetReason()}
	if c.GetMessage() != "" {
		m["message"] = c.GetMessage()
	}
	return m
}
