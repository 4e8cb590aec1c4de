package fntest

import (
	"fmt"
	"maps"
	"slices"
)

// Look lets the provider look at an object once, and do what it does then. What was
// measured of the real one is in the words of each step.
func (w *World) Look(o *Managed) {
	switch o.Kind() {
	case "Repository":
		w.lookRepository(o)
	case "LifecyclePolicy":
		w.lookLifecycle(o)
	case "RepositoryPolicy":
		w.lookPolicy(o)
	case "Role":
		w.lookRole(o)
	case "RolePolicy":
		w.lookRolePolicy(o)
	}
	o.changed = false
	o.looks++
	w.happened("look at " + o.Kind() + " " + o.Name())
}

// Restart makes the provider forget what it did not note.
func (w *World) Restart() {
	for _, o := range w.Objects {
		if o.forgets {
			o.Noted, o.forgets = "", false
		}
	}
}

func (o *Managed) say(ready, synced, message string) {
	if ready != "" {
		o.ready = &condition{status: ready}
	}
	o.synced = &condition{status: synced, message: message}
}

func (o *Managed) refuse(argument string) {
	o.say("True", "False", fmt.Sprintf("update failed: async update failed: refuse to update the external resource because the following update requires replacing it: cannot change the value of the argument %q", argument))
}

const absent = "observe failed: external resource does not exist"

func (w *World) lookRepository(o *Managed) {
	id := str(o.parameters(), "region") + "/" + o.External()
	r := w.Cloud.Repositories[id]
	switch {
	case o.Deleting && !o.May("Delete"):
		w.remove(o)
		return
	case o.Deleting && r == nil:
		w.remove(o)
		return
	case o.Deleting:
		force, _ := o.parameters()["forceDelete"].(bool)
		if r.Images > 0 && !force {
			o.say("False", "False", "delete failed: async delete failed: RepositoryNotEmptyException")
			return
		}
		if r.Images > 0 {
			w.Cloud.Lost = append(w.Cloud.Lost, id)
		}
		w.Cloud.Deleted = append(w.Cloud.Deleted, id)
		delete(w.Cloud.Repositories, id)
		w.remove(o)
		return
	}
	// A Repository that is only observed shows nothing before it changes or is polled.
	if !o.namespaced() && slices.Equal(o.Policies(), []string{"Observe"}) && o.looks == 0 {
		return
	}
	o.taken = true
	if r == nil {
		if !o.May("Create") {
			o.say("", "False", absent)
			return
		}
		e, k := o.encryption()
		r = &Repository{Encryption: or(e, "AES256"), KMSKey: k}
		w.Cloud.Repositories[id] = r
	}
	refused := false
	if o.May("Update") {
		if e, k := o.encryption(); e != r.Encryption || k != "" && k != r.KMSKey {
			refused = true
		} else {
			o.update(r)
		}
	}
	o.at = map[string]any{
		"id": o.External(), "arn": repositoryARN(id), "registryId": Account, "repositoryUrl": repositoryURL(id),
		"region": str(o.parameters(), "region"), "imageTagMutability": r.Mutability,
		"imageScanningConfiguration": map[string]any{"scanOnPush": r.ScanOnPush},
		"encryptionConfiguration":    []any{encryptionOf(r)},
		"tags":                       anyMap(r.Tags), "tagsAll": anyMap(r.Tags),
	}
	if len(r.Filters) > 0 {
		var filters []any
		for _, f := range r.Filters {
			filters = append(filters, map[string]any{"filter": f, "filterType": "WILDCARD"})
		}
		o.at["imageTagMutabilityExclusionFilter"] = filters
	}
	o.say("True", "True", "")
	if refused {
		o.refuse("encryption_configuration.0.encryption_type")
	}
}

func encryptionOf(r *Repository) map[string]any {
	e := map[string]any{"encryptionType": r.Encryption}
	if r.KMSKey != "" {
		e["kmsKey"] = r.KMSKey
	}
	return e
}

func (o *Managed) encryption() (typ, key string) {
	l := list(o.parameters(), "encryptionConfiguration")
	if len(l) == 0 {
		return "", ""
	}
	e, _ := l[0].(map[string]any)
	return str(e, "encryptionType"), str(e, "kmsKey")
}

