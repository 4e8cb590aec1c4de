package registry

import (
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/github"
	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
	"github.com/ontopix/crossplane-ecr/fn/observed"
	"github.com/ontopix/crossplane-ecr/fn/settings"
)

// advise returns advice on a valid plan: on what is probably not intended, and on what the provider could not do.
func advise(p *Plan) fault.Advice {
	advice := adviseOnLayers(p)
	if a := aws.RegionAdvice(p.region); a != "" {
		advice.Add(p.regionPath, "%s", a)
	}
	if g := p.written.GitHub; g != nil {
		advice = append(advice, github.AdviseProject(g, githubPath)...)
	}
	compared := comparisons{}
	for _, i := range p.images {
		advice = append(advice, adviseOnName(p, i)...)
		advice = append(advice, adviseOnFewer(p, i, compared)...)
		advice = append(advice, adviseOnProvider(p, i)...)
		if p.observeOnly {
			advice = append(advice, adviseOnTakingOver(p, i)...)
		}
	}
	advice = append(advice, complaints(githubPath, p.observed.role(), p.observed.rolePolicy())...)
	if p.observed.foreignRole() {
		advice.Add(githubPath,
			"AWS has a role %s already that is not at the path %s, and it is left alone: workflows cannot push until it is "+
				"removed or renamed", p.role.name, rolePath)
	}
	return advice
}

// maxRulesAdvised is the number of a project's lifecycle rules after which the rules of further layers get no advice.
// Comparing rules takes time, and a status holds little advice anyway.
const maxRulesAdvised = 200

// adviseOnLayers returns advice on each layer that a repository uses, once for each layer.
func adviseOnLayers(p *Plan) fault.Advice {
	var advice fault.Advice
	rules := 0
	seen := map[*settings.Layer]bool{nil: true}
	for _, i := range p.images {
		e := &i.effective
		for _, l := range []*settings.Layer{e.ScanOnPush.Layer, e.Mutability.Layer, e.Lifecycle.Layer} {
			if seen[l] {
				continue
			}
			seen[l] = true
			advice = append(advice, l.Advise()...)
			if l.Lifecycle != nil && rules < maxRulesAdvised {
				rules += len(l.Lifecycle.Rules)
				advice = append(advice, lifecycle.Advise(l.Lifecycle.Rules, l.Path().Child("lifecycle", "rules"))...)
			}
		}
	}
	return advice
}

// adviseOnName returns advice on the name of an image until AWS has its repository, as the name cannot change then.
func adviseOnName(p *Plan, i *image) fault.Advice {
	var advice fault.Advice
	rest, ok := strings.CutPrefix(i.name, p.project)
	if image := strings.TrimLeft(rest, "/-_."); ok && image != rest && !i.observed.Exists() {
		advice.Add(i.namePath(), "the repository is called %s, since the project's name comes before every image's: write %s",
			i.repository, image)
	}
	return advice
}

// adviseOnProvider returns the provider's complaints about an image's objects.
func adviseOnProvider(p *Plan, i *image) fault.Advice {
	objects := []*observed.Resource{i.observed, p.observed.policy(i.name)}
	for _, o := range p.observed.lifecycles[i.name] {
		// A LifecyclePolicy that is being replaced does not matter.
		if p.observeOnly || !o.Deleting() && o.holds(i.lifecycle) && !o.drifted() {
			objects = append(objects, o.Resource)
		}
	}
	return complaints(i.path(), objects...)
}

// complaints returns the provider's complaints about some objects.
func complaints(path *field.Path, objects ...*observed.Resource) fault.Advice {
	var advice fault.Advice
	for _, o := range objects {
		if c := o.Complaint(); c != "" {
			advice.Add(path, "%s", c)
		}
	}
	return advice
}
