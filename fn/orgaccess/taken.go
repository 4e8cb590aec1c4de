package orgaccess

import (
	"strings"

	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/ownership"
)

// findOwners finds out who else has a part. Then nothing is rendered for it, so that the owner is not disturbed and
// the loser is told.
func (a *access) findOwners(req composite.Request) composite.Lookups {
	var things []ownership.Thing
	for _, p := range a.parts() {
		if !p.elsewhere() {
			things = append(things, a.thing(p))
		}
	}
	owners, lookups := ownership.Decide(req, things)
	for _, p := range a.parts() {
		if o, ok := owners[p.key]; ok {
			a.leaveTo(p, o)
		}
	}
	return lookups
}

func (a *access) thing(p *part) ownership.Thing {
	return ownership.Thing{
		Key:        p.key,
		APIVersion: p.kind.apiVersion, Kind: p.kind.kind,
		ProviderConfig: a.config, Identity: p.about,
		Region: p.region, External: p.external,
		Shared: p.label == "",
		Label:  labelResource, Value: p.label,
		Ours: p.observed,
	}
}

// leaveTo leaves a part to an object that has it. One that is being deleted is waited
// for, whoever it belongs to.
func (a *access) leaveTo(p *part, o ownership.Owner) {
	p.free, p.lost = false, true
	if o.Leaving {
		a.advise(p.path, "an object of the %s is being deleted; it is made anew once that is done", p.what)
		return
	}
	p.takenBy = o.Name
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
