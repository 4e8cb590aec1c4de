package github

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/fault"
)

// told returns the paths of faults, and the owners of the rules that are broken.
func told(l fault.List) []string {
	var out []string
	for _, f := range l {
		out = append(out, f.Path.String()+" "+string(f.Owner))
	}
	return out
}

// TestValidate and TestValidateAllow add to the tables of test/cases, which fn/orgaccess runs, the owners of the rules,
// and corner cases that schemas cannot express.
func TestValidate(t *testing.T) {
	issuer := func(host, enterprise string) *v1alpha1.GitHubIssuer {
		i := &v1alpha1.GitHubIssuer{}
		if host != "" {
			i.Host = &host
		}
		if enterprise != "" {
			i.Enterprise = &enterprise
		}
		return i
	}
	id := new("65")
	cases := map[string]struct {
		reason string
		spec   v1alpha1.OrgGitHub
		want   []string
	}{
		"Valid":            {reason: "A name and a number.", spec: v1alpha1.OrgGitHub{Organization: "Octo-Org", OrganizationID: id}},
		"ServerWithoutID":  {reason: "Only github.com needs the number.", spec: v1alpha1.OrgGitHub{Organization: "o", Issuer: issuer("git.example.com", "")}},
		"TenantWithoutID":  {reason: "A tenant of ghe.com needs no number either.", spec: v1alpha1.OrgGitHub{Organization: "o", Issuer: issuer("acme.ghe.com", "")}},
		"EnterpriseWithID": {reason: "An enterprise of github.com has its slug in the issuer.", spec: v1alpha1.OrgGitHub{Organization: "o", OrganizationID: id, Issuer: issuer("github.com", "acme")}},
		"Empty":            {reason: "Both are required.", want: []string{"spec.github.organization API", "spec.github.organizationId API"}},
		"EmptyID":          {reason: "An empty number is none.", spec: v1alpha1.OrgGitHub{Organization: "o", OrganizationID: new("")}, want: []string{"spec.github.organizationId GitHub"}},
		"EnterpriseServer": {reason: "A server has no enterprise in its issuer.", spec: v1alpha1.OrgGitHub{Organization: "o", Issuer: issuer("git.example.com", "acme")}, want: []string{"spec.github.issuer.enterprise GitHub"}},
		"HostURL":          {reason: "A host is no URL.", spec: v1alpha1.OrgGitHub{Organization: "o", Issuer: issuer("https://git.example.com", "")}, want: []string{"spec.github.issuer.host API"}},
		"PublicIssuerHost": {reason: "The issuer of github.com, given as a server, would do without the number.", spec: v1alpha1.OrgGitHub{Organization: "o", Issuer: issuer("token.actions.githubusercontent.com", "")}, want: []string{"spec.github.issuer.host GitHub"}},
		"PublicAPIHost":    {reason: "No host of github.com is a server.", spec: v1alpha1.OrgGitHub{Organization: "o", Issuer: issuer("api.github.com", "")}, want: []string{"spec.github.issuer.host GitHub"}},
		"NoTenant":         {reason: "ghe.com itself is no tenant.", spec: v1alpha1.OrgGitHub{Organization: "o", Issuer: issuer("ghe.com", "")}, want: []string{"spec.github.issuer.host GitHub"}},
		"LongIssuer":       {reason: "IAM bounds the URL.", spec: v1alpha1.OrgGitHub{Organization: "o", Issuer: issuer(strings.Repeat("a", 229)+".com", "")}, want: []string{"spec.github.issuer.host AWS"}},
		"LongestIssuer":    {reason: "255 characters fit.", spec: v1alpha1.OrgGitHub{Organization: "o", Issuer: issuer(strings.Repeat("a", 227)+".com", "")}},
		"EverythingAtOnce": {reason: "All errors, in the order of the spec.", spec: v1alpha1.OrgGitHub{Organization: "o*", OrganizationID: new("x"), Issuer: issuer("A", "b c")}, want: []string{"spec.github.organization GitHub", "spec.github.issuer.host API", "spec.github.issuer.enterprise GitHub", "spec.github.issuer.enterprise GitHub", "spec.github.organizationId GitHub"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			l := OrganizationOf(&tc.spec).Validate(field.NewPath("spec", "github"))
			if diff := cmp.Diff(tc.want, told(l)); diff != "" {
				t.Errorf("%s\nValidate(...): -want, +got:\n%s\n%s", tc.reason, diff, l.Message())
			}
		})
	}
}

