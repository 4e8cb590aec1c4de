package registry

import (
	"fmt"

	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/ownership"
)

// An Outcome is the result of rendering a Plan.
type Outcome struct {
	desired managed.Desired

	// ready has the images of which AWS has everything that is wanted.
	ready map[string]bool

	// unready is true if something wanted is not rendered yet.
	unready bool

	// transient is true if something is desired for this run only, so that the next run must come soon.
	transient bool

	// deleted is true for removed images that are deleted with their repository, as the project asked and the platform
	// team allows.
	deleted map[string]bool

	// taken has a message for each repository that another object manages, and roleTaken is that message for the push
	// role, or empty.
	taken     []string
	roleTaken string

	advice fault.Advice
}

// render returns what is desired: everything that no other object owns. Objects that would leave a grant behind, or
// delete what must stay in AWS, are desired for one more run with other management policies.
func render(p *Plan, owners map[string]ownership.Owner, deleteAllowed func(image string, withImages bool) bool) Outcome {
	o := Outcome{desired: managed.Desired{}, ready: make(map[string]bool, len(p.images)), deleted: map[string]bool{}}
	for _, i := range p.images {
		owner, taken := owners[repositoryKey(i.name)]
		switch {
		case !taken:
			o.ready[i.name] = o.renderImage(p, i)
			continue
		case owner.Leaving:
			o.advice.Add(i.path(), "another object of repository %s is being deleted; it is made anew once that is done", i.repository)
		default:
			o.taken = append(o.taken, fmt.Sprintf("%s %q: repository %s is managed by %s; nothing is done for this image until it is released",
				i.namePath(), i.name, i.repository, owner.Name))
		}
		o.unready = true
		o.release(p, repositoryKey(i.name), policyKey(i.name))
		o.release(p, p.observed.lifecycleKeys(i.name)...)
	}
	o.renderRemovedImages(p, deleteAllowed)
	o.releaseMisplaced(p)
	owner, taken := owners[keyPushRole]
	o.renderRole(p, owner, taken)
	return o
}

// renderImage renders an image's repository and its policies, and reports whether AWS has them all.
func (o *Outcome) renderImage(p *Plan, i *image) bool {
	repository := i.observed.Ready()
	if key := repositoryKey(i.name); p.observed.Misplaced[key] == nil {
		o.desired.Set(key, p.repositoryOf(i), repository)
	} else {
		o.unready = true
	}
	lifecycle := o.renderLifecycle(p, i)
	grants := o.renderGrants(p, i)
	return repository && lifecycle && grants
}

// A policy is first rendered once AWS has what it is attached to, because a failed create costs a minute. A local
// render shows everything at once.

// attachable reports whether a new policy of an image can be rendered.
func (p *Plan) attachable(i *image) bool { return p.xr.Local || i.observed.Exists() }

// roleAttachable reports whether the push role's policy can be rendered: AWS has the role, or had it when the policy
// was made. A role at another path gets no policy.
func (p *Plan) roleAttachable() bool {
	r := p.observed.rolePolicy()
	attached := r != nil && r.Spec.ForProvider.Role != ""
	return p.xr.Local || p.observed.ownsRole() || attached && !p.observed.foreignRole()
}

// renderGrants renders an image's RepositoryPolicy if it grants pull, and reports whether AWS has what is wanted.
func (o *Outcome) renderGrants(p *Plan, i *image) bool {
	key := policyKey(i.name)
	r := p.observed.policy(i.name)
	switch {
	case p.observed.Misplaced[key] != nil:
		o.unready = true
		return false
	case p.observeOnly:
		return o.renderObserveOnly(p, key)
	case i.grants == "":
		o.endGrant(p, key)
		return true
	case r == nil && !p.attachable(i):
		o.unready = true
	default:
		o.desired.Set(key, p.repositoryPolicy(i), r.Ready())
	}
	return r.Ready()
}

// renderObserveOnly renders the observed objects of some keys with [Observe], and reports whether all are ready.
func (o *Outcome) renderObserveOnly(p *Plan, keys ...string) bool {
	ready := true
	for _, key := range keys {
		if r := p.observed.Counted[key]; r != nil {
			o.desired.Set(key, p.asObserved(key, managed.Observe), r.Ready())
			ready = ready && r.Ready()
		}
	}
	return ready
}

