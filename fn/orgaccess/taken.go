package orgaccess

import (
	"strings"

	"google.golang.org/protobuf/types/known/structpb"

	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/observed"
)

// require asks who else has a part. Then nothing is rendered for it, so that the owner
// is not disturbed and the loser is told.
func (a *access) require(required *composite.Required) {
	for _, p := range a.parts() {
		if p.observed == nil {
			a.requireByName(required, p)
		}
		if p.label != "" && !p.elsewhere() {
			a.requireRivals(required, p)
		}
	}
}

// requireByName asks for the object of a part that is not observed yet. The API server
// refuses it a second controller, so what is observed is this org access's.
func (a *access) requireByName(required *composite.Required, p *part) {
	found := required.ByName(p.key, a.xr.Generation.APIVersion(p.kind.apiVersion), p.kind.kind, a.xr.ComposedNamespace(), p.objectName)
	if found == nil {
		return
	}
	if o := observed.From(found); o.Blocks(a.xr) {
		a.leaveTo(p, o)
	}
}

// requireRivals asks for the objects of a part that do not meet this org access's at a
// name: those in other namespaces and, until it has one of its own, those of the other
// generation. Of two that may write, the older keeps it.
func (a *access) requireRivals(required *composite.Required, p *part) {
	if a.xr.Generation.Namespaced {
		a.requireByLabel(required, p)
	}
	twin := a.xr.Generation.Twin()
	apiVersion := twin.APIVersion(p.kind.apiVersion)
	switch {
	case p.observed != nil, !required.Serves(apiVersion, p.kind.kind):
	case twin.Namespaced:
		a.requireByLabel(required, p)
	case a.config.Kind == managed.ClusterProviderConfigKind:
		name := managed.ProviderConfig{Name: a.config.Name}.ObjectName(p.about...)
		if found := required.ByName(p.key+"@"+apiVersion, apiVersion, p.kind.kind, "", name); found != nil {
			a.yield(p, found)
		}
	}
}

// requireByLabel asks for the objects of a part in all namespaces.
func (a *access) requireByLabel(required *composite.Required, p *part) {
	apiVersion := managed.Namespaced.APIVersion(p.kind.apiVersion)
	for _, found := range required.ByLabel(p.key+"@"+apiVersion, apiVersion, p.kind.kind, labelResource, p.label) {
		a.yield(p, found.GetResource())
	}
}

// yield leaves a part to an object that has the better right.
func (a *access) yield(p *part, found *structpb.Struct) {
	if o := observed.From(found); o.About(p.region, p.external) && o.Rivals(p.observed, a.xr, a.config) {
		a.leaveTo(p, o)
	}
}

// leaveTo leaves a part to an object that has it. One that is being deleted is waited
// for, whoever it belongs to.
func (a *access) leaveTo(p *part, o *observed.Resource) {
	p.free, p.lost = false, true
	if o.Deleting() {
		a.advise(p.path, "an object of the %s is being deleted; it is made anew once that is done", p.what)
		return
	}
	p.takenBy = o.Holder(a.xr)
}

// taken tells which parts somebody else has; empty if none.
func (a *access) taken() string {
	var lines []string
	for _, p := range a.parts() {
		if p.takenBy == "" {
			continue
		}
		line := p.path.String() + ": the " + p.what + " is managed by " + p.takenBy + "; nothing is done for it here until it is released"
		if p == a.provider {
			line += ". One that is only looked at can be shared: set " + providerPath.Child("mode").String() + " to Existing"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}
