package orgaccess_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"k8s.io/utils/ptr"
	"sigs.k8s.io/yaml"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/internal/iam"
	"github.com/ontopix/crossplane-ecr/internal/iamtest"
)

// Values of random specs. The second line of each has values that an attacker would write, or somebody who has read
// half of AWS's documentation.
var (
	someOrganizations = []string{"octo", "Octo-Org", "a", "o1",
		"*", "octo*", "oct?", "octo/api", "octo/*", "octo@65", "octo:ref", "${aws:username}", "octo\n", "-octo", ""}
	someIDs = []string{"65", "1", "12345678901234567890",
		"*", "6?", "065", "", "65/*"}
	someHosts = []string{"github.com", "acme.ghe.com", "git.example.com",
		"token.actions.githubusercontent.com", "ghe.com", "*.ghe.com", "GIT.example.com", "https://git.example.com"}
	someEnterprises  = []string{"acme", "acme", "*", "a/b"}
	someRepositories = []string{"*", "api", "web", ".github", "a_b",
		"api*", "*/*", "../evil", "evil/api", "api@*", "api:*", "${x}", "", "**"}
	someRefs = []string{"main", "release/*", "*", "v1.*", "a:b",
		"?", "${aws:userid}", "", "a b", "main\n", "**", "x\"],\"y\":[\"", "\\"}
	someEnvironments = []string{"production", "prod:*", "*", "pull_request", "ref:refs/heads/main", "Staging Area", "Prüfung",
		"?", "$", "", " x", "生产", "*:pull_request", "\"}}]}"}
	somePatterns = []string{"*", "team/*", "team/api", "*/api", "t*m/a*",
		"?", "${x}", "team/", "/x", "TEAM", "a:b", "", "*:*"}
	someNames      = []string{"pusher", "p.u+s=h,e@r_-", "ecr-org-pull-octo", "a/b", "", "röle"}
	somePaths      = []string{"/", "/ci/", "/a/b/", "ci", "/ci", "//", "/c i/"}
	someDurations  = []string{"1h", "12h", "1h30m", "3600s", "59m", "13h", "1d", "", "9999999h"}
	someBoundaries = []string{"arn:aws:iam::111122223333:policy/b", "arn:aws:iam::aws:policy/PowerUserAccess", "arn:aws:iam::444455556666:policy/b", "*"}
	someAccounts   = []string{"444455556666", "777788889999", "111122223333", "*", "44445555666", ""}
	someOrgIDs     = []string{"o-aaaaaaaaaa", "o-bbbbbbbbbb", "*", "o-*", "r-abcd"}
	someRegions    = []string{"eu-west-1", "eu-central-1", "cn-north-1", "us-gov-west-1", "*", "eu"}
	somePartitions = []string{"aws", "aws", "aws-cn", "aws-us-gov", "aws-eusc", "aws-iso", "*"}
	someFilters    = []string{"*", "team", "team/*", "a*b", "", "A", "a//b"}
	someFrequency  = []v1alpha1.ScanFrequency{v1alpha1.ScanOnPush, v1alpha1.ContinuousScan, v1alpha1.ScanManual}
)

// A maker makes random specs. It picks invalid values rarely, so that many specs are accepted.
type maker struct{ *rand.Rand }

// of picks a value, mostly one of the first, which are valid.
func (m maker) of(values []string, valid int) string {
	if m.IntN(100) == 0 {
		return values[m.IntN(len(values))]
	}
	return values[m.IntN(min(valid, len(values)))]
}

func (m maker) sometimes(values []string, valid int) *string {
	if m.IntN(3) > 0 {
		return nil
	}
	return new(m.of(values, valid))
}

// list picks up to four values.
func (m maker) list(values []string, valid int) []string {
	var out []string
	for range m.IntN(5) {
		out = append(out, m.of(values, valid))
	}
	return out
}

func (m maker) flag() *bool {
	return [...]*bool{nil, nil, new(true), new(false)}[m.IntN(4)]
}

