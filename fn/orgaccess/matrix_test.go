package orgaccess_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"k8s.io/utils/ptr"
	"sigs.k8s.io/yaml"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
	"github.com/ontopix/crossplane-ecr/internal/iam"
	"github.com/ontopix/crossplane-ecr/internal/iamtest"
	"github.com/ontopix/crossplane-ecr/test/cases"
)

// specs has a spec for each form of issuer, partition, subject, context and repository pattern.
var specs = map[string]string{
	"Everyone": minimal,
	"Contexts": `
accountId: "111122223333"
github: {organization: octo, organizationId: "65"}
push:
  repositories: [team/*, shared]
  allow:
  - {repository: api, repositoryId: "74", branches: [main, "release/*"], tags: ["v*"]}
  - {repository: web, environments: [production, "prod:*"]}
  - {repository: "*", pullRequests: true, branches: [main]}
pull: {repositories: ["*/api"], allow: [{repository: api}, {repository: "*", environments: ["*"]}]}`,
	"AnyContext": `
accountId: "111122223333"
github: {organization: octo, organizationId: "65"}
push: {repositories: [team/api], allow: [{repository: "*", branches: ["*"]}]}
pull: {allow: [{repository: api, tags: ["*"], pullRequests: false}]}`,
	"PullOnly": `
accountId: "111122223333"
github: {organization: octo, organizationId: "65"}
push: {enabled: false}`,
	"Enterprise": `
accountId: "111122223333"
github: {organization: octo, organizationId: "65", issuer: {enterprise: acme}}
push: {path: /ci/, roleName: pusher, allow: [{repository: api}]}`,
	"Tenant": `
accountId: "111122223333"
github: {organization: octo, issuer: {host: acme.ghe.com}}
push: {allow: [{repository: api, branches: [main]}]}`,
	"Prefixes": `
accountId: "111122223333"
github: {organization: octo, organizationId: "65"}
push: {allow: [{repository: "ap*", branches: [main]}]}
pull: {allow: [{repository: "a*", pullRequests: true}]}`,
	"TenantWithSlug": `
accountId: "111122223333"
github: {organization: octo, organizationId: "65", issuer: {host: acme.ghe.com, enterprise: acme}}`,
	"LikeATenant": `
accountId: "111122223333"
github: {organization: octo, issuer: {host: notghe.com}}`,
	"TenantWithID": `
accountId: "111122223333"
github: {organization: octo, organizationId: "65", issuer: {host: acme.ghe.com}}`,
	"Server": `
accountId: "111122223333"
github: {organization: octo, issuer: {host: git.example.com}}
pull: {allow: [{repository: api, environments: [production]}]}`,
	"ServerWithID": `
accountId: "111122223333"
github: {organization: octo, organizationId: "65", issuer: {host: git.example.com}}`,
	"China": `
accountId: "111122223333"
partition: aws-cn
github: {organization: octo, organizationId: "65"}
push: {repositories: ["team/*"]}`,
	"Sovereign": `
accountId: "111122223333"
partition: aws-eusc
github: {organization: octo, organizationId: "65"}`,
	"GovCloud": `
accountId: "111122223333"
partition: aws-us-gov
github: {organization: octo, organizationId: "65"}
pull: {repositories: ["team*"]}`,
}

func parseSpec(t testing.TB, text string) *v1alpha1.EcrOrgAccessSpec {
	t.Helper()
	s := &v1alpha1.EcrOrgAccessSpec{}
	if err := yaml.UnmarshalStrict([]byte(text), s); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return s
}

// accepted returns specs, and the valid ones of the tests of the schemas.
func accepted(t *testing.T) map[string]string {
	t.Helper()
	valid, err := cases.Valid(cases.XEcrOrgAccess)
	if err != nil {
		t.Fatal(err)
	}
	texts := maps.Clone(specs)
	for _, c := range valid {
		texts[c.Name] = fntest.Text(t, c.Object["spec"])
	}
	return texts
}

