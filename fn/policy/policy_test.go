package policy

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/github"
	"github.com/ontopix/crossplane-ecr/fn/oidc"
	"github.com/ontopix/crossplane-ecr/internal/iam"
	"github.com/ontopix/crossplane-ecr/internal/iamtest"
)

const (
	account = "111122223333"
	other   = "444455556666"
	org     = "o-abcdefghij"
)

var octo = github.OrganizationOf(&v1alpha1.OrgGitHub{Organization: "octo", OrganizationID: new("65")})

func trust(o github.Organization, partition string, allow []v1alpha1.Allow) string {
	return Trust(oidc.Trust{Issuer: o.Issuer(partition), Admissions: o.Admissions(allow)}, partition, account)
}

// texts are one document of each form, with what is hard to write in them.
func texts() map[string]struct {
	kind iam.Kind
	text string
} {
	type document = struct {
		kind iam.Kind
		text string
	}
	quoted := []v1alpha1.Allow{{Repository: "api", GitHubContexts: v1alpha1.GitHubContexts{Environments: []string{`a"b\c<d>&ü`}}}}
	pull := &v1alpha1.Pull{
		Accounts: []string{other, account}, OrganizationIDs: []string{org}, Lambda: new(true),
		Principals: []string{"arn:aws:iam::" + other + ":role/deploy"},
	}
	from := []v1alpha1.ReplicationSource{
		{AccountID: other},
		{AccountID: account, Repositories: []string{"b/*", "a/*"}},
		{AccountID: "777788889999", Repositories: []string{"a/*", "b/*"}},
	}
	return map[string]document{
		"Trust":        {iam.TrustPolicy, trust(octo, "aws", octo.Everyone())},
		"WideTrust":    {iam.TrustPolicy, trust(octo, "aws", []v1alpha1.Allow{{Repository: "*", GitHubContexts: v1alpha1.GitHubContexts{PullRequests: new(true)}}})},
		"MixedTrust":   {iam.TrustPolicy, trust(octo, "aws", []v1alpha1.Allow{{Repository: "api", GitHubContexts: v1alpha1.GitHubContexts{PullRequests: new(true)}}})},
		"QuotedTrust":  {iam.TrustPolicy, trust(octo, "aws", quoted)},
		"TrustNoID":    {iam.TrustPolicy, trust(github.OrganizationOf(&v1alpha1.OrgGitHub{Organization: "octo", Issuer: &v1alpha1.GitHubIssuer{Host: new("git.example.com")}}), "aws", octo.Everyone())},
		"Push":         {iam.IdentityPolicy, Push("aws", account, []string{"b/*", "a/*", "b/*"})},
		"Pull":         {iam.IdentityPolicy, Pull("aws", account, []string{"*"})},
		"Repository":   {iam.RepositoryPolicy, RepositoryPull("aws", "eu-west-1", pull)},
		"Registry":     {iam.RegistryPolicy, Registry("aws", "eu-west-1", account, &v1alpha1.CrossAccountPull{Accounts: []string{other}, OrganizationIDs: []string{org}}, from)},
		"RegistryFrom": {iam.RegistryPolicy, Registry("aws", "eu-west-1", account, nil, from)},
	}
}

// Every document parses strictly and has the one canonical form.
func TestCanonical(t *testing.T) {
	for name, d := range texts() {
		t.Run(name, func(t *testing.T) {
			if _, err := iam.Parse(d.kind, d.text); err != nil {
				t.Errorf("Parse(...): %v\n%s", err, d.text)
			}
			if err := iamtest.Canonical(d.text); err != nil {
				t.Errorf("Canonical(...): %v\n%s", err, d.text)
			}
		})
	}
}

