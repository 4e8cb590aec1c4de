package registry

import (
	"fmt"
	"maps"
	"slices"

	iamv1beta1 "github.com/upbound/provider-aws/v2/apis/cluster/iam/v1beta1"

	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/observed"
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

	// removed are the images that left the spec and whose Repository is still observed.
	removed []removedImage

	// taken says which repositories somebody else manages, and roleTaken that the push role is; empty if none is.
	taken     []string
	roleTaken string

	advice fault.Advice
}

// A removedImage has left the spec.
type removedImage struct {
	target
	*observed.Resource

	// deleted is true if the repository goes from AWS with its object, as the project asked and the platform team
	// allows.
	deleted bool
}

// render returns what is desired: what nobody else has and, for one more run, objects that would leave a grant behind,
// or take along what another one manages now.
func render(p *Plan, owners map[string]ownership.Owner, deleteAllowed func(image string, withImages bool) bool) Outcome {
	o := Outcome{desired: managed.Desired{}, ready: make(map[string]bool, len(p.images))}
	for n := range p.images {
		i := &p.images[n]
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
		o.release(p, i.name, i.observed)
		o.releasePolicies(p, &i.target)
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
	r := p.observed.rolePolicy
	attached := r != nil && r.Spec.ForProvider.Role != ""
	return p.xr.Local || p.observed.ownsRole() || attached && !p.observed.foreignRole()
}

// renderLifecycle renders an image's LifecyclePolicy, and those on their way out. It reports whether AWS has the policy
// that is wanted.
func (o *Outcome) renderLifecycle(p *Plan, i *image) bool {
	objects := lifecycleObjects(i.lifecycle, p.observed.lifecycles[i.name])
	if p.observeOnly {
		objects = observedLifecycles(p.observed.lifecycles[i.name])
	}
	ready := true
	for _, l := range objects {
		key := lifecycleKey(i.name, l.hash)
		if p.observed.elsewhere[key] != nil || l.seen == nil && !p.attachable(i) {
			ready, o.unready = false, true
			continue
		}
		readiness := l.seen.Ready()
		if !l.held {
			// What goes is not waited for.
			readiness, o.transient = true, true
		}
		o.desired.Set(key, i.lifecyclePolicy(l.hash, l.policy, l.policies), readiness)
		ready = ready && readiness
	}
	return ready
}

// renderGrants renders an image's RepositoryPolicy, if pull is granted to anybody. It reports whether AWS has it.
func (o *Outcome) renderGrants(p *Plan, i *image) bool {
	key := policyKey(i.name)
	r := p.observed.policies[i.name]
	switch {
	case p.observed.elsewhere[key] != nil:
		o.unready = true
		return false
	case p.observeOnly && r == nil:
		return true
	case p.observeOnly:
		o.desired.Set(key, i.repositoryPolicy(r.Spec.ForProvider.Policy, managed.Observe), r.Ready())
	case i.grants == "":
		o.endGrants(p, &i.target, r)
		return true
	case r == nil && !p.attachable(i):
		o.unready = true
	default:
		o.desired.Set(key, i.repositoryPolicy(i.grants, managed.Own), r.Ready())
	}
	return r.Ready()
}

// endGrants makes sure that a grant which is no longer wanted goes from AWS with its object: one that was only observed
// gets Delete in one run, and is dropped in the next.
func (o *Outcome) endGrants(p *Plan, t *target, r *observed.Resource) {
	if key := policyKey(t.name); r.Outlives() || p.observed.hidden[key] {
		o.once(key, t.repositoryPolicy(r.Spec.ForProvider.Policy, managed.End))
	}
}

// once adds what is desired for this run only, and so is not waited for.
func (o *Outcome) once(key string, r managed.Resource) {
	o.transient = true
	o.desired.Set(key, r, true)
}

// removed returns those of some images that are not in the spec, sorted.
func (p *Plan) removed(observed map[string]*observed.Resource) []string {
	left := maps.Clone(observed)
	for n := range p.images {
		delete(left, p.images[n].name)
	}
	return slices.Sorted(maps.Keys(left))
}

// renderRemoved makes sure that nothing is deleted with an image that left the spec unless it may be now, and that no
// grant of such an image is forgotten.
func (o *Outcome) renderRemoved(p *Plan, deleteAllowed func(image string, withImages bool) bool) {
	for _, image := range p.removed(p.observed.repositories) {
		r := p.observed.repositories[image]
		t := p.targetOf(image, r)
		deleted := r.MayDelete() && p.mayDelete && deleteAllowed(image, r.Spec.ForProvider.ForceDelete)
		o.removed = append(o.removed, removedImage{target: t, Resource: r, deleted: deleted})
		if !deleted {
			o.release(p, image, r)
		}
		if p.observeOnly {
			o.releaseLifecycles(p, &t)
		}
	}
	for _, image := range p.removedGrants() {
		r := p.observed.policies[image]
		t := p.targetOf(image, r)
		if !p.observeOnly {
			o.endGrants(p, &t, r)
			continue
		}
		// Nothing is written now, so nothing can end the grant: it stays in sight.
		o.desired.Set(policyKey(image), t.repositoryPolicy(r.Spec.ForProvider.Policy, managed.Observe), true)
		o.advice.Add(imagesPath,
			"image %s is not in the spec, and AWS still has the repository policy of %s, which grants pull: it ends when "+
				"[Observe] is taken out of managementPolicies", image, t.repository)
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

// release takes Delete from a Repository that is about to be dropped: it may only observe for one run, and is gone in the
// next.
func (o *Outcome) release(p *Plan, image string, r *observed.Resource) {
	if !r.MayDelete() {
		return
	}
	o.once(repositoryKey(image), managed.Resource{
		TypeMeta: typeRepository,
		Name:     r.Metadata.Name, Annotations: managed.ExternalName(r.Metadata.Annotations.ExternalName),
		Policies: managed.Observe, ProviderConfig: p.configOf(r),
		ForProvider: managed.Bare{Region: &r.Spec.ForProvider.Region},
	})
}

// releasePolicies does the same for an image's policies, which may be there without its Repository.
func (o *Outcome) releasePolicies(p *Plan, t *target) {
	if r := p.observed.policies[t.name]; r.MayDelete() {
		o.once(policyKey(t.name), t.repositoryPolicy(r.Spec.ForProvider.Policy, managed.Observe))
	}
	o.releaseLifecycles(p, t)
}

// releaseLifecycles does the same for its LifecyclePolicies.
func (o *Outcome) releaseLifecycles(p *Plan, t *target) {
	for _, l := range p.observed.lifecycles[t.name] {
		if l.MayDelete() {
			o.once(lifecycleKey(t.name, l.hash), t.lifecyclePolicy(l.hash, l.Spec.ForProvider.Policy, managed.Observe))
		}
	}
}

// renderRole renders the project's push role and its policy, if workflows are to push and nobody else has the role.
func (o *Outcome) renderRole(p *Plan, owner ownership.Owner, lost bool) {
	r, rolePolicy := p.observed.role, p.observed.rolePolicy
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
		if r != nil {
			name := r.Metadata.Annotations.ExternalName
			o.desired.Set(keyPushRole, p.roleObject(name, managed.Observe, iamv1beta1.RoleParameters{}), r.Ready())
		}
		if rolePolicy != nil {
			name, text := rolePolicy.Metadata.Annotations.ExternalName, rolePolicy.Spec.ForProvider.Policy
			o.desired.Set(keyPushPolicy, p.rolePolicyObject(name, text, managed.Observe), rolePolicy.Ready())
		}
		if r.Exists() && p.written.GitHub == nil {
			o.advice.Add(githubPath,
				"is not in the spec, and AWS still has the push role %s: it is deleted when [Observe] is taken out of "+
					"managementPolicies", r.Metadata.Annotations.ExternalName)
		}
	case p.role.orgAccess == nil:
		o.endRole(p)
	default:
		o.desired.Set(keyPushRole, p.roleObject(p.role.name, managed.Own, iamv1beta1.RoleParameters{
			AssumeRolePolicy:    &p.role.trust,
			Path:                new(rolePath),
			PermissionsBoundary: p.role.orgAccess.boundary,
			Tags:                map[string]*string{"project": &p.project, "managed-by": new("crossplane")},
		}), r.Ready())
		o.renderRolePolicy(p)
	}
}

func (o *Outcome) renderRolePolicy(p *Plan) {
	r, name := p.observed.rolePolicy, p.role.name
	if p.observed.elsewhere[keyPushPolicy] == nil && p.roleAttachable() {
		o.desired.Set(keyPushPolicy, p.rolePolicyObject(name, p.role.permissions, managed.Own), r.Ready())
		return
	}
	o.unready = true
	if r.MayDelete() {
		// It must not take a policy of somebody else's role with it.
		o.once(keyPushPolicy, p.rolePolicyObject(name, r.Spec.ForProvider.Policy, managed.Observe))
	}
}

// endRole makes sure that a role which is no longer wanted goes from AWS with its object, as endGrants does for a grant.
func (o *Outcome) endRole(p *Plan) {
	if r := p.observed.role; (r.Outlives() || p.observed.hidden[keyPushRole]) && p.observed.ownsRole() {
		name := r.Metadata.Annotations.ExternalName
		o.once(keyPushRole, p.roleObject(name, managed.End, iamv1beta1.RoleParameters{}))
	}
	if r := p.observed.rolePolicy; r.Outlives() || p.observed.hidden[keyPushPolicy] {
		name := r.Metadata.Annotations.ExternalName
		o.once(keyPushPolicy, p.rolePolicyObject(name, r.Spec.ForProvider.Policy, managed.End))
	}
}