// jobs returns jobs in every context and in both forms of a subject: of the organisation, of organisations with names
// like its own, and of others, with tokens of every issuer and audience.
func jobs(g *v1alpha1.OrgGitHub, audience string) []iam.GitHubJob {
	id := ptr.Deref(g.OrganizationID, "65")
	own := iam.GitHubJob{Issuer: issuerOf(g.Issuer), Audience: audience, Owner: g.Organization, OwnerID: id, Repository: "api", RepositoryID: "74"}
	var all []iam.GitHubJob
	add := func(change func(*iam.GitHubJob)) {
		j := own
		change(&j)
		all = append(all, iamtest.GitHubJobs(j)...)
	}
	add(func(*iam.GitHubJob) {})
	for _, repository := range []string{"web", "api-evil", "xapi", "API", "apis", ".github", "api.git"} {
		add(func(j *iam.GitHubJob) { j.Repository, j.RepositoryID = repository, "75" })
	}
	add(func(j *iam.GitHubJob) { j.RepositoryID = "75" }) // the name, made anew
	for _, owner := range lookAlikes(g.Organization) {
		add(func(j *iam.GitHubJob) { j.Owner, j.OwnerID = owner, "66" })
	}
	add(func(j *iam.GitHubJob) { j.OwnerID = "66" })                      // the organisation's name, registered anew
	add(func(j *iam.GitHubJob) { j.OwnerID = id + "0" })                  // a number that begins alike
	add(func(j *iam.GitHubJob) { j.Owner = "octodog" })                   // the organisation, renamed
	add(func(j *iam.GitHubJob) { j.Owner, j.OwnerID = "somebody", "66" }) // a fork's own runs
	for _, audience := range []string{"https://github.com/" + g.Organization, "sigstore", "sts.amazonaws.com", "sts.amazonaws.com.cn"} {
		add(func(j *iam.GitHubJob) { j.Audience = audience })
	}
	for _, issuer := range []string{
		iam.GitHubIssuer, iam.GitHubEnterpriseIssuer("acme"), iam.GitHubEnterpriseIssuer("evil"), iam.GHEIssuer("acme"),
		iam.GHEIssuer("evil"), iam.GHESIssuer("git.example.com"), iam.GHESIssuer("git.example.org"),
	} {
		add(func(j *iam.GitHubJob) { j.Issuer = issuer })
	}
	return all
}

// lookAlikes returns names of other people's organisations that are like a name.
func lookAlikes(name string) []string {
	return []string{
		name + "-evil", name + "x", "x" + name, "evil-" + name, name[:len(name)-1] + "0", name + name,
		strings.ToUpper(name[:1]) + name[1:], strings.ToUpper(name),
	}
}

// regions has a region of each partition.
var regions = map[string]string{"aws": "eu-west-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1", "aws-eusc": "eusc-de-east-1"}

// resources returns the ARNs of repositories of a project, of other projects, and of other accounts, regions and
// partitions.
func resources(partition string) []string {
	region := regions[partition]
	arn := func(partition, region, account, name string) string {
		return "arn:" + partition + ":ecr:" + region + ":" + account + ":repository/" + name
	}
	var all []string
	for _, name := range []string{"team/api", "team/api/base", "teamx/api", "team", "shared", "sharedx", "xshared", "other/api", "other/team/api", "api"} {
		all = append(all, arn(partition, region, account, name))
	}
	return append(all,
		arn(partition, "eu-central-1", account, "team/api"),
		arn(partition, region, other, "team/api"),
		arn("aws-iso", region, account, "team/api"),
	)
}

// TestMatrix checks that AWS and the design allow each role the same, for every token, action and resource.
func TestMatrix(t *testing.T) {
	tokens, in := 0, 0
	input, err := cases.Input()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range accepted(t) {
		t.Run(name, func(t *testing.T) {
			spec := parseSpec(t, text)
			r := request{spec: text, Request: fntest.Request{Input: fntest.Text(t, input)}}.run(t)
			if fatal := r.fatal(); fatal != "" {
				t.Fatal(fatal)
			}
			for _, p := range r.read(t, spec).roles {
				n, yes := p.compare(t, spec, jobs(spec.GitHub, audienceOf(spec)))
				tokens, in = tokens+n, in+yes
				for _, arn := range resources(partitionOf(spec)) {
					p.compareRights(t, spec, func() string { return arn })
				}
			}
		})
	}
	t.Logf("%d tokens, %d of them let in", tokens, in)
	if tokens < 20000 || in < 500 || in > tokens/2 {
		t.Errorf("%d tokens with %d let in are too few", tokens, in)
	}
}