// update makes a repository what its object asks for: what has no opinion stays, but
// the tags are enforced as a whole.
func (o *Managed) update(r *Repository) {
	p := o.parameters()
	if m := str(p, "imageTagMutability"); m != "" {
		r.Mutability = m
		r.Filters = nil
		for _, f := range list(p, "imageTagMutabilityExclusionFilter") {
			r.Filters = append(r.Filters, str(f.(map[string]any), "filter"))
		}
	}
	if scan, ok := child(p, "imageScanningConfiguration")["scanOnPush"].(bool); ok {
		r.ScanOnPush = scan
	}
	r.Tags = o.ownTags()
	for k, v := range child(p, "tags") {
		r.Tags[k] = fmt.Sprint(v)
	}
	maps.Copy(r.Tags, o.ownTags())
}

// attached returns what an object is attached to, by its name in AWS.
func (o *Managed) attached() string {
	if o.Kind() == "RolePolicy" {
		return str(o.parameters(), "role")
	}
	return str(o.parameters(), "repository")
}

func (w *World) lookLifecycle(o *Managed) {
	region := str(o.parameters(), "region")
	if o.Deleting {
		r := w.Cloud.Repositories[region+"/"+o.attached()]
		if o.taken && o.May("Delete") && o.External() != "" && r != nil {
			r.Lifecycle = ""
		}
		w.remove(o)
		return
	}
	o.taken = true
	r := w.Cloud.Repositories[region+"/"+o.attached()]
	if r == nil {
		o.say("False", "False", "create failed: async create failed: RepositoryNotFoundException")
		return
	}
	want := str(o.parameters(), "policy")
	// One without an external name is created, which overwrites what there is.
	if o.External() == "" || r.Lifecycle == "" {
		if !o.May("Create") {
			o.say("", "False", absent)
			return
		}
		r.Lifecycle, o.Noted, o.forgets = want, o.attached(), !o.May("LateInitialize")
	}
	o.at = map[string]any{"id": o.attached(), "policy": r.Lifecycle, "region": region, "repository": o.attached()}
	o.say("True", "True", "")
	if o.May("Update") && !SamePolicy(want, r.Lifecycle) {
		o.refuse("policy")
	}
}

func (w *World) lookPolicy(o *Managed) {
	region := str(o.parameters(), "region")
	if o.Deleting {
		r := w.Cloud.Repositories[region+"/"+o.attached()]
		if o.taken && o.May("Delete") && r != nil {
			r.Policy = ""
		}
		w.remove(o)
		return
	}
	o.taken = true
	r := w.Cloud.Repositories[region+"/"+o.attached()]
	if r == nil {
		o.say("False", "False", "create failed: async create failed: RepositoryNotFoundException")
		return
	}
	if o.May("Create") && r.Policy == "" || o.May("Update") && r.Policy != "" {
		r.Policy = str(o.parameters(), "policy")
	}
	if r.Policy == "" {
		o.say("", "False", absent)
		return
	}
	o.at = map[string]any{"id": o.attached(), "policy": r.Policy, "repository": o.attached()}
	o.say("True", "True", "")
}

func (w *World) lookRole(o *Managed) {
	if o.Deleting {
		if o.taken && o.May("Delete") {
			delete(w.Cloud.Roles, o.External())
		}
		w.remove(o)
		return
	}
	o.taken = true
	r := w.Cloud.Roles[o.External()]
	if r == nil {
		if !o.May("Create") {
			o.say("", "False", absent)
			return
		}
		r = &Role{Path: str(o.parameters(), "path"), Policies: map[string]string{}}
		w.Cloud.Roles[o.External()] = r
	}
	if o.May("Update") {
		r.Trust = str(o.parameters(), "assumeRolePolicy")
	}
	o.at = map[string]any{"id": o.External(), "arn": "arn:aws:iam::" + Account + ":role" + r.Path + o.External()}
	o.say("True", "True", "")
}

func (w *World) lookRolePolicy(o *Managed) {
	if o.Deleting {
		if r := w.Cloud.Roles[o.attached()]; r != nil && o.taken && o.May("Delete") {
			delete(r.Policies, o.External())
		}
		w.remove(o)
		return
	}
	o.taken = true
	r := w.Cloud.Roles[o.attached()]
	if r == nil {
		o.say("False", "False", "create failed: async create failed: NoSuchEntity")
		return
	}
	if o.May("Create") {
		r.Policies[o.External()] = str(o.parameters(), "policy")
	}
	o.at = map[string]any{"id": o.attached() + ":" + o.External()}
	o.say("True", "True", "")
}

func anyMap(m map[string]string) map[string]any {
	out := make(map[string]any, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}
