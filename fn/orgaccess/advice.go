package orgaccess

import (
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/fault"
)

// advise returns advice on a valid plan: on what is allowed but probably not what its author expects, and on what the
// provider could not do.
func advise(p *Plan) fault.Advice {
	var advice fault.Advice
	if a := aws.RegionAdvice(p.region); a != "" {
		advice.Add(p.regionPath, "%s", a)
	}
	advice = append(advice, adviseOnRemoved(p)...)
	for _, c := range classes {
		if c.advise != nil && c.applies(p.written) {
			advice = append(advice, c.advise(p)...)
		}
	}
	for _, t := range p.parts {
		// A complaint is the only trace of an update that AWS refused.
		if complaint := t.Ours.Complaint(); complaint != "" {
			advice.Add(t.path, "%s", complaint)
		}
	}
	return advice
}

// adviseOnRemoved returns advice on settings of the registry that left the spec and stay in force in AWS. They are not
// deleted: they give no access, and somebody else may manage them.
func adviseOnRemoved(p *Plan) fault.Advice {
	if !p.written.orphan() {
		return nil
	}
	var advice fault.Advice
	for _, key := range p.observedKeys() {
		if c := classOf(key); c.regional() && !c.grant && p.part(key) == nil {
			advice.Add(deletionPath, "with Orphan the %s that left the spec stays in AWS, in force: delete it there", c.Kind)
		}
	}
	return advice
}

// adviseOnPatterns returns advice on patterns that also match other projects, since their names begin alike.
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
