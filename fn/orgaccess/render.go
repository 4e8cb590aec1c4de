package orgaccess

import (
	"cmp"

	xpv1 "github.com/crossplane/crossplane-runtime/v2/apis/common/v1"
	iamv1beta1 "github.com/upbound/provider-aws/v2/apis/cluster/iam/v1beta1"

	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/ownership"
)

// An Outcome is the result of rendering a Plan.
type Outcome struct {
	desired managed.Desired

	// rendered has the keys of the parts that are desired as wanted. settled is true if AWS has all parts of the plan,
	// and nothing is desired for this run only: otherwise the next run must come soon.
	rendered map[string]bool
	settled  bool

	// taken names each part that another object manages, and the object's owner.
	taken []string

	advice fault.Advice
}

// render returns the desired resources: the parts that no other object manages. Objects that would leave a grant
// behind, or delete what another object manages now, are desired for one more run with other management policies.
func render(p *Plan, owners map[string]ownership.Owner) Outcome {
	o := Outcome{desired: managed.Desired{}, rendered: map[string]bool{}, settled: true}
	for _, t := range p.parts {
		whole := p.part(cmp.Or(t.of, t.Key)) // decides on what is attached to it, too
		owner, taken := owners[whole.Key]
		attachable := p.attachable(t, whole)
		rendered := !taken && !whole.misplaced() && attachable
		o.settled = o.settled && rendered && t.Ours.Ready()
		switch {
		case rendered:
			o.rendered[t.Key] = true
			object := t.object
			object.ForProvider = t.forProvider(p)
			o.desired.Set(t.Key, object, t.Ours.Ready())
		case taken, !attachable, whole.role != nil && ownsRole(whole.Ours):
			o.release(p, t.Key) // a misplaced role is one that this org access never had, by its status
		default:
			o.endGrant(p, t.Key)
		}
		switch {
		case !taken || t.of != "":
		case owner.Leaving:
			o.advice.Add(t.path, "an object of the %s is being deleted; it is made anew once that is done", t.what)
		default:
			o.taken = append(o.taken, takenBy(t, owner))
		}
	}
	for _, key := range p.observedKeys() {
		if p.part(key) == nil {
			o.endGrant(p, key)
		}
	}
	return o
}

// attachable reports whether AWS has what a part is attached to, as a policy is to its role, or had it when the part
// was created. Creating a policy without its role fails and costs a minute, and a role at another path is somebody
// else's. A local render shows everything at once.
func (p *Plan) attachable(t, whole *part) bool {
	if t == whole || p.xr.Local || whole.roleExists() {
		return true
	}
	return t.Ours != nil && t.Ours.Spec.ForProvider.Role != "" && !whole.foreignRole()
}

func takenBy(t *part, owner ownership.Owner) string {
	line := t.path.String() + ": the " + t.what + " is managed by " + owner.Name + "; nothing is done for it here until it is released"
	if t.Shared {
		line += ". One that is only observed can be shared: set " + providerPath.Child("mode").String() + " to Existing"
	}
	return line
}

// endGrant makes sure that AWS deletes a grant that is not wanted any more. Where AWS would keep it when its object is
// dropped, as with the deletionPolicy Orphan, the object gets Delete for one run, and the next run drops it: with
// Orphan, a grant outlives the org access, but not the field that gives it.
func (o *Outcome) endGrant(p *Plan, key string) {
	c, r := classOf(key), p.observed[key]
	if c.grant && r.Outlives() && (c.Kind != iamv1beta1.Role_Kind || ownsRole(r)) {
		o.desireOnce(p, key, managed.End)
	}
}

// release gives an object [Observe] in place of Delete for one run, so that AWS keeps what it manages when the next run
// drops it.
func (o *Outcome) release(p *Plan, key string) {
	if p.observed[key].MayDelete() {
		o.desireOnce(p, key, managed.Observe)
	}
}

// desireOnce desires an observed object for this run only, with the management policies and nothing else to do. It
// counts as ready: nothing waits for it.
func (o *Outcome) desireOnce(p *Plan, key string, policies xpv1.ManagementPolicies) {
	o.settled = false
	r, c := p.observed[key], classOf(key)
	external, bare := r.Metadata.Annotations.ExternalName, managed.Bare{}
	if c.regional() {
		bare.Region = &r.Spec.ForProvider.Region
	}
	if c.Kind == iamv1beta1.RolePolicy_Kind {
		bare.Role = &external
	}
	o.desired.Set(key, managed.Resource{
		TypeMeta: c.TypeMeta,
		Name:     r.Metadata.Name, Annotations: managed.ExternalName(external),
		Policies: policies, ProviderConfig: p.config,
		ForProvider: bare,
	}, true)
}
