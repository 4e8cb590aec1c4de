package importer

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/internal/cli/local"
	"github.com/ontopix/crossplane-ecr/internal/iam"
)

// githubIssuer is the issuer of github.com, as IAM names it.
var githubIssuer = strings.TrimPrefix(iam.GitHubIssuer, "https://")

// An orgAccess is an org access that is to be written.
type orgAccess struct {
	v1alpha1.EcrOrgAccessParameters

	// organization by its name, and its number; empty if no policy says it.
	organization, id string

	// registry and replication are empty if there is nothing to write.
	registry    v1alpha1.Registry
	replication v1alpha1.Replication
	notes
}

// A candidate is a role that workflows of an organisation may assume, as the API would write it.
type candidate struct {
	source           role
	organization, id string

	// kind is push or pull.
	kind string
	role v1alpha1.OrgRole

	// trust and may are what its policies say.
	trust, may map[permission]string
}

// An accessPlan is what becomes of roles and registries.
type accessPlan struct {
	// objects are the org accesses.
	objects []map[string]any
	findings

	// told are the roles, by their ARNs, and the registries, by their origins, that were written or that a finding is about.
	told map[string]bool
}

// accesses plans what is taken over of the roles of an account that workflows of github.com assume, and of what concerns its
// registry as a whole: that for which the API writes policies that say the same.
func (r renderer) accesses(ctx context.Context, inv inventory, account, region string) (accessPlan, error) {
	plan := accessPlan{told: map[string]bool{}}
	if region == "" {
		return plan, nil // Neither settings nor repositories say where the registry is.
	}
	var candidates []candidate
	for _, source := range inv.roles {
		if c, ok := guess(source); ok && source.account() == account && source.reachesECR() && len(source.unknown) == 0 {
			candidates = append(candidates, c)
		}
	}
	// A role that reaches all repositories is more likely the organisation's than a project's.
	slices.SortStableFunc(candidates, func(x, y candidate) int {
		return cmp.Compare(min(len(x.role.Repositories), 1), min(len(y.role.Repositories), 1))
	})
	byName := map[string]*orgAccess{}
	for _, c := range candidates {
		plan.told[c.source.arn] = true
		a := &orgAccess{organization: c.organization}
		a.AccountID, a.Region = account, &region
		a.add(c)
		why, err := r.proveRole(ctx, a, c)
		switch known := byName[c.organization]; {
		case err != nil:
			return plan, err
		case why != "":
			plan.note(c.source.origin, "the role %s is not imported: the API says something else: %s", c.source.name, why)
		case known == nil:
			byName[c.organization] = a
		case !known.add(c):
			plan.note(c.source.origin, "the role %s is not imported: an org access has one role that may %s%s", c.source.name, c.kind, c.ofProject())
		}
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		a := byName[name]
		if len(byName) == 1 { // Of several nobody knows which one has the registry.
			if err := r.takeRegistries(ctx, a, inv.registries, &plan); err != nil {
				return plan, err
			}
		}
		if a.id == "" {
			a.note("organizationId is required and not in the source: `gh api orgs/%s --jq .id` says it. The trust policies will ask for it", name)
		}
		slices.Sort(a.notes)
		for _, note := range a.notes {
			plan.note("org access "+strings.ToLower(name), "%s", note)
		}
		plan.objects = append(plan.objects, r.orgAccess(*a, a.id))
	}
	return plan, nil
}

// add adds a role, and reports whether there is room for it.
func (a *orgAccess) add(c candidate) bool {
	slot := map[string]**v1alpha1.OrgRole{"push": &a.Push, "pull": &a.Pull}[c.kind]
	if *slot != nil || a.id != "" && a.id != c.id {
		return false
	}
	*slot, a.id = &c.role, c.id
	for k, v := range c.source.tags {
		if !unwritten(k) {
			a.note("the role %s loses its tag %s=%s unless it is written as one of `tags`, which both roles have", c.source.name, k, v)
		}
	}
	return true
}

// ofProject says what a project writes in place of a role that pushes to its repositories alone; "" if it does not.
func (c candidate) ofProject() string {
	if c.kind != "push" || len(c.role.Repositories) != 1 || len(c.role.Allow) == 0 {
		return ""
	}
	project, rest, _ := strings.Cut(c.role.Repositories[0], "/")
	if rest != "*" || !aws.IsProject(project) {
		return ""
	}
	github := v1alpha1.ProjectGitHub{GitHubContexts: c.role.Allow[0].GitHubContexts}
	for _, allow := range c.role.Allow {
		// A project names its repositories, and lets in the same runs of each.
		if strings.Contains(allow.Repository, "*") || !reflect.DeepEqual(allow.GitHubContexts, github.GitHubContexts) {
			return ""
		}
		github.Repositories = append(github.Repositories, allow.Repository)
	}
	text, err := json.Marshal(untyped(github))
	if err != nil {
		return ""
	}
	return fmt.Sprintf(". Its project can have a role of its own, of another name, that says the same: write `github: %s` into the "+
		"registry of %s, and give the workflows the ARN of its status", text, project)
}