func (m maker) spec() *v1alpha1.EcrOrgAccessSpec {
	s := &v1alpha1.EcrOrgAccessSpec{}
	s.AccountID = account
	s.Partition = m.sometimes(somePartitions, 5)
	s.Region = m.sometimes(someRegions, 4)
	s.GitHub = &v1alpha1.OrgGitHub{Organization: m.of(someOrganizations, 4)}
	if m.IntN(5) > 0 {
		s.GitHub.OrganizationID = new(m.of(someIDs, 3))
	}
	if m.IntN(3) == 0 {
		s.GitHub.Issuer = &v1alpha1.GitHubIssuer{Host: m.sometimes(someHosts, 3)}
		if m.IntN(4) == 0 {
			s.GitHub.Issuer.Enterprise = m.sometimes(someEnterprises, 2)
		}
	}
	s.Push, s.Pull = m.role(), m.role()
	if m.IntN(3) == 0 {
		s.Region = new(regions[partitionOf(s)])
		s.CrossAccountPull = &v1alpha1.CrossAccountPull{Accounts: m.list(someAccounts, 3), OrganizationIDs: m.list(someOrgIDs, 2), Repositories: m.list(somePatterns, 5)}
	}
	if m.IntN(3) == 0 {
		s.Region = new(regions[partitionOf(s)])
		s.Registry = m.registry()
	}
	if m.IntN(4) == 0 {
		s.DeletionPolicy = new(v1alpha1.DeletionOrphan)
	}
	return s
}

func (m maker) role() *v1alpha1.OrgRole {
	if m.IntN(4) == 0 {
		return nil
	}
	r := &v1alpha1.OrgRole{
		RoleName:           m.sometimes(someNames, 2),
		Path:               m.sometimes(somePaths, 3),
		MaxSessionDuration: m.sometimes(someDurations, 4),
		Repositories:       m.list(somePatterns, 5),
	}
	if m.IntN(8) == 0 {
		r.PermissionsBoundary = new(m.of(someBoundaries, 2))
	}
	if m.IntN(8) == 0 {
		r.Enabled = new(false)
	}
	for range m.IntN(5) {
		a := v1alpha1.Allow{Repository: m.of(someRepositories, 5)}
		if a.Repository != "*" || m.IntN(20) == 0 {
			a.RepositoryID = m.sometimes(someIDs, 3)
		}
		a.Branches, a.Tags = m.list(someRefs, 5), m.list(someRefs, 5)
		a.Environments, a.PullRequests = m.list(someEnvironments, 7), m.flag()
		r.Allow = append(r.Allow, a)
	}
	return r
}

func (m maker) registry() *v1alpha1.Registry {
	r := &v1alpha1.Registry{Replication: &v1alpha1.Replication{}}
	for range m.IntN(3) {
		r.Replication.From = append(r.Replication.From, v1alpha1.ReplicationSource{AccountID: m.of(someAccounts, 3), Repositories: m.list(somePatterns, 5)})
	}
	for range m.IntN(3) {
		r.Replication.Rules = append(r.Replication.Rules, v1alpha1.ReplicationRule{
			Destinations: []v1alpha1.ReplicationDestination{{Region: m.of(someRegions[1:], 1), AccountID: m.sometimes(someAccounts, 2)}},
		})
	}
	if m.IntN(2) == 0 {
		r.Scanning = &v1alpha1.RegistryScanning{Type: v1alpha1.ScanBasic, Rules: []v1alpha1.ScanningRule{
			{Frequency: someFrequency[m.IntN(len(someFrequency))], Filters: m.list(someFilters, 4)},
		}}
	}
	return r
}

// TestRandomSpecs shows that a random spec, if it is accepted, lets in exactly the tokens and allows exactly the
// actions that the design does, in documents that AWS accepts.
func TestRandomSpecs(t *testing.T) {
	runs := 800
	if testing.Short() {
		runs = 150
	}
	accepted, refused, tokens, in := 0, 0, 0, 0
	for seed := range runs {
		m := maker{rand.New(rand.NewPCG(uint64(seed), 65))}
		spec := m.spec()
		raw, err := yaml.Marshal(spec)
		if err != nil {
			t.Fatal(err)
		}
		r := request{spec: string(raw)}.run(t)
		if r.fatal() != "" {
			if refused++; len(r.keys()) > 0 {
				t.Errorf("seed %d: refused, and yet renders %v", seed, r.keys())
			}
			continue
		}
		accepted++
		t.Run(fmt.Sprint("Seed", seed), func(t *testing.T) {
			docs, arns := r.read(t, spec), resources(partitionOf(spec))
			for _, p := range docs.roles {
				n, yes := p.compare(t, spec, m.someJobs(spec))
				tokens, in = tokens+n, in+yes
				p.compareRights(t, spec, func() string { return arns[m.IntN(len(arns))] })
			}
			if t.Failed() {
				t.Logf("%s", raw)
			}
			if docs.registry != nil {
				m.checkRegistry(t, spec, docs.registry)
			}
		})
	}
	t.Logf("%d specs accepted, %d refused; %d of %d tokens let in", accepted, refused, in, tokens)
	if accepted < runs/5 || refused < runs/10 || in < tokens/50 {
		t.Error("too few specs are accepted or refused, or too few tokens let in")
	}
}