func TestText(t *testing.T) {
	cases := map[string]struct {
		reason, got, want string
	}{
		"Trust": {
			reason: "Audience, owner and subject, each with an operator that fails where the key is absent.",
			got:    trust(octo, "aws", octo.Everyone()),
			want: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":["arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"]},` +
				`"Action":["sts:AssumeRoleWithWebIdentity"],"Condition":{"StringEquals":{"token.actions.githubusercontent.com:aud":["sts.amazonaws.com"],` +
				`"token.actions.githubusercontent.com:repository_owner_id":["65"]},"StringLike":{"token.actions.githubusercontent.com:sub":["repo:octo/*","repo:octo@65/*"]}}}]}`,
		},
		"Push": {
			reason: "The login takes no resource and has a statement of its own; patterns are sorted.",
			got:    Push("aws-cn", account, []string{"b/*", "a"}),
			want: `{"Version":"2012-10-17","Statement":[{"Sid":"Login","Effect":"Allow","Action":["ecr:GetAuthorizationToken"],"Resource":["*"]},` +
				`{"Sid":"Push","Effect":"Allow","Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:CompleteLayerUpload","ecr:DescribeImageScanFindings","ecr:DescribeImages",` +
				`"ecr:GetDownloadUrlForLayer","ecr:InitiateLayerUpload","ecr:ListImages","ecr:PutImage","ecr:UploadLayerPart"],` +
				`"Resource":["arn:aws-cn:ecr:*:111122223333:repository/a","arn:aws-cn:ecr:*:111122223333:repository/b/*"]}]}`,
		},
		"Lambda": {
			reason: "The service is bound to functions of the accounts in the repository's region, the accounts can pull as well.",
			got:    RepositoryPull("aws", "eu-west-1", &v1alpha1.Pull{Accounts: []string{other}, Lambda: new(true)}),
			want: `{"Version":"2012-10-17","Statement":[{"Sid":"PullByAccounts","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::444455556666:root"]},` +
				`"Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:DescribeImages","ecr:GetDownloadUrlForLayer","ecr:ListImages"]},` +
				`{"Sid":"PullByLambda","Effect":"Allow","Principal":{"Service":["lambda.amazonaws.com"]},"Action":["ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"],` +
				`"Condition":{"StringLike":{"aws:SourceArn":["arn:aws:lambda:eu-west-1:444455556666:function:*"]}}}]}`,
		},
		"Organization": {
			reason: "Anyone, bound by the organisation: the form that scanners accept.",
			got:    RepositoryPull("aws", "eu-west-1", &v1alpha1.Pull{OrganizationIDs: []string{org}}),
			want: `{"Version":"2012-10-17","Statement":[{"Sid":"PullByOrganizations","Effect":"Allow","Principal":"*",` +
				`"Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:DescribeImages","ecr:GetDownloadUrlForLayer","ecr:ListImages"],` +
				`"Condition":{"StringEquals":{"aws:PrincipalOrgID":["o-abcdefghij"]}}}]}`,
		},
		"Replication": {
			reason: "Sources with the same repositories share a statement, whatever their order.",
			got: Registry("aws", "eu-west-1", account, nil, []v1alpha1.ReplicationSource{
				{AccountID: "777788889999", Repositories: []string{"b", "a"}}, {AccountID: other, Repositories: []string{"a", "b"}}}),
			want: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::444455556666:root","arn:aws:iam::777788889999:root"]},` +
				`"Action":["ecr:CreateRepository","ecr:ReplicateImage"],"Resource":["arn:aws:ecr:eu-west-1:111122223333:repository/a","arn:aws:ecr:eu-west-1:111122223333:repository/b"]}]}`,
		},
		"NoPull":       {reason: "Nobody, no policy.", got: RepositoryPull("aws", "eu-west-1", nil)},
		"EmptyPull":    {reason: "`{}` grants nobody.", got: RepositoryPull("aws", "eu-west-1", &v1alpha1.Pull{})},
		"OnlyLambda":   {reason: "A service without accounts would be anybody's functions.", got: RepositoryPull("aws", "eu-west-1", &v1alpha1.Pull{Lambda: new(true)})},
		"NoRegistry":   {reason: "Nobody, no policy.", got: Registry("aws", "eu-west-1", account, nil, nil)},
		"EmptyCross":   {reason: "Nobody, no policy.", got: Registry("aws", "eu-west-1", account, &v1alpha1.CrossAccountPull{Repositories: []string{"a"}}, nil)},
		"EmptySources": {reason: "Nobody, no policy.", got: Registry("aws", "eu-west-1", account, nil, []v1alpha1.ReplicationSource{})},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, tc.got); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// The order of a spec and repetitions in it do not show.
func TestOrderDoesNotMatter(t *testing.T) {
	pairs := map[string][2]string{
		"Trust": {
			trust(octo, "aws", []v1alpha1.Allow{{Repository: "a"}, {Repository: "b"}}),
			trust(octo, "aws", []v1alpha1.Allow{{Repository: "b"}, {Repository: "a"}, {Repository: "b"}}),
		},
		"Repository": {
			RepositoryPull("aws", "eu-west-1", &v1alpha1.Pull{Accounts: []string{other, account}, OrganizationIDs: []string{"o-bbbbbbbbbb", org}}),
			RepositoryPull("aws", "eu-west-1", &v1alpha1.Pull{Accounts: []string{account, other}, Principals: []string{"arn:aws:iam::" + other + ":root"}, OrganizationIDs: []string{org, "o-bbbbbbbbbb", org}}),
		},
		"Registry": {
			Registry("aws", "eu-west-1", account, nil, []v1alpha1.ReplicationSource{{AccountID: other}, {AccountID: "777788889999", Repositories: []string{"a"}}}),
			Registry("aws", "eu-west-1", account, nil, []v1alpha1.ReplicationSource{{AccountID: "777788889999", Repositories: []string{"a", "a"}}, {AccountID: other, Repositories: []string{"*"}}}),
		},
	}
	for name, p := range pairs {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(p[0], p[1]); diff != "" {
				t.Errorf("-one, +other:\n%s", diff)
			}
		})
	}
}

