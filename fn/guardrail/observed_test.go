package guardrail_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/yaml"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/guardrail"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/settings"
	inputv1beta1 "github.com/ontopix/crossplane-ecr/input/v1beta1"
)

// check applies guardrails, in YAML, to a subject with one repository, shop/web.
func check(t *testing.T, guardrails string, r guardrail.Repository) guardrail.Report {
	t.Helper()
	g := &inputv1beta1.Guardrails{}
	if err := yaml.UnmarshalStrict([]byte(guardrails), g); err != nil {
		t.Fatal(err)
	}
	base := settings.BuiltIn()
	r.Settings, r.Image = &base, "web"
	r.Layer = &settings.ImageLayers(field.NewPath("spec", "images"), []v1alpha1.Image{{}})[0]
	return guardrail.Check(&guardrail.Subject{
		XR:           &composite.XR{Generation: managed.Claimed, Namespace: "shop", Claim: &composite.Claim{Namespace: "shop"}},
		Platform:     &settings.Platform{Settings: inputv1beta1.Settings{Guardrails: g}},
		Project:      "shop",
		Region:       "eu-west-1",
		RegionPath:   field.NewPath("spec", "region"),
		Repositories: []guardrail.Repository{r},
	}, time.Now())
}

// TestObserved shows that under [Observe] the guardrails judge what AWS has, and only warn: nothing is written to AWS.
func TestObserved(t *testing.T) {
	text := func(s string) *string { return &s }
	no := false
	const has = "; this is what AWS has (the platform team's rule "
	cases := map[string]struct {
		reason     string
		guardrails string
		observed   guardrail.Observed
		want       string
	}{
		"NothingKnown": {
			reason:     "What is not known is not judged.",
			guardrails: `{imageTagMutability: [IMMUTABLE], requireScanOnPush: true, requireKMS: true, requiredTags: [team], lifecycle: {required: true, maxImages: 1, maxUntaggedDays: 1}, pull: {}}`,
		},
		"Mutability": {
			reason:     "The built-in mode is allowed, and the mode in AWS is not.",
			guardrails: `{imageTagMutability: [IMMUTABLE]}`,
			observed:   guardrail.Observed{Mutability: &settings.Mutability{Mode: v1alpha1.Mutable}},
			want:       `spec.images[0].imageTagMutability "MUTABLE": this tag mutability is not allowed; allowed: IMMUTABLE` + has + "imageTagMutability)",
		},
		"Filters": {
			reason:     "The filters in AWS are judged too.",
			guardrails: `{imageTagMutabilityExclusionFilters: [latest]}`,
			observed:   guardrail.Observed{Mutability: &settings.Mutability{Mode: v1alpha1.ImmutableWithExclusion, Filters: []string{"dev-*"}}},
			want:       `spec.images[0].imageTagMutabilityExclusionFilters[0] "dev-*": this exclusion filter is not allowed; allowed: latest` + has + "imageTagMutabilityExclusionFilters)",
		},
		"Scanning": {
			reason:     "A repository that does not scan is not compliant.",
			guardrails: `{requireScanOnPush: true}`,
			observed:   guardrail.Observed{ScanOnPush: &no},
			want:       `spec.images[0].scanOnPush false: repositories must scan on push` + has + "requireScanOnPush)",
		},
		"Tags": {
			reason:     "The function's own tags are missing too, and are not required.",
			guardrails: `{requiredTags: [team]}`,
			observed:   guardrail.Observed{Tags: map[string]string{"owner": "x"}},
			want:       `spec.images[0].tags: the tag "team" is required` + has + "requiredTags)",
		},
		"NoLifecyclePolicy": {
			reason:     "Without a policy AWS keeps all images.",
			guardrails: `{lifecycle: {required: true}}`,
			observed:   guardrail.Observed{LifecyclePolicy: text("")},
			want:       `spec.images[0].lifecycle.rules: repositories must have a lifecycle policy` + has + "lifecycle.required)",
		},
		"LifecyclePolicy": {
			reason:     "The shorthand would keep 30, and AWS's policy keeps 100.",
			guardrails: `{lifecycle: {maxImages: 30}}`,
			observed:   guardrail.Observed{LifecyclePolicy: text(`{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":100},"action":{"type":"expire"}}]}`)},
			want:       `spec.images[0].lifecycle.rules: at most 30 images are kept: a rule must expire images by imageCountMoreThan 30 or less, over any image or all tagged ones, and so must each rule over some tagged images before it` + has + "lifecycle.maxImages)",
		},
		"LifecyclePolicyWithin": {
			reason:     "A policy that keeps fewer is compliant.",
			guardrails: `{lifecycle: {required: true, maxImages: 100}}`,
			observed:   guardrail.Observed{LifecyclePolicy: text(`{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":100},"action":{"type":"expire"}}]}`)},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			r := check(t, tc.guardrails, guardrail.Repository{Observed: &tc.observed})
			if diff := cmp.Diff(tc.want, r.Warnings.Message()); diff != "" || len(r.Faults) > 0 {
				t.Errorf("%s\nwarnings: -want, +got:\n%s\nfaults: %s", tc.reason, diff, r.Faults.Message())
			}
		})
	}
}

