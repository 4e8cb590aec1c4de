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

// advise returns advice on a valid plan: what is legal and probably not what its author expects, and what the provider
// says that it could not do.
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

// maxRulesAdvised is how many lifecycle rules of one project are looked at for advice. Comparing rules costs time, and a
// status tells little of so many anyway.
const maxRulesAdvised = 200

// adviseOnLayers looks at each layer that a repository uses once, whoever wrote it.
func adviseOnLayers(p *Plan) fault.Advice {
	var advice fault.Advice
	rules := 0
	seen := map[*settings.Layer]bool{nil: true}
	for _, i := range p.images {
		e := &i.effective
		for _, l := range []*settings.Layer{e.ScanOnPush.Layer, e.Mutability.Layer, e.Lifecycle.Form} {
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

// adviseOnName looks at the name of an image that AWS does not have yet: later it cannot change.
func adviseOnName(p *Plan, i *image) fault.Advice {
	var advice fault.Advice
	rest, ok := strings.CutPrefix(i.name, p.project)
	if image := strings.TrimLeft(rest, "/-_."); ok && image != rest && !i.observed.Exists() {
		advice.Add(i.namePath(), "the repository is called %s, since the project's name comes before every image's: write %s",
			i.repository, image)
	}
	return advice
}

// adviseOnProvider tells what the provider says of an image's resources.
func adviseOnProvider(p *Plan, i *image) fault.Advice {
	objects := []*observed.Resource{i.observed, p.observed.policy(i.name)}
	for _, o := range p.observed.lifecycles[i.name] {
		// One that another follows has nothing to say any more.
		if p.observeOnly || !o.Deleting() && o.holds(i.lifecycle) && !o.drifted() {
			objects = append(objects, o.Resource)
		}
	}
	return complaints(i.path(), objects...)
}

// complaints tell what the provider says that it could not do: the only trace of an update that was refused.
func complaints(path *field.Path, objects ...*observed.Resource) fault.Advice {
	var advice fault.Advice
	for _, o := range objects {
		if c := o.Complaint(); c != "" {
			advice.Add(path, "%s", c)
		}
	}
	return advice
}
