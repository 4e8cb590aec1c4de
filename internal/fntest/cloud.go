package fntest

import (
	"context"
	"strings"

	"github.com/ontopix/crossplane-ecr/internal/fake/cloud"
)

// A Repository is a repository in AWS with its policies.
type Repository struct {
	Mutability         string
	ScanOnPush         bool
	Encryption, KMSKey string
	Tags               map[string]string
	Lifecycle, Policy  string // texts; empty for none
	Images             int
}

// A Role is a role in AWS with the texts of its inline policies by name.
type Role struct {
	Path, Trust string
	Policies    map[string]string
}

// A Deletion is the deletion of a repository with its number of images.
type Deletion struct {
	ID     string
	Images int
}

// key returns the key of a repository, or of a policy of it, by its region and name: `eu-west-1/shop/web`.
func key(kind, id string) cloud.Key {
	region, name, _ := strings.Cut(id, "/")
	return cloud.Key{Kind: kind, Region: region, ID: name}
}

// Repository returns a repository by its region and name; nil if there is none.
func (w *World) Repository(id string) *Repository {
	thing, ok := w.Cloud.Look(key("Repository", id))
	if !ok {
		return nil
	}
	a := thing.Attributes
	r := &Repository{
		Mutability: str(a, "imageTagMutability"),
		Tags:       texts(child(a, "tags")),
		Lifecycle:  w.policy(key("LifecyclePolicy", id)),
		Policy:     w.policy(key("RepositoryPolicy", id)),
		Images:     thing.Images,
	}
	r.ScanOnPush, _ = child(a, "imageScanningConfiguration")["scanOnPush"].(bool)
	if l, _ := a["encryptionConfiguration"].([]any); len(l) > 0 {
		e, _ := l[0].(map[string]any)
		r.Encryption, r.KMSKey = str(e, "encryptionType"), str(e, "kmsKey")
	}
	return r
}

// policy returns the text of a policy in AWS; empty for none.
func (w *World) policy(k cloud.Key) string {
	thing, _ := w.Cloud.Look(k)
	return str(thing.Attributes, "policy")
}

// Repositories returns all repositories by region and name.
func (w *World) Repositories() map[string]*Repository {
	all := map[string]*Repository{}
	for _, k := range w.Cloud.Keys("Repository") {
		id := k.Region + "/" + k.ID
		all[id] = w.Repository(id)
	}
	return all
}

// Roles returns all roles by name.
func (w *World) Roles() map[string]*Role {
	all := map[string]*Role{}
	for _, k := range w.Cloud.Keys("Role") {
		thing, _ := w.Cloud.Look(k)
		all[k.ID] = &Role{Path: str(thing.Attributes, "path"), Trust: str(thing.Attributes, "assumeRolePolicy"), Policies: map[string]string{}}
	}
	for _, k := range w.Cloud.Keys("RolePolicy") {
		role, name, _ := strings.Cut(k.ID, ":")
		all[role].Policies[name] = w.policy(k)
	}
	return all
}

// Deleted returns the deletions of repositories, in order.
func (w *World) Deleted() []Deletion {
	var all []Deletion
	for _, e := range w.Cloud.Journal(func(k cloud.Key) bool { return k.Kind == "Repository" }) {
		if e.Op == cloud.Delete {
			all = append(all, Deletion{ID: e.Region + "/" + e.ID, Images: e.Images})
		}
	}
	return all
}

// Make creates a repository without Crossplane.
func (w *World) Make(id string, r Repository) {
	encryption := map[string]any{"encryptionType": r.Encryption}
	if r.KMSKey != "" {
		encryption["kmsKey"] = r.KMSKey
	}
	tags := map[string]any{}
	for k, v := range r.Tags {
		tags[k] = v
	}
	w.put(key("Repository", id), map[string]any{
		"imageTagMutability": r.Mutability, "imageScanningConfiguration": map[string]any{"scanOnPush": r.ScanOnPush},
		"encryptionConfiguration": []any{encryption}, "tags": tags,
	})
	w.SetLifecycle(id, r.Lifecycle)
	w.Push(id, r.Images)
}

// SetLifecycle changes a repository's lifecycle policy without Crossplane, or deletes it if the text is empty.
func (w *World) SetLifecycle(id, text string) {
	k := key("LifecyclePolicy", id)
	if text != "" {
		w.put(k, map[string]any{"policy": text})
	} else if err := w.Cloud.Delete(context.Background(), k, false); err != nil {
		w.t.Fatal(err)
	}
}

// Push adds images to a repository.
func (w *World) Push(id string, images int) {
	if err := w.Cloud.Push(key("Repository", id), images); err != nil {
		w.t.Fatal(err)
	}
}

func (w *World) put(k cloud.Key, attributes map[string]any) {
	if err := w.Cloud.Put(context.Background(), k, attributes); err != nil {
		w.t.Fatal(err)
	}
}

func texts(m map[string]any) map[string]string {
	out := make(map[string]string, len(m))
	for k := range m {
		out[k] = str(m, k)
	}
	return out
}