func TestValidateAllow(t *testing.T) {
	entry := func(c v1alpha1.GitHubContexts) []v1alpha1.Allow {
		return []v1alpha1.Allow{{Repository: "api", GitHubContexts: c}}
	}
	branches := func(v ...string) []v1alpha1.Allow { return entry(v1alpha1.GitHubContexts{Branches: v}) }
	environments := func(v ...string) []v1alpha1.Allow {
		return entry(v1alpha1.GitHubContexts{Environments: v})
	}
	repository := func(name string) []v1alpha1.Allow { return []v1alpha1.Allow{{Repository: name}} }
	cases := map[string]struct {
		reason string
		allow  []v1alpha1.Allow
		want   []string
	}{
		"Absent":            {reason: "The role has a default."},
		"Everyone":          {reason: "Any repository of the organisation.", allow: octo.Everyone()},
		"Names":             {reason: "What GitHub allows in names.", allow: []v1alpha1.Allow{{Repository: ".github"}, {Repository: "a_b-c.d"}, {Repository: "-"}}},
		"Wildcards":         {reason: "A wildcard, bare or not, in a context.", allow: entry(v1alpha1.GitHubContexts{Branches: []string{"*", "release/*"}, Tags: []string{"v*"}, Environments: []string{"*"}})},
		"Repeated":          {reason: "Repetitions do no harm.", allow: branches("main", "main")},
		"Spaces":            {reason: "Names of environments may hold spaces and colons.", allow: environments("Staging Area", "prod:eu")},
		"Latin1":            {reason: "IAM takes Latin-1.", allow: environments("Prüfung")},
		"NoPullRequests":    {reason: "false adds nothing to other contexts.", allow: entry(v1alpha1.GitHubContexts{Branches: []string{"main"}, PullRequests: new(false)})},
		"RepositoryID":      {reason: "The number of one repository.", allow: []v1alpha1.Allow{{Repository: "api", RepositoryID: new("74")}}},
		"Empty":             {reason: "An empty list is not the same as no list.", allow: []v1alpha1.Allow{}, want: []string{"allow API"}},
		"TooMany":           {reason: "The API bounds the list.", allow: slices.Repeat(octo.Everyone(), 101), want: []string{"allow API"}},
		"Dot":               {reason: "GitHub allows no such name.", allow: repository("."), want: []string{"allow[0].repository GitHub"}},
		"IDOfAny":           {reason: "A number belongs to one repository.", allow: []v1alpha1.Allow{{Repository: "*", RepositoryID: new("74")}}, want: []string{"allow[0].repositoryId API"}},
		"EmptyContexts":     {reason: "Empty lists would silently open the entry to every run.", allow: entry(v1alpha1.GitHubContexts{Branches: []string{}, Tags: []string{}, Environments: []string{}}), want: []string{"allow[0].branches API", "allow[0].tags API", "allow[0].environments API"}},
		"OnlyNoPR":          {reason: "It would admit every run, pull requests included.", allow: entry(v1alpha1.GitHubContexts{PullRequests: new(false)}), want: []string{"allow[0].pullRequests API"}},
		"EmptyValue":        {reason: "An empty name is none.", allow: branches("main", ""), want: []string{"allow[0].branches[1] API"}},
		"QuestionMark":      {reason: "It would be a wildcard.", allow: branches("release-?"), want: []string{"allow[0].branches[0] API"}},
		"Dollar":            {reason: "It could start a variable.", allow: environments("${aws:userid}"), want: []string{"allow[0].environments[0] API"}},
		"Control":           {reason: "Control characters.", allow: environments("a\x00b"), want: []string{"allow[0].environments[0] GitHub"}},
		"Unicode":           {reason: "IAM refuses the document.", allow: environments("生产"), want: []string{"allow[0].environments[0] AWS"}},
		"SpaceInBranch":     {reason: "git has no such branch.", allow: branches("a b"), want: []string{"allow[0].branches[0] GitHub"}},
		"NoBreakSpace":      {reason: "git has no branch with this space either.", allow: branches("a\u00a0b"), want: []string{"allow[0].branches[0] GitHub"}},
		"SpaceAround":       {reason: "It would match nothing.", allow: environments(" prod"), want: []string{"allow[0].environments[0] GitHub"}},
		"Variable":          {reason: "IAM would replace a variable.", allow: repository("${x}"), want: []string{"allow[0].repository GitHub"}},
		"AllErrorsAtOnce":   {reason: "Every entry is checked.", allow: []v1alpha1.Allow{{Repository: "a/b"}, {Repository: "*", RepositoryID: new("0")}}, want: []string{"allow[0].repository GitHub", "allow[1].repositoryId GitHub", "allow[1].repositoryId API"}},
		"PullRequestsAlone": {reason: "true is a context.", allow: entry(v1alpha1.GitHubContexts{PullRequests: new(true)})},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			l := octo.ValidateAllow(tc.allow, field.NewPath("allow"))
			if diff := cmp.Diff(tc.want, told(l)); diff != "" {
				t.Errorf("%s\nValidateAllow(...): -want, +got:\n%s\n%s", tc.reason, diff, l.Message())
			}
		})
	}
}
