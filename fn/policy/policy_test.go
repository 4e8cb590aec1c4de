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

// TestText shows the canonical form of each document: compact, sorted, without duplicates and needless escapes.
func TestText(t *testing.T) {
	cases := map[string]struct {
		reason, got, want string
	}{
		"Trust": {
			reason: "Audience, owner and subject, each with an operator that fails if the key is absent.",
			got:    trust(octo, "aws", octo.Everyone()),
			want: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":["arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"]},` +
				`"Action":["sts:AssumeRoleWithWebIdentity"],"Condition":{"StringEquals":{"token.actions.githubusercontent.com:aud":["sts.amazonaws.com"],` +
				`"token.actions.githubusercontent.com:repository_owner_id":["65"]},"StringLike":{"token.actions.githubusercontent.com:sub":["repo:octo/*","repo:octo@65/*"]}}}]}`,
		},
		"Quoted": {
			reason: "Only the two characters that JSON must escape are escaped. Without the organisation's number there is no newer form.",
			got: trust(github.OrganizationOf(&v1alpha1.OrgGitHub{Organization: "o", Issuer: &v1alpha1.GitHubIssuer{Host: new("git.example.com")}}), "aws",
				[]v1alpha1.Allow{{Repository: "api", GitHubContexts: v1alpha1.GitHubContexts{Environments: []string{`a"b\c<d>&ü`}}}}),
			want: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":["arn:aws:iam::111122223333:oidc-provider/git.example.com/_services/token"]},` +
				`"Action":["sts:AssumeRoleWithWebIdentity"],"Condition":{"StringEquals":{"git.example.com/_services/token:aud":["sts.amazonaws.com"]},` +
				`"StringLike":{"git.example.com/_services/token:sub":["repo:o/api:environment:a\"b\\c<d>&ü"]}}}]}`,
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
			reason: "The service may pull for functions of the accounts in the repository's region; the accounts may pull as well.",
			got:    RepositoryPull("aws", "eu-west-1", &v1alpha1.Pull{Accounts: []string{other}, Lambda: new(true)}),
			want: `{"Version":"2012-10-17","Statement":[{"Sid":"PullByAccounts","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::444455556666:root"]},` +
				`"Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:DescribeImages","ecr:GetDownloadUrlForLayer","ecr:ListImages"]},` +
				`{"Sid":"PullByLambda","Effect":"Allow","Principal":{"Service":["lambda.amazonaws.com"]},"Action":["ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"],` +
				`"Condition":{"StringLike":{"aws:SourceArn":["arn:aws:lambda:eu-west-1:444455556666:function:*"]}}}]}`,
		},
		"Accounts": {
			reason: "Accounts become the ARNs of their roots, whatever the order.",
			got: RepositoryPull("aws", "eu-west-1", &v1alpha1.Pull{
				Accounts: []string{other, account}, Principals: []string{"arn:aws:iam::444455556666:root", "arn:aws:iam::444455556666:role/deploy"}}),
			want: `{"Version":"2012-10-17","Statement":[{"Sid":"PullByAccounts","Effect":"Allow",` +
				`"Principal":{"AWS":["arn:aws:iam::111122223333:root","arn:aws:iam::444455556666:role/deploy","arn:aws:iam::444455556666:root"]},` +
				`"Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:DescribeImages","ecr:GetDownloadUrlForLayer","ecr:ListImages"]}]}`,
		},
		"Organization": {
			reason: "Anyone, with a condition on the organisation: the form that scanners accept.",
			got:    RepositoryPull("aws", "eu-west-1", &v1alpha1.Pull{OrganizationIDs: []string{org, "o-aaaaaaaaaa", org}}),
			want: `{"Version":"2012-10-17","Statement":[{"Sid":"PullByOrganizations","Effect":"Allow","Principal":"*",` +
				`"Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:DescribeImages","ecr:GetDownloadUrlForLayer","ecr:ListImages"],` +
				`"Condition":{"StringEquals":{"aws:PrincipalOrgID":["o-aaaaaaaaaa","o-abcdefghij"]}}}]}`,
		},
		"Replication": {
			reason: "Sources with the same repositories share a statement, whatever their order.",
			got: Registry("aws-cn", "cn-north-1", account, nil, []v1alpha1.ReplicationSource{
				{AccountID: "777788889999", Repositories: []string{"b", "a", "b"}}, {AccountID: "222233334444"}, {AccountID: other, Repositories: []string{"a", "b"}}}),
			want: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:aws-cn:iam::222233334444:root"]},` +
				`"Action":["ecr:CreateRepository","ecr:ReplicateImage"],"Resource":["arn:aws-cn:ecr:cn-north-1:111122223333:repository/*"]},` +
				`{"Effect":"Allow","Principal":{"AWS":["arn:aws-cn:iam::444455556666:root","arn:aws-cn:iam::777788889999:root"]},` +
				`"Action":["ecr:CreateRepository","ecr:ReplicateImage"],"Resource":["arn:aws-cn:ecr:cn-north-1:111122223333:repository/a","arn:aws-cn:ecr:cn-north-1:111122223333:repository/b"]}]}`,
		},
		"Nobody":       {reason: "No subjects, no policy.", got: trust(octo, "aws", nil)},
		"NoPull":       {reason: "Nobody, no policy.", got: RepositoryPull("aws", "eu-west-1", nil)},
		"EmptyPull":    {reason: "`{}` grants nobody.", got: RepositoryPull("aws", "eu-west-1", &v1alpha1.Pull{})},
		"OnlyLambda":   {reason: "Without accounts, the service could pull for functions of any account.", got: RepositoryPull("aws", "eu-west-1", &v1alpha1.Pull{Lambda: new(true)})},
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

// TestLimits shows the maximum length of each policy. An account's quota raises that of trust policies.
func TestLimits(t *testing.T) {
	quota := func(n int64) *v1alpha1.Quotas { return &v1alpha1.Quotas{TrustPolicyLength: &n} }
	const raise = "write the new one into quotas.trustPolicyLength"
	cases := map[string]struct {
		reason string
		limit  Limit
		most   int
		fix    string
	}{
		"Trust":      {"AWS's default.", TrustLimit(nil), iamtest.MaxSize[iam.TrustPolicy], raise},
		"NoLength":   {"Quotas may have no such quota.", TrustLimit(&v1alpha1.Quotas{}), iamtest.MaxSize[iam.TrustPolicy], raise},
		"Raised":     {"AWS has raised the quota.", TrustLimit(quota(4096)), 4096, raise},
		"TooHigh":    {"AWS grants no higher quota.", TrustLimit(quota(100000)), 8192, "use wildcards"},
		"TooLow":     {"No quota is below the default.", TrustLimit(quota(1)), 2048, raise},
		"Inline":     {"The policy of a role.", InlineLimit, iamtest.MaxSize[iam.IdentityPolicy], "name fewer repositories"},
		"Repository": {"The policy of a repository.", RepositoryLimit, iamtest.MaxSize[iam.RepositoryPolicy], "name fewer principals"},
		"Registry":   {"The policy of a registry.", RegistryLimit, iamtest.MaxSize[iam.RegistryPolicy], "name fewer accounts"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := tc.limit.Check(strings.Repeat("ü", tc.most), field.NewPath("spec")); len(got) > 0 {
				t.Errorf("%s\ncharacters are counted, not bytes: %s", tc.reason, got.Message())
			}
			got := tc.limit.Check(strings.Repeat("a", tc.most+1), field.NewPath("spec")).Message()
			for _, want := range []string{strconv.Itoa(tc.most) + " ", strconv.Itoa(tc.most+1) + " ", tc.fix} {
				if !strings.Contains(got, want) {
					t.Errorf("%s\none character too many: want %q in %q", tc.reason, want, got)
				}
			}
		})
	}
}
