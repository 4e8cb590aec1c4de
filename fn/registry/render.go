package registry

import (
	"fmt"
	"maps"
	"slices"

	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/ownership"
)

// An Outcome is what became of a plan in one run.
type Outcome struct {
	desired managed.Desired

	// ready are the images of which AWS has all that is wanted.
	ready map[string]bool

	// unready is true if something is not rendered that is wanted.
	unready bool

	// transient is true if something is desired for this run only: the next has to come soon.
	transient bool

	// deleted are the images that left the spec and that take their repository with them, as the project asked and the
	// platform team allows.
	deleted map[string]bool

	// taken says which repositories somebody else manages, and roleTaken that the push role is; empty if none is.
	taken     []string
	roleTaken string

	advice fault.Advice
}

// render returns what is desired: what nobody else has and, for one more run, objects that would leave a grant behind,
// or take along what another one manages now.
func render(p *Plan, owners map[string]ownership.Owner, deleteAllowed func(image string, withImages bool) bool) Outcome {
	o := Outcome{desired: managed.Desired{}, ready: make(map[string]bool, len(p.images)), deleted: map[string]bool{}}
	for _, i := range p.images {
		owner, lost := owners[repositoryKey(i.name)]
		switch {
		case !lost:
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
	o.renderRemoved(p, deleteAllowed)
	o.releaseElsewhere(p)
	owner, lost := owners[keyPushRole]
	o.renderRole(p, owner, lost)
	return o
}

// renderImage renders an image's repository and its policies, and reports whether AWS has them all.
func (o *Outcome) renderImage(p *Plan, i *image) bool {
	repository := i.observed.Ready()
	if key := repositoryKey(i.name); p.observed.elsewhere[key] == nil {
		o.desired.Set(key, p.repositoryOf(i), repository)
	} else {
		o.unready = true
	}
	lifecycle := o.renderLifecycle(p, i)
	grants := o.renderGrants(p, i)
	return repository && lifecycle && grants
}

// A policy is rendered once AWS has what it is attached to: a create that fails for want of that costs a minute. What is
// there stays, and a local render shows everything at once.

// attachable reports whether a new policy of an image can be rendered.
func (p *Plan) attachable(i *image) bool { return p.xr.Local || i.observed.Exists() }

// roleAttachable reports whether the push role's policy can be rendered. A role at another path is somebody else's, and
// gets none.
func (p *Plan) roleAttachable() bool {
	r := p.observed.rolePolicy()
	attached := r != nil && r.Spec.ForProvider.Role != ""
	return p.xr.Local || p.observed.ownsRole() || attached && !p.observed.foreignRole()
}

// renderGrants renders an image's RepositoryPolicy, if pull is granted to anybody. It reports whether AWS has it.
func (o *Outcome) renderGrants(p *Plan, i *image) bool {
	key := policyKey(i.name)
	r := p.observed.policy(i.name)
	switch {
	case p.observed.elsewhere[key] != nil:
		o.unready = true
		return false
	case p.observeOnly:
		return o.look(p, key)
	case i.grants == "":
		o.end(p, key)
		return true
	case r == nil && !p.attachable(i):
		o.unready = true
	default:
		o.desired.Set(key, p.repositoryPolicy(i), r.Ready())
	}
	return r.Ready()
}

// look only looks at what AWS has, if there is an object that does, and reports whether it has all.
func (o *Outcome) look(p *Plan, keys ...string) bool {
	ready := true
	for _, key := range keys {
		if r := p.observed.objects[key]; r != nil {
			o.desired.Set(key, p.again(key, managed.Observe), r.Ready())
			ready = ready && r.Ready()
		}
	}
	return ready
}

// end makes sure that something which is no longer wanted goes from AWS with its object: one that would leave it there gets
// Delete in one run, and is dropped in the next. So does one that is hidden, which Crossplane would not delete.
func (o *Outcome) end(p *Plan, key string) {
	if r := p.observed.objects[key]; r.Outlives() || r != nil && p.observed.hidden[key] {
		o.once(key, p.again(key, managed.End))
	}
}

// release takes Delete from objects that are about to be dropped: they may only observe for one run, and are gone in the
// next.
func (o *Outcome) release(p *Plan, keys ...string) {
	for _, key := range keys {
		if p.observed.objects[key].MayDelete() {
			o.once(key, p.again(key, managed.Observe))
		}
	}
}

// once adds what is desired for this run only, and so is not waited for.
func (o *Outcome) once(key string, r managed.Resource) {
	o.transient = true
	o.desired.Set(key, r, true)
}

// renderRemoved makes sure that nothing is deleted with an image that left the spec unless it may be now, and that no
// grant of such an image is forgotten.
func (o *Outcome) renderRemoved(p *Plan, deleteAllowed func(image string, withImages bool) bool) {
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
			o.end(p, key)
			continue
		}
		// Nothing is written now, so nothing can end the grant: it stays in sight.
		o.desired.Set(key, p.again(key, managed.Observe), true)
		o.advice.Add(imagesPath,
			"image %s is not in the spec, and AWS still has the repository policy of %s, which grants pull: it ends when "+
				"[Observe] is taken out of managementPolicies", image, p.observed.policy(image).Metadata.Annotations.ExternalName)
	}
}

// releaseElsewhere takes Delete from objects that are about something else in AWS than what they were made for, so that
// they go without it.
func (o *Outcome) releaseElsewhere(p *Plan) {
	for _, key := range slices.Sorted(maps.Keys(p.observed.elsewhere)) {
		r := p.observed.elsewhere[key]
		if r.MayDelete() && !p.observed.hidden[key] { // Crossplane does not delete what is hidden
			t, _, _ := parseKey(key)
			o.once(key, p.released(t))
		}
	}
}

// renderRole renders the project's push role and its policy, if workflows are to push and nobody else has the role.
func (o *Outcome) renderRole(p *Plan, owner ownership.Owner, lost bool) {
	elsewhere := p.observed.elsewhere[keyPushRole] != nil
	o.unready = o.unready || lost || elsewhere
	switch {
	case lost && owner.Leaving:
		o.advice.Add(githubPath,
			"another object of role %s is being deleted, and the role with it; it is made anew once that is done", p.role.name)
	case lost:
		o.roleTaken = fmt.Sprintf("%s: the push role %s is managed by %s; nothing is done for it until it is released",
			githubPath, p.role.name, owner.Name)
	}
	switch {
	case elsewhere:
	case p.observeOnly, lost:
		// What is there is only observed. What it was asked to be stays undecided.
		o.look(p, keyPushRole, keyPushPolicy)
		if r := p.observed.role(); r.Exists() && p.written.GitHub == nil {
			o.advice.Add(githubPath,
				"is not in the spec, and AWS still has the push role %s: it is deleted when [Observe] is taken out of "+
					"managementPolicies", r.Metadata.Annotations.ExternalName)
		}
	case p.role.orgAccess == nil:
		if p.observed.ownsRole() {
			o.end(p, keyPushRole)
		}
		o.end(p, keyPushPolicy)
	default:
		o.desired.Set(keyPushRole, p.roleObject(), p.observed.role().Ready())
		if p.observed.elsewhere[keyPushPolicy] == nil && p.roleAttachable() {
			o.desired.Set(keyPushPolicy, p.rolePolicyObject(), p.observed.rolePolicy().Ready())
		} else {
			o.unready = true
			o.release(p, keyPushPolicy) // it must not take a policy of somebody else's role with it
		}
	}
}
