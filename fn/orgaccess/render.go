package orgaccess

import (
	"cmp"

	xpv1 "github.com/crossplane/crossplane-runtime/v2/apis/common/v1"
	iamv1beta1 "github.com/upbound/provider-aws/v2/apis/cluster/iam/v1beta1"

	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/ownership"
)

// An Outcome is what became of a plan in one run.
type Outcome struct {
	desired managed.Desired

	// rendered are the keys of the parts that are as they are wanted, or will be; ready is true if AWS has them all.
	rendered map[string]bool
	ready    bool

	// taken says of each part that somebody else manages who that is.
	taken []string

	advice fault.Advice
}

// render returns what is desired: the parts that nobody else has and, for one more run, objects that would leave a grant
// behind, or take along what another one manages now.
func render(p *Plan, owners map[string]ownership.Owner) Outcome {
	o := Outcome{desired: managed.Desired{}, rendered: map[string]bool{}, ready: true}
	for i := range p.parts {
		t := &p.parts[i]
		whole := p.part(cmp.Or(t.of, t.Key)) // the part that decides for this one
		owner, lost := owners[whole.Key]
		attachable := p.attachable(t, whole)
		free := !lost && !whole.moved() && attachable
		o.ready = o.ready && free && t.Ours.Ready()
		switch {
		case free:
			o.rendered[t.Key] = true
			object := t.object
			object.ForProvider = t.forProvider(p)
			o.desired.Set(t.Key, object, t.Ours.Ready())
		case lost, !attachable, whole.role != nil && madeAsAsked(whole.Ours):
			o.release(p, t) // a role that this org access never had is not its to end
		default:
			o.end(p, t.Key)
		}
		switch {
		case !lost || t.of != "":
		case owner.Leaving:
			o.advice.Add(t.path, "an object of the %s is being deleted; it is made anew once that is done", t.what)
		default:
			o.taken = append(o.taken, takenBy(t, owner))
		}
	}
	for _, key := range p.observedKeys() {
		if p.part(key) == nil {
			o.end(p, key)
		}
	}
	return o
}

// attachable reports whether a part can be rendered that belongs to a role, as the role's policy does: AWS has the role,
// or had it when the policy was made. A create that fails for want of the role costs a minute, and a role at another path
// is somebody else's. A local render shows everything at once.
func (p *Plan) attachable(t, whole *part) bool {
	r := whole.role
	if t == whole || p.xr.Local || r.exists() {
		return true
	}
	return t.Ours != nil && t.Ours.Spec.ForProvider.Role != "" && !r.foreign()
}

func takenBy(t *part, owner ownership.Owner) string {
	line := t.path.String() + ": the " + t.what + " is managed by " + owner.Name + "; nothing is done for it here until it is released"
	if t.Shared {
		line += ". One that is only observed can be shared: set " + providerPath.Child("mode").String() + " to Existing"
	}
	return line
}

// end makes sure that a grant which is not wanted any more leaves AWS with its object. Where it would stay, as with the
// deletionPolicy Orphan, the object is rendered once more with the permission to delete, and goes in the next run. What
// is in AWS outlives the org access with Orphan, not the fields that give it.
func (o *Outcome) end(p *Plan, key string) {
	c, r := classOf(key), p.observed[key]
	if c.grant && r.Outlives() && (c.Kind != iamv1beta1.Role_Kind || madeAsAsked(r)) {
		o.last(p, key, managed.End)
	}
}

// release leaves a part to whoever has it, without taking anything from them: an object that would delete it may only
// observe for one run, and goes in the next.
func (o *Outcome) release(p *Plan, t *part) {
	if r := t.Ours; r != nil && r.MayDelete() {
		o.last(p, t.Key, managed.Observe)
	}
}

// last renders an observed object for one more run, with nothing but what may be done to it. What goes is not waited
// for.
func (o *Outcome) last(p *Plan, key string, policies xpv1.ManagementPolicies) {
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