// guess reads what a role may mean: its organisation, whom it admits, and whether it may push or pull.
func guess(source role) (candidate, bool) {
	c := candidate{source: source, kind: "pull"}
	var err error
	if c.trust, err = permissions(iam.TrustPolicy, source.trust); err != nil {
		return c, false
	}
	if c.may, err = permissions(iam.IdentityPolicy, source.policies...); err != nil {
		return c, false
	}
	admits := map[string]*v1alpha1.GitHubContexts{}
	for p := range c.trust {
		for line := range strings.SplitSeq(p.conditions, "\n") {
			fields := strings.SplitN(line, " ", 3)
			switch {
			case len(fields) < 3:
			case fields[1] == githubIssuer+":repository_owner_id":
				c.id = max(c.id, fields[2])
			case fields[1] == githubIssuer+":sub":
				c.organization = max(c.organization, admit(admits, fields[2]))
			}
		}
	}
	var patterns []string
	for p := range c.may {
		if p.action == "ecr:putimage" {
			c.kind = "push"
		}
		if arn, ok := aws.ParseARN(p.resource); ok && arn.Service == "ecr" {
			patterns = append(patterns, strings.TrimPrefix(arn.Resource, "repository/"))
		}
	}
	c.role = newOrgRole(source, set(patterns), admits)
	return c, c.organization != ""
}

// admit reads whom a subject admits, and returns the organisation. The form with numbers admits nobody else.
func admit(admits map[string]*v1alpha1.GitHubContexts, subject string) string {
	rest, ok := strings.CutPrefix(subject, "repo:")
	owner, rest, slashed := strings.Cut(rest, "/")
	if !ok || !slashed || strings.Contains(owner, "@") {
		return ""
	}
	repository, run, _ := strings.Cut(rest, ":")
	contexts := admits[repository]
	if contexts == nil {
		contexts = &v1alpha1.GitHubContexts{}
		admits[repository] = contexts
	}
	for before, field := range map[string]*[]string{
		"ref:refs/heads/": &contexts.Branches, "ref:refs/tags/": &contexts.Tags, "environment:": &contexts.Environments,
	} {
		if value, ok := strings.CutPrefix(run, before); ok {
			*field = set(append(*field, strings.ReplaceAll(value, "%3A", ":")))
		}
	}
	if run == "pull_request" {
		contexts.PullRequests = new(true)
	}
	return owner
}

// newOrgRole is a role as the API writes it. What it has of itself is left out.
func newOrgRole(source role, patterns []string, admits map[string]*v1alpha1.GitHubContexts) v1alpha1.OrgRole {
	o := v1alpha1.OrgRole{RoleName: &source.name, Path: &source.path}
	// An hour is AWS's default.
	if d := time.Duration(source.maxSession) * time.Second; d > time.Hour {
		o.MaxSessionDuration = new(duration(d))
	}
	if source.boundary != "" {
		o.PermissionsBoundary = &source.boundary
	}
	if !slices.Equal(patterns, []string{"*"}) {
		o.Repositories = patterns
	}
	for _, name := range slices.Sorted(maps.Keys(admits)) {
		o.Allow = append(o.Allow, v1alpha1.Allow{Repository: name, GitHubContexts: *admits[name]})
	}
	if reflect.DeepEqual(o.Allow, []v1alpha1.Allow{{Repository: "*"}}) {
		o.Allow = nil
	}
	return o
}

// duration as the API takes it: without the units of which there are none.
func duration(d time.Duration) string {
	text := strings.Replace(d.String(), "h0m", "h", 1)
	if strings.HasSuffix(text, "h0s") || strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	return text
}

// unknownID stands for a number that the source does not say.
const unknownID = "1"

// proveRole renders the role of an org access, and says how its policies differ from those that it has; "" if they say the
// same.
func (r renderer) proveRole(ctx context.Context, a *orgAccess, c candidate) (string, error) {
	o, err := r.renderedAccess(ctx, *a)
	if err != nil {
		return "", err
	}
	if why := refusal(o); why != "" {
		return why, nil
	}
	may, err := permissions(iam.IdentityPolicy, textOf(o.Desired[c.kind+"-policy"], "policy"))
	if err != nil {
		return err.Error(), nil
	}
	trust, err := permissions(iam.TrustPolicy, textOf(o.Desired[c.kind+"-role"], "assumeRolePolicy"))
	if err != nil {
		return err.Error(), nil
	}
	return cmp.Or(compare(c.may, may), compare(c.trust, a.plain(c.trust, trust))), nil
}

// renderedAccess renders an org access, with a number of the organisation.
func (r renderer) renderedAccess(ctx context.Context, a orgAccess) (local.Outcome, error) {
	return r.rendered(ctx, r.orgAccess(a, cmp.Or(a.id, unknownID)))
}

// refusal says why an object is refused; "" if it is not.
func refusal(o local.Outcome) string {
	if !o.Refused {
		return ""
	}
	for _, f := range o.Errors() {
		return f.Message()
	}
	return "it would be refused"
}

// plain returns a trust policy without what the API adds to one that does not have it: the number of the organisation,
// where the source has none, and the subjects with numbers, which GitHub sends in place of those without.
func (a *orgAccess) plain(has, would map[permission]string) map[permission]string {
	numbered := "repo:" + a.organization + "@" + cmp.Or(a.id, unknownID) + "/"
	hasNumbered := false
	for p := range has {
		hasNumbered = hasNumbered || strings.Contains(p.conditions, numbered)
	}
	all := map[permission]string{}
	for p, action := range would {
		if !hasNumbered && strings.Contains(p.conditions, numbered) {
			continue
		}
		if a.id == "" {
			byNumber := func(line string) bool { return strings.Contains(line, ":repository_owner_id ") }
			p.conditions = strings.Join(slices.DeleteFunc(strings.Split(p.conditions, "\n"), byNumber), "\n")
		}
		all[p] = action
	}
	return all
}