// someJobs returns runs of the organisation and of others, in contexts that are like those of the spec.
func (m maker) someJobs(spec *v1alpha1.EcrOrgAccessSpec) []iam.GitHubJob {
	g, names := spec.GitHub, []string{"api", "web", ".github", "a_b", "api2"}
	owners := append(lookAlikes(g.Organization), g.Organization)
	contexts := append(iamtest.GitHubContexts(), iam.GitHubContext{Branch: "v1.0"}, iam.GitHubContext{Tag: "v1.0"}, iam.GitHubContext{Environment: "Prüfung"})
	var all []iam.GitHubJob
	for range 60 {
		j := iam.GitHubJob{
			Issuer: issuerOf(g.Issuer), Audience: audienceOf(spec), Owner: g.Organization, OwnerID: ptr.Deref(g.OrganizationID, "65"),
			Repository: names[m.IntN(len(names))], RepositoryID: someIDs[m.IntN(3)], Context: contexts[m.IntN(len(contexts))],
			Immutable: m.IntN(2) == 0,
		}
		switch m.IntN(8) {
		case 0:
			j.Owner, j.OwnerID = owners[m.IntN(len(owners))], "66"
		case 1:
			j.OwnerID = "66"
		case 2:
			j.Audience = "https://github.com/" + g.Organization
		case 3:
			j.Issuer = iam.GHESIssuer("git.example.org")
		}
		all = append(all, j)
	}
	return all
}

// checkRegistry checks that the registry's policy allows nothing to strangers, and only what the design lists to
// others.
func (m maker) checkRegistry(t *testing.T, spec *v1alpha1.EcrOrgAccessSpec, d *iam.Document) {
	t.Helper()
	cross := ptr.Deref(spec.CrossAccountPull, v1alpha1.CrossAccountPull{})
	var from []v1alpha1.ReplicationSource
	if spec.Registry != nil {
		from = ptr.Deref(spec.Registry.Replication, v1alpha1.Replication{}).From
	}
	for _, a := range iam.ECRActions() {
		if a.ResourceFor("x") == "*" {
			continue
		}
		caller := []string{other, stranger, "222233334444"}[m.IntN(3)]
		org := []string{"o-aaaaaaaaaa", "o-bbbbbbbbbb", "o-cccccccccc"}[m.IntN(3)]
		arns := resources(partitionOf(spec))
		arn := arns[m.IntN(len(arns))]
		got, err := iam.EvaluateOne(d, iam.Request{
			Action: a.Name, Resource: arn, Context: iam.Context{"aws:PrincipalOrgID": {org}},
			Principal: iam.RoleSession("arn:"+partitionOf(spec)+":iam::"+caller+":role/r", "s"),
		})
		if err != nil {
			t.Fatal(err)
		}
		r, _ := repositoryOf(arn)
		here := r.partition == partitionOf(spec) && r.account == account && r.region == *spec.Region
		want := here && slices.Contains(pullMay, a.Name) && reaches(cross.Repositories, r.name) &&
			(slices.Contains(cross.Accounts, caller) || slices.Contains(cross.OrganizationIDs, org))
		want = want || here && slices.Contains(replicateMay, a.Name) && slices.ContainsFunc(from, func(s v1alpha1.ReplicationSource) bool {
			return s.AccountID == caller && reaches(s.Repositories, r.name)
		})
		if got.Allowed() != want {
			t.Errorf("registry: %s of %s: %s on %s: AWS says %t, the design %t", caller, org, a.Name, arn, got.Allowed(), want)
		}
	}
}
