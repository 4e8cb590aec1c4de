package fntest

import (
	"fmt"
	"slices"
	"time"
)

// A Managed is a managed resource in the API server of a World.
type Managed struct {
	// Key is its composition resource name.
	Key string

	// Owner is the UID of the composite resource that controls it; OwnerName its name.
	Owner, OwnerName, OwnerKind string

	// Applied is what was last applied.
	Applied map[string]any

	// Noted is the external name that the provider noted on it.
	Noted string

	// forgets is true if the provider knows the external name only until it restarts:
	// it is kept by late initialisation alone.
	forgets bool

	// Deleting is true once it was deleted, and is not gone yet.
	Deleting bool

	// taken is true once the provider set its finalizer.
	taken bool

	// changed is true if it was applied anew since the provider looked at it, and
	// looks is how often that was.
	changed bool
	looks   int

	// created is the second in which it was created.
	created int

	ready, synced *condition
	at            map[string]any
}

type condition struct{ status, message string }

func (o *Managed) meta() map[string]any { return child(o.Applied, "metadata") }

// Kind of the object.
func (o *Managed) Kind() string { return str(o.Applied, "kind") }

// Namespace of the object; empty for a cluster-scoped one.
func (o *Managed) Namespace() string { return str(o.meta(), "namespace") }

// Name of the object.
func (o *Managed) Name() string { return str(o.meta(), "name") }

func (o *Managed) namespaced() bool { return o.Namespace() != "" }

func (o *Managed) parameters() map[string]any { return child(child(o.Applied, "spec"), "forProvider") }

// External is its external name: as it was given, or as the provider noted it.
func (o *Managed) External() string {
	return or(str(child(o.meta(), "annotations"), "crossplane.io/external-name"), o.Noted)
}

// Policies are its management policies.
func (o *Managed) Policies() []string {
	var p []string
	for _, a := range list(child(o.Applied, "spec"), "managementPolicies") {
		p = append(p, fmt.Sprint(a))
	}
	return p
}

// May reports whether its management policies hold an action.
func (o *Managed) May(action string) bool { return slices.Contains(o.Policies(), action) }

// Synced is what the provider says last: whether it could do what is asked for.
func (o *Managed) Synced() (ok bool, message string) {
	if o.synced == nil {
		return false, ""
	}
	return o.synced.status == "True", o.synced.message
}

// epoch is when all of a World's objects begin to be created.
var epoch = time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC)

// observed returns the object as the API server has it.
func (o *Managed) observed() map[string]any {
	out := deepCopy(o.Applied).(map[string]any)
	meta := child(out, "metadata")
	meta["uid"] = fmt.Sprintf("uid-%d", o.created)
	meta["creationTimestamp"] = epoch.Add(time.Duration(o.created) * time.Second).Format(time.RFC3339)
	meta["ownerReferences"] = []any{map[string]any{
		"apiVersion": "ecr.ontopix.io/v1alpha1", "kind": o.OwnerKind, "name": o.OwnerName, "uid": o.Owner, "controller": true,
	}}
	annotations := child(meta, "annotations")
	annotations["crossplane.io/composition-resource-name"] = o.Key
	if e := o.External(); e != "" && !o.forgets {
		annotations["crossplane.io/external-name"] = e
	}
	meta["annotations"] = annotations
	if o.Deleting {
		meta["deletionTimestamp"] = epoch.Add(time.Hour).Format(time.RFC3339)
	}
	if o.Kind() == "Repository" && o.taken && o.May("Update") {
		p := child(child(out, "spec"), "forProvider")
		tags := child(p, "tags")
		for k, v := range o.ownTags() {
			tags[k] = v
		}
		p["tags"] = tags
	}
	status := map[string]any{}
	if o.at != nil {
		status["atProvider"] = deepCopy(o.at)
	}
	var conditions []any
	for i, c := range []*condition{o.synced, o.ready} {
		if c != nil {
			conditions = append(conditions, map[string]any{"type": []string{"Synced", "Ready"}[i], "status": c.status, "message": c.message})
		}
	}
	if len(conditions) > 0 {
		status["conditions"] = conditions
	}
	if len(status) > 0 {
		out["status"] = status
	}
	return out
}

// ownTags are the tags that the provider adds.
func (o *Managed) ownTags() map[string]string {
	return map[string]string{
		"crossplane-kind":           "repository.ecr.aws.upbound.io",
		"crossplane-name":           o.Name(),
		"crossplane-providerconfig": str(child(child(o.Applied, "spec"), "providerConfigRef"), "name"),
	}
}

// child returns an object in an object; a new one if it is not there.
func child(m map[string]any, key string) map[string]any {
	c, ok := m[key].(map[string]any)
	if !ok {
		return map[string]any{}
	}
	return c
}

func list(m map[string]any, key string) []any {
	l, _ := m[key].([]any)
	return l
}

func str(m map[string]any, key string) string {
	s, _ := m[key].(string)
	return s
}

func deepCopy(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := make(map[string]any, len(v))
		for k, e := range v {
			m[k] = deepCopy(e)
		}
		return m
	case []any:
		l := make([]any, len(v))
		for i, e := range v {
			l[i] = deepCopy(e)
		}
		return l
	}
	return v
}
