package registry

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/github"
	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
	"github.com/ontopix/crossplane-ecr/fn/observed"
	"github.com/ontopix/crossplane-ecr/fn/settings"
)

// maxAdvice is how much advice the status tells: it has to fit.
const maxAdvice = 50

// adviceTold is all advice: what was found on the way here, what is legal in the
// settings and may surprise, and what the provider says that cannot go on.
func (p *project) adviceTold() []v1alpha1.Advice {
	p.adviseOnLayers()
	if advice := aws.RegionAdvice(p.region); advice != "" {
		p.advise(p.regionPath, "%s", advice)
	}
	if g := p.spec.GitHub; g != nil {
		p.advice = append(p.advice, github.AdviseProject(g, githubPath)...)
	}
	for n := range p.images {
		i := &p.images[n]
		p.adviseOnName(i)
		p.adviseOnFewerImages(i)
		p.adviseOnProvider(i)
		if p.observeOnly() {
			p.adviseOnTakingOver(i)
		}
	}
	p.adviseOnUnsynced(githubPath.String(), p.observed.role)
	if p.observed.role.Exists() && !p.ownsRole() {
		p.advise(githubPath, "AWS has a role %s already that is not at the path %s, and it is left alone: workflows cannot push until it is removed or renamed", p.roleName(), rolePath)
	}
	p.adviseOnUnsynced(githubPath.String(), p.observed.rolePolicy)
	if more := len(p.advice) - maxAdvice; more > 0 {
		p.advice = append(p.advice[:maxAdvice:maxAdvice], v1alpha1.Advice{Path: specPath.String(), Message: fmt.Sprintf("and %d more", more)})
	}
	for n := range p.advice {
		p.advice[n].Message = fault.Cut(p.advice[n].Message, fault.MaxText)
	}
	return p.advice
}

// maxRulesAdvised is how many lifecycle rules of one project are looked at for advice.
// Comparing rules costs time, and a status tells little of so many anyway.
const maxRulesAdvised = 200

// adviseOnLayers looks at each layer that a repository uses once, whoever wrote it.
func (p *project) adviseOnLayers() {
	seen := map[*settings.Layer]bool{}
	for n := range p.images {
		i := &p.images[n]
		for _, l := range []*settings.Layer{i.ScanOnPush.Layer, i.Mutability.Layer, i.Lifecycle.Form} {
			if l != nil && !seen[l] {
				seen[l] = true
				p.adviseOnLayer(l)
			}
		}
	}
}

func (p *project) adviseOnLayer(l *settings.Layer) {
	p.advice = append(p.advice, l.Advise()...)
	if l.Lifecycle != nil && p.rulesAdvised < maxRulesAdvised {
		p.rulesAdvised += len(l.Lifecycle.Rules)
		p.advice = append(p.advice, lifecycle.Advise(l.Lifecycle.Rules, l.Path().Child("lifecycle", "rules"))...)
	}
}

// adviseOnName looks at the name of an image that AWS does not have yet: later it cannot change.
func (p *project) adviseOnName(i *image) {
	rest, ok := strings.CutPrefix(i.Name, p.name)
	if image := strings.TrimLeft(rest, "/-_."); ok && image != rest && !i.observed.Exists() {
		p.advise(i.namePath(), "the repository is called %s, since the project's name comes before every image's: write %s", i.repository, image)
	}
}

// adviseOnProvider tells what the provider says of an image's resources: it is the
// only trace of an update that was refused.
func (p *project) adviseOnProvider(i *image) {
	path := i.layer.Path().String()
	p.adviseOnUnsynced(path, i.observed)
	p.adviseOnUnsynced(path, p.observed.policies[i.Name])
	for n := range p.observed.lifecycles[i.Name] {
		// One that another follows has nothing to say any more.
		if o := &p.observed.lifecycles[i.Name][n]; !o.Deleting() && o.holds(i.policyText) && !o.drifted() {
			p.adviseOnUnsynced(path, o.Resource)
		}
	}
}

func (p *project) adviseOnUnsynced(path string, o *observed.Resource) {
	if complaint := o.Complaint(); complaint != "" {
		p.advice = append(p.advice, v1alpha1.Advice{Path: path, Message: complaint})
	}
}

// list shows values whatever their order.
func list(values []string) string {
	return "[" + strings.Join(slices.Sorted(slices.Values(values)), ", ") + "]"
}
