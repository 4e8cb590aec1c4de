package orgaccess

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation/field"

	ecrv1beta1 "github.com/upbound/provider-aws/v2/apis/cluster/ecr/v1beta1"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/fault"
)

// scanningClass is the scanning configuration of the registry.
var scanningClass = &class{
	key:      "scanning",
	TypeMeta: metav1.TypeMeta{APIVersion: ecrv1beta1.CRDGroupVersion.String(), Kind: ecrv1beta1.RegistryScanningConfiguration_Kind},
	field: func(s *Spec) *field.Path {
		if s.scanning() == nil {
			return nil
		}
		return scanningPath
	},
	external: accountID,
	parts:    single("scanning configuration", scanningParameters),
	validate: validateScanning,
	advise:   adviseOnScanning,
}

func scanningParameters(p *Plan) any {
	s := p.written.scanning()
	params := ecrv1beta1.RegistryScanningConfigurationParameters{Region: &p.region, ScanType: new(string(s.Type))}
	byFrequency := func(x, y v1alpha1.ScanningRule) int { return cmp.Compare(x.Frequency, y.Frequency) }
	for _, r := range slices.SortedStableFunc(slices.Values(s.Rules), byFrequency) {
		rule := ecrv1beta1.RuleParameters{ScanFrequency: new(string(r.Frequency))}
		for _, f := range sets.List(sets.New(r.Filters...)) {
			rule.RepositoryFilter = append(rule.RepositoryFilter, ecrv1beta1.RepositoryFilterParameters{Filter: &f, FilterType: new("WILDCARD")})
		}
		params.Rule = append(params.Rule, rule)
	}
	return params
}

// filterForm is the form of a filter in
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ScanningRepositoryFilter.html
var filterForm = fault.Form{
	Owner: fault.AWS, ID: "scanning.filter",
	Most: aws.MaxRepositoryName, Holds: regexp.MustCompile(`^[a-z0-9*](?:[._\-/a-z0-9*]?[a-z0-9*]+)*$`).MatchString,
	Rule: "must be 1 to 256 lower case letters, digits and *, in parts joined by one of . _ - /",
}

// Bounds of ECR.
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutRegistryScanningConfiguration.html
const (
	maxScanningRules = 2
	maxFilters       = 100
)

// frequencies has the frequencies that each type of scanning allows.
var frequencies = map[v1alpha1.ScanType][]v1alpha1.ScanFrequency{
	v1alpha1.ScanBasic:    {v1alpha1.ScanOnPush, v1alpha1.ScanManual},
	v1alpha1.ScanEnhanced: {v1alpha1.ScanOnPush, v1alpha1.ContinuousScan},
}

// validateScanning validates the scanning configuration. A frequency has one rule, so that two rules never disagree.
func validateScanning(p *Plan) fault.List {
	var l fault.List
	s := p.written.scanning()
	switch path := scanningPath.Child("type"); {
	case s.Type == "":
		l.Required(path, "%s or %s", v1alpha1.ScanBasic, v1alpha1.ScanEnhanced)
	case frequencies[s.Type] == nil:
		l.AWS("scanning.type", path, string(s.Type), "must be %s or %s", v1alpha1.ScanBasic, v1alpha1.ScanEnhanced)
	}
	seen := map[v1alpha1.ScanFrequency]bool{}
	return append(l, fault.Items(s.Rules, scanningPath.Child("rules"), maxScanningRules, "",
		func(r v1alpha1.ScanningRule, path *field.Path) fault.List {
			l := validateFrequency(r.Frequency, s.Type, path.Child("frequency"))
			if len(l) == 0 && seen[r.Frequency] {
				l.Invalid(path.Child("frequency"), string(r.Frequency), "has a rule already: add the filters to that")
			}
			seen[r.Frequency] = true
			path = path.Child("filters")
			if r.Filters == nil {
				l.Required(path, "the repositories that are scanned, by their names; `*` is a wildcard")
			}
			const empty = "matches no repository: leave the rule out, or write `*` for all of them"
			return append(l, fault.Items(r.Filters, path, maxFilters, empty, filterForm.Check)...)
		})...)
}

// validateFrequency validates the frequency of a rule, given the type of scanning.
func validateFrequency(f v1alpha1.ScanFrequency, typ v1alpha1.ScanType, path *field.Path) fault.List {
	var l fault.List
	known, allowed := []v1alpha1.ScanFrequency{v1alpha1.ScanOnPush, v1alpha1.ContinuousScan, v1alpha1.ScanManual}, frequencies[typ]
	switch {
	case f == "":
		l.Required(path, "%s, %s or %s", known[0], known[1], known[2])
	case !slices.Contains(known, f):
		l.AWS("scanning.frequency", path, string(f), "must be %s, %s or %s", known[0], known[1], known[2])
	case allowed != nil && !slices.Contains(allowed, f):
		l.AWS("scanning.frequency", path, string(f), "must be %s or %s with type %s", allowed[0], allowed[1], typ)
	}
	return l
}

// adviseOnScanning returns advice on what ENHANCED scanning needs besides its configuration, and on repositories that
// escape the guardrail requireScanOnPush: once a registry has filters, AWS ignores the scanOnPush of its repositories.
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-filters.html
func adviseOnScanning(p *Plan) fault.Advice {
	var advice fault.Advice
	s := p.written.scanning()
	if s.Type == v1alpha1.ScanEnhanced {
		advice.Add(scanningPath.Child("type"), "turns Amazon Inspector on: the identity of the provider config needs "+
			"inspector2:Enable, Disable, ListFindings, ListAccountPermissions and ListCoverage, and Inspector needs its service-linked role")
	}
	required := p.platform.Rules().RequireScanOnPush
	if required != nil && *required && !slices.ContainsFunc(s.Rules, scansAll) {
		advice.Add(scanningPath.Child("rules"), "the guardrail requireScanOnPush has no effect on repositories that no filter "+
			"matches: AWS does not scan these when images are pushed, whatever their scanOnPush says; write a rule for `*`")
	}
	return advice
}

// scansAll reports whether a rule scans all images that are pushed to the registry.
func scansAll(r v1alpha1.ScanningRule) bool {
	return r.Frequency != v1alpha1.ScanManual &&
		slices.ContainsFunc(r.Filters, func(f string) bool { return strings.Trim(f, "*") == "" })
}