// TestObservedPull shows to whom the repository policy in AWS may grant pull under the guardrail pull.
func TestObservedPull(t *testing.T) {
	const guard = `{pull: {accounts: ["111111111111"], organizationIds: [o-aaaaaaaaaa]}}`
	allow := func(rest string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ecr:BatchGetImage",` + rest + `}]}`
	}
	cases := map[string]struct {
		reason, policy, want string
	}{
		"None":         {reason: "A repository without a policy grants nothing."},
		"Account":      {reason: "The account is listed.", policy: allow(`"Principal":{"AWS":["arn:aws:iam::111111111111:root","111111111111","arn:aws:iam::111111111111:role/ci"]}`)},
		"OtherAccount": {reason: "A principal counts by its account.", policy: allow(`"Principal":{"AWS":["111111111111","arn:aws:iam::222222222222:user/x"]}`), want: ` "arn:aws:iam::222222222222:user/x": pull may not be granted to a principal of this account`},
		"BareAccount":  {reason: "So does an account that is no ARN.", policy: allow(`"Principal":{"AWS":"222222222222"}`), want: ` "222222222222": pull may not be granted to a principal of this account`},
		"Everyone":     {reason: "Not everyone is listed.", policy: allow(`"Principal":"*"`), want: ` "*": pull may not be granted to everyone`},
		"EveryoneAWS":  {reason: "The other spelling means everyone too.", policy: allow(`"Principal":{"AWS":"*"}`), want: ` "*": pull may not be granted to everyone`},
		"Organization": {reason: "The condition limits everyone to a listed organization.", policy: allow(`"Principal":"*","Condition":{"StringEquals":{"aws:principalorgid":"o-aaaaaaaaaa"}}`)},
		"OtherOrganization": {
			reason: "One of the organizations is not listed.", policy: allow(`"Principal":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":["o-aaaaaaaaaa","o-bbbbbbbbbb"]}}`),
			want: ` "*": pull may not be granted to everyone`,
		},
		"Unit":            {reason: "An organizational unit counts by its organization.", policy: allow(`"Principal":"*","Condition":{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-aaaaaaaaaa/r-ab12/ou-ab12-11111111/*"}}`)},
		"OrganizationAny": {reason: "A wildcard is not an organization.", policy: allow(`"Principal":"*","Condition":{"StringLike":{"aws:PrincipalOrgID":"o-*"}}`), want: ` "*": pull may not be granted to everyone`},
		"IfExists":        {reason: "The condition admits callers without an organization.", policy: allow(`"Principal":"*","Condition":{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-aaaaaaaaaa"}}`), want: ` "*": pull may not be granted to everyone`},
		"NotOrganization": {reason: "The condition admits all organizations but one.", policy: allow(`"Principal":"*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-aaaaaaaaaa"}}`), want: ` "*": pull may not be granted to everyone`},
		"Lambda":          {reason: "The condition limits Lambda to functions of a listed account.", policy: allow(`"Principal":{"Service":"lambda.amazonaws.com"},"Condition":{"StringLike":{"aws:sourceArn":"arn:aws:lambda:eu-west-1:111111111111:function:*"}}`)},
		"LambdaOfOthers":  {reason: "The account is not listed.", policy: allow(`"Principal":{"Service":"lambda.amazonaws.com"},"Condition":{"StringLike":{"aws:sourceArn":"arn:aws:lambda:eu-west-1:222222222222:function:*"}}`), want: ` "lambda.amazonaws.com": pull may not be granted to a service`},
		"LambdaOfAnyone":  {reason: "Nothing limits Lambda to an account.", policy: allow(`"Principal":{"Service":"lambda.amazonaws.com"}`), want: ` "lambda.amazonaws.com": pull may not be granted to a service`},
		"Deny":            {reason: "A statement that denies grants nothing.", policy: `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"ecr:*","Principal":"*"}}`},
		"AllBut":          {reason: "A policy that cannot be judged is a warning.", policy: `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ecr:*","NotPrincipal":{"AWS":"111111111111"}}}`, want: `: the repository policy cannot be judged: `},
		"NoJSON":          {reason: "So is a text that is not a policy.", policy: `hello`, want: `: the repository policy cannot be judged: `},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			r := check(t, guard, guardrail.Repository{Observed: &guardrail.Observed{RepositoryPolicy: &tc.policy}})
			want := ""
			if tc.want != "" {
				want = "spec.images[0].pull" + tc.want
			}
			if got := r.Warnings.Message(); want == "" && got != "" || !strings.HasPrefix(got, want) || len(r.Faults) > 0 {
				t.Errorf("%s\nwant: %s\ngot:  %s\nfaults: %s", tc.reason, want, got, r.Faults.Message())
			}
		})
	}
}

// TestObservedRegion shows that the guardrail regions applies to the regions of existing repositories, whatever the
// spec says.
func TestObservedRegion(t *testing.T) {
	cases := map[string]struct{ reason, region, want string }{
		"Other": {
			reason: "The repository is in another region than the spec.", region: "us-east-1",
			want: `spec.images[0] "us-east-1": the repository is in a region that is not allowed; allowed: eu-west-1 (the platform team's rule regions)`,
		},
		"Same": {reason: "The repository is in the region of the spec.", region: "eu-west-1"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			r := check(t, `{regions: [eu-west-1]}`, guardrail.Repository{Region: tc.region})
			if diff := cmp.Diff(tc.want, r.Faults.Message()); diff != "" {
				t.Errorf("%s\nfaults: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