// TestRegistryMatrix checks who may pull by the registry's policy, and who may replicate, against the design, under
// both scopes.
func TestRegistryMatrix(t *testing.T) {
	const org = "o-aaaaaaaaaa"
	text := `
accountId: "111122223333"
region: eu-west-1
github: {organization: octo, organizationId: "65"}
crossAccountPull: {accounts: ["444455556666"], organizationIds: [o-aaaaaaaaaa], repositories: [team/*, shared]}
registry: {replication: {from: [{accountId: "777788889999", repositories: [team/api]}, {accountId: "222233334444"}]}}
`
	spec := parseSpec(t, text)
	registry := request{spec: text}.run(t).read(t, spec).registry
	all := parse(t, iam.IdentityPolicy, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["*"],"Resource":["*"]}]}`)

	role := func(account string) iam.Principal {
		return iam.RoleSession("arn:aws:iam::"+account+":role/r", "s")
	}
	callers := []struct {
		name      string
		who       iam.Principal
		account   string
		org       string
		anonymous bool
	}{
		{name: "a named account", who: role(other), account: other},
		{name: "a named account's root", who: iam.AccountRoot("aws", other), account: other},
		{name: "a source of some", who: role(stranger), account: stranger},
		{name: "a source of all", who: role("222233334444"), account: "222233334444"},
		{name: "the organisation", who: role("555566667777"), account: "555566667777", org: org},
		{name: "another organisation", who: role("555566667777"), account: "555566667777", org: "o-aaaaaaaaab"},
		{name: "no organisation", who: role("555566667777"), account: "555566667777"},
		{name: "nobody", who: iam.Anonymous(), anonymous: true},
		{name: "Lambda", who: iam.Service("lambda.amazonaws.com"), anonymous: true},
	}
	pulls := func(account, org string) bool { return account == other || org == "o-aaaaaaaaaa" }
	requests, allowed := 0, 0
	for _, scope := range []iam.RegistryScope{iam.RegistryScopeV1, iam.RegistryScopeV2} {
		for _, c := range callers {
			for _, a := range iam.ECRActions() {
				if a.ResourceFor("x") == "*" {
					continue // it concerns the caller's own registry
				}
				for _, arn := range resources("aws")[:12] {
					q := iam.Request{Action: a.Name, Resource: arn, Principal: c.who, Context: iam.Context{}}
					if c.org != "" {
						q.Context["aws:PrincipalOrgID"] = []string{c.org}
					}
					var identity []*iam.Document
					if !c.anonymous && c.name != "a named account's root" {
						identity = append(identity, all)
					}
					got, err := iam.Evaluate(identity, iam.ResourcePolicies{Registry: registry, RegistryScope: scope}, q)
					if err != nil {
						t.Fatal(err)
					}

					r, _ := repositoryOf(arn)
					here := r.account == account && r.region == "eu-west-1"
					want := !c.anonymous && r.account == c.account // its own repository
					want = want || here && scope == iam.RegistryScopeV2 && slices.Contains(pullMay, a.Name) && pulls(c.account, c.org) && reaches([]string{"team/*", "shared"}, r.name)
					want = want || here && slices.Contains(replicateMay, a.Name) && (c.account == "222233334444" || c.account == stranger && r.name == "team/api")
					if requests++; got.Allowed() {
						allowed++
					}
					if got.Allowed() != want {
						t.Errorf("scope %s, %s: %s on %s: AWS says %t, the design %t", scope, c.name, a.Name, arn, got.Allowed(), want)
					}
				}
			}
		}
	}
	t.Logf("%d requests, %d of them allowed", requests, allowed)
	if requests < 5000 || allowed < 100 {
		t.Errorf("%d requests with %d allowed are too few", requests, allowed)
	}
}
