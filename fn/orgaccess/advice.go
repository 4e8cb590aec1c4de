package orgaccess

import (
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/fault"
)

// advise returns advice on a valid plan: what is legal and probably not what its author expects, and what the provider
// says that it could not do.
func advise(p *Plan) fault.Advice {
	var advice fault.Advice
	if a := aws.RegionAdvice(p.region); a != "" {
		advice.Add(p.regionPath, "%s", a)
	}
	advice = append(advice, adviseOnLeaving(p)...)
	for i := range classes {
		if c := &classes[i]; c.advise != nil && c.asked(p.written) {
			advice = append(advice, c.advise(p)...)
		}
	}
	for i := range p.parts {
		// The only trace of an update that was refused.
		if complaint := p.parts[i].Ours.Complaint(); complaint != "" {
			advice.Add(p.parts[i].path, "%s", complaint)
		}
	}
	return advice
}

// adviseOnLeaving says what stays in AWS, in force, of the registry's settings that left the spec. They give no access,
// and may be somebody else's to look after.
func adviseOnLeaving(p *Plan) fault.Advice {
	var advice fault.Advice
	if !p.written.orphan() {
		return nil
	}
	for _, key := range p.observedKeys() {
		if c := classOf(key); c.regional() && !c.grant && p.part(key) == nil {
			advice.Add(deletionPath, "with Orphan the %s that left the spec stays in AWS, in force: delete it there", c.Kind)
		}
	}
	return advice
}

// adviseOnPatterns finds patterns that match names of other projects, which only begin alike.
func adviseOnPatterns(patterns []string, path *field.Path) fault.Advice {
	var advice fault.Advice
	for i, p := range patterns {
		if head, ok := strings.CutSuffix(p, "*"); ok && head != "" && !strings.ContainsAny(head[len(head)-1:], "/*._-") {
			advice.Add(path.Index(i),
				"also matches repositories of other projects whose names begin alike, such as %sx/api: write %s/* "+
					"for those of one project", head, head)
		}
	}
	return advice
}