func TestSizes(t *testing.T) {
	path := field.NewPath("spec")
	cases := map[string]struct {
		limit Limit
		most  int
	}{
		"Trust":      {TrustLimit(nil), iamtest.MaxSize[iam.TrustPolicy]},
		"Inline":     {InlineLimit, iamtest.MaxSize[iam.IdentityPolicy]},
		"Repository": {RepositoryLimit, iamtest.MaxSize[iam.RepositoryPolicy]},
		"Registry":   {RegistryLimit, iamtest.MaxSize[iam.RegistryPolicy]},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := tc.limit.Check(strings.Repeat("ü", tc.most), path); len(got) > 0 {
				t.Errorf("characters are counted, not bytes: %s", got.Message())
			}
			got := tc.limit.Check(strings.Repeat("a", tc.most+1), path)
			if len(got) != 1 {
				t.Fatalf("one character too many: got %d faults", len(got))
			}
			for _, n := range []int{tc.most, tc.most + 1} {
				if want := strconv.Itoa(n) + " "; !strings.Contains(got.Message(), want) {
					t.Errorf("the message has the count and the limit: no %q in %q", want, got.Message())
				}
			}
		})
	}
}

// TestQuota shows that the size of a trust policy is bound by the account's quota, within what AWS allows.
func TestQuota(t *testing.T) {
	quota := func(n int64) *v1alpha1.Quotas { return &v1alpha1.Quotas{TrustPolicyLength: &n} }
	cases := map[string]struct {
		reason string
		quotas *v1alpha1.Quotas
		length int
		want   string // of the message; "" if it fits
	}{
		"Default":  {reason: "2048 is what an account has.", length: 2049, want: "write the new one into quotas.trustPolicyLength"},
		"Raised":   {reason: "AWS raises it.", quotas: quota(4096), length: 4096},
		"TooLong":  {reason: "And not for ever.", quotas: quota(8192), length: 8193, want: "at most 8192 are allowed"},
		"Ignored":  {reason: "What AWS does not do counts for nothing.", quotas: quota(100000), length: 8193, want: "at most 8192 are allowed"},
		"Lowered":  {reason: "Nor is there less than the default.", quotas: quota(1), length: 2048},
		"NoLength": {reason: "Quotas may say nothing of it.", quotas: &v1alpha1.Quotas{}, length: 2048},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := TrustLimit(tc.quotas).Check(strings.Repeat("a", tc.length), field.NewPath("spec")).Message()
			if (got == "") != (tc.want == "") || !strings.Contains(got, tc.want) {
				t.Errorf("%s\nCheck(...): want %q, got %q", tc.reason, tc.want, got)
			}
		})
	}
}

func BenchmarkTrust(b *testing.B) {
	for b.Loop() {
		_ = trust(octo, "aws", octo.Everyone())
	}
}

func BenchmarkRepositoryPull(b *testing.B) {
	p := &v1alpha1.Pull{Accounts: []string{other}, OrganizationIDs: []string{org}}
	for b.Loop() {
		_ = RepositoryPull("aws", "eu-west-1", p)
	}
}