// endGrant drops an object so that AWS deletes what it grants. An object that would leave the grant in AWS is rendered
// once more, with Delete. So is a hidden one, which Crossplane would not delete. The next run drops them.
func (o *Outcome) endGrant(p *Plan, key string) {
	if r := p.observed.Counted[key]; r.Outlives() || r != nil && p.observed.hidden[key] {
		o.desireOnce(key, p.asObserved(key, managed.End))
	}
}

// release drops objects so that AWS keeps what they manage. Objects with Delete are rendered once more, with [Observe].
// The next run drops them.
func (o *Outcome) release(p *Plan, keys ...string) {
	for _, key := range keys {
		if p.observed.Counted[key].MayDelete() {
			o.desireOnce(key, p.asObserved(key, managed.Observe))
		}
	}
}

// desireOnce desires a resource for this run only. It counts as ready: nothing waits for it.
func (o *Outcome) desireOnce(key string, r managed.Resource) {
	o.transient = true
	o.desired.Set(key, r, true)
}

// renderRemovedImages releases the repositories of removed images, unless they may be deleted now, and ends the grants
// of these images.
func (o *Outcome) renderRemovedImages(p *Plan, deleteAllowed func(image string, withImages bool) bool) {
	for _, image := range p.removed(typeRepository) {
		r := p.observed.repository(image)
		o.deleted[image] = r.MayDelete() && p.mayDelete && deleteAllowed(image, r.Spec.ForProvider.ForceDelete)
		if !o.deleted[image] {
			o.release(p, repositoryKey(image))
		}
		if p.observeOnly {
			o.release(p, p.observed.lifecycleKeys(image)...)
		}
	}
	for _, image := range p.removed(typeRepositoryPolicy) {
		key := policyKey(image)
		if !p.observeOnly {
			o.endGrant(p, key)
			continue
		}
		// Nothing may be written, so the grant cannot end. Its object stays, to keep it in sight.
		o.desired.Set(key, p.asObserved(key, managed.Observe), true)
		o.advice.Add(imagesPath,
			"image %s is not in the spec, and AWS still has the repository policy of %s, which grants pull: it ends when "+
				"[Observe] is taken out of managementPolicies", image, p.observed.policy(image).Metadata.Annotations.ExternalName)
	}
}

// releaseMisplaced releases the misplaced objects. Crossplane does not delete hidden ones, so these need no release.
func (o *Outcome) releaseMisplaced(p *Plan) {
	for key, r := range p.observed.Misplaced {
		if r.MayDelete() && !p.observed.hidden[key] {
			t, _, _ := parseKey(key)
			o.desireOnce(key, p.bareObject(t))
		}
	}
}

// renderRole renders the project's push role and its policy if the spec has github and no other object owns the role.
func (o *Outcome) renderRole(p *Plan, owner ownership.Owner, taken bool) {
	misplaced := p.observed.Misplaced[keyPushRole] != nil
	o.unready = o.unready || taken || misplaced
	switch {
	case taken && owner.Leaving:
		o.advice.Add(githubPath,
			"another object of role %s is being deleted, and the role with it; it is made anew once that is done", p.role.name)
	case taken:
		o.roleTaken = fmt.Sprintf("%s: the push role %s is managed by %s; nothing is done for it until it is released",
			githubPath, p.role.name, owner.Name)
	}
	switch {
	case misplaced:
	case p.observeOnly, taken:
		o.renderObserveOnly(p, keyPushRole, keyPushPolicy)
		if r := p.observed.role(); r.Exists() && p.written.GitHub == nil {
			o.advice.Add(githubPath,
				"is not in the spec, and AWS still has the push role %s: it is deleted when [Observe] is taken out of "+
					"managementPolicies", r.Metadata.Annotations.ExternalName)
		}
	case p.role.orgAccess == nil:
		if p.observed.ownsRole() {
			o.endGrant(p, keyPushRole)
		}
		o.endGrant(p, keyPushPolicy)
	default:
		o.desired.Set(keyPushRole, p.roleObject(), p.observed.role().Ready())
		if p.observed.Misplaced[keyPushPolicy] == nil && p.roleAttachable() {
			o.desired.Set(keyPushPolicy, p.rolePolicyObject(), p.observed.rolePolicy().Ready())
		} else {
			o.unready = true
			o.release(p, keyPushPolicy) // the policy of a role at another path must stay in AWS
		}
	}
}
