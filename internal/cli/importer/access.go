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

// An orgAccess is an org access to write.
type orgAccess struct {
	v1alpha1.EcrOrgAccessParameters

	// organization is the name of the organisation, id its number; empty if no trust policy has it.
	organization, id string

	// registry and replication are zero if there is nothing to write.
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

	// trust has the permissions of its trust policy.
	trust map[permission]string
}

// An accessPlan is the part of a plan that concerns roles and registries.
type accessPlan struct {
	// objects are the org accesses.
	objects []map[string]any
	findings

	// reported has the ARNs of roles and the origins of registries that are written or have a finding.
	reported map[string]bool
}

// accesses plans org accesses for the roles of an account that workflows of github.com assume, and for its registry. It
// plans only what the API can express exactly.
func (r renderer) accesses(ctx context.Context, inv inventory, account, region string) (accessPlan, error) {
	plan := accessPlan{reported: map[string]bool{}}
	if region == "" {
		return plan, nil // Neither the settings nor a repository names the region of the registry.
	}
	var candidates []candidate
	for _, source := range inv.roles {
		if c, ok := guess(source); ok && source.account() == account && source.reachesECR() && len(source.unknown) == 0 {
			candidates = append(candidates, c)
		}
	}
	// A role for all repositories comes first: it is more likely the organisation's than a project's.
	slices.SortStableFunc(candidates, func(x, y candidate) int {
		return cmp.Compare(min(len(x.role.Repositories), 1), min(len(y.role.Repositories), 1))
	})
	byName := map[string]*orgAccess{}
	for _, c := range candidates {
		plan.reported[c.source.arn] = true
		a := &orgAccess{organization: c.organization}
		a.AccountID, a.Region = account, &region
		a.add(c)
		why, err := r.proveRole(ctx, a, c)
		switch known := byName[c.organization]; {
		case err != nil:
			return plan, err
		case why != "":
			why = "the API would write something else: " + why
		case known == nil:
			byName[c.organization] = a
		default:
			why = known.add(c)
		}
		if why != "" {
			plan.note(c.source.origin, "the role %s is not imported: %s", c.source.name, why)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		a := byName[name]
		if len(byName) == 1 { // With several organisations it is not known which one owns the registry.
			if err := r.addRegistries(ctx, a, inv.registries, &plan); err != nil {
				return plan, err
			}
		}
		if a.id == "" {
			a.note("organizationId is required and not in the source: `gh api orgs/%s --jq .id` prints it", name)
		}
		slices.Sort(a.notes)
		for _, note := range a.notes {
			plan.note("org access "+strings.ToLower(name), "%s", note)
		}
		plan.objects = append(plan.objects, r.orgAccess(*a))
	}
	return plan, nil
}

// add adds a role, or says why it cannot.
func (a *orgAccess) add(c candidate) (why string) {
	slot := &a.Pull
	if c.kind == "push" {
		slot = &a.Push
	}
	switch {
	case *slot != nil:
		return fmt.Sprintf("an org access has one role that may %s%s", c.kind, c.projectAdvice())
	case a.id != "" && c.id != "" && a.id != c.id:
		return fmt.Sprintf("its trust policy has %s as the organisation's id, and that of another role has %s", c.id, a.id)
	}
	*slot, a.id = &c.role, cmp.Or(a.id, c.id)
	if c.id == "" {
		a.note("the trust policy of the role %s will require the organisation's id", c.source.name)
	}
	for k, v := range c.source.tags {
		if !unwritten(k) {
			a.note("the role %s loses its tag %s=%s unless `tags` has it; both roles get these tags", c.source.name, k, v)
		}
	}
	return ""
}

// projectAdvice says how a project can have an equivalent role; empty unless the role pushes to exactly one project.
func (c candidate) projectAdvice() string {
	if c.kind != "push" || len(c.role.Repositories) != 1 || len(c.role.Allow) == 0 {
		return ""
	}
	project, rest, _ := strings.Cut(c.role.Repositories[0], "/")
	if rest != "*" || !aws.IsProject(project) {
		return ""
	}
	github := v1alpha1.ProjectGitHub{GitHubContexts: c.role.Allow[0].GitHubContexts}
	for _, allow := range c.role.Allow {
		// A project names each GitHub repository, and admits the same runs of each.
		if strings.Contains(allow.Repository, "*") || !reflect.DeepEqual(allow.GitHubContexts, github.GitHubContexts) {
			return ""
		}
		github.Repositories = append(github.Repositories, allow.Repository)
	}
	text, err := json.Marshal(untyped(github))
	if err != nil {
		return ""
	}
	return fmt.Sprintf(". Its project can have an equivalent role of its own, with another name: write `github: %s` into the "+
		"registry of %s, and give the workflows the ARN in its status", text, project)
}

// guess guesses the organisation of a role, whom it admits, and whether it may push. It returns false if a policy
// cannot be read or none names an organisation.
func guess(source role) (candidate, bool) {
	trust, err := permissions(iam.TrustPolicy, source.trust)
	if err != nil {
		return candidate{}, false
	}
	may, err := permissions(iam.IdentityPolicy, source.policies...)
	if err != nil {
		return candidate{}, false
	}
	c := candidate{source: source, kind: "pull", trust: trust}
	admits := map[string]*v1alpha1.GitHubContexts{}
	for p := range trust {
		for line := range strings.SplitSeq(p.conditions, "\n") {
			// Of several take the greatest, since the order of a map is random.
			if _, id, ok := strings.Cut(line, " "+githubIssuer+":repository_owner_id "); ok {
				c.id = max(c.id, id)
			} else if _, subject, ok := strings.Cut(line, " "+githubIssuer+":sub "); ok {
				c.organization = max(c.organization, admit(admits, subject))
			}
		}
	}
	var patterns []string
	for p := range may {
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

// admit adds whom a subject admits, and returns its organisation. It skips subjects with ids: they admit nobody else.
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
	for prefix, field := range map[string]*[]string{
		"ref:refs/heads/": &contexts.Branches, "ref:refs/tags/": &contexts.Tags, "environment:": &contexts.Environments,
	} {
		if value, ok := strings.CutPrefix(run, prefix); ok {
			*field = set(append(*field, strings.ReplaceAll(value, "%3A", ":")))
		}
	}
	if run == "pull_request" {
		contexts.PullRequests = new(true)
	}
	return owner
}

// newOrgRole returns a role of the API, without fields that have their default.
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

// duration writes a duration without units that are zero, as the API requires.
func duration(d time.Duration) string {
	text := strings.Replace(d.String(), "h0m", "h", 1)
	if strings.HasSuffix(text, "h0s") || strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	return text
}

// unknownID replaces an organisation's id that is not in the source.
const unknownID = "1"

// proveRole renders an org access, and says how the policies of a candidate would change; empty if they would not.
func (r renderer) proveRole(ctx context.Context, a *orgAccess, c candidate) (string, error) {
	o, err := r.renderedAccess(ctx, *a)
	if err != nil {
		return "", err
	}
	if why := refusal(o); why != "" {
		return why, nil
	}
	if why := difference(iam.IdentityPolicy, local.ForProvider(o.Desired[c.kind+"-policy"], "policy"), c.source.policies...); why != "" {
		return why, nil
	}
	trust, err := permissions(iam.TrustPolicy, local.ForProvider(o.Desired[c.kind+"-role"], "assumeRolePolicy"))
	if err != nil {
		return err.Error(), nil
	}
	return compare(c.trust, a.withoutIDs(c.trust, trust)), nil
}

// renderedAccess renders an org access, with a substitute for an unknown id of the organisation.
func (r renderer) renderedAccess(ctx context.Context, a orgAccess) (local.Outcome, error) {
	a.id = cmp.Or(a.id, unknownID)
	return r.rendered(ctx, r.orgAccess(a))
}

// refusal says why an object is refused; empty if it is not.
func refusal(o local.Outcome) string {
	if !o.Refused {
		return ""
	}
	if faults := o.Errors(); len(faults) > 0 {
		return faults[0].Message()
	}
	return "it would be refused"
}

// withoutIDs returns the rendered trust policy without the ids that the API adds to it and the source does not have:
// that of the organisation, and the subjects with ids, which GitHub sends in place of those without.
func (a *orgAccess) withoutIDs(source, rendered map[permission]string) map[permission]string {
	numbered := "repo:" + a.organization + "@" + cmp.Or(a.id, unknownID) + "/"
	sourceNumbered := false
	for p := range source {
		sourceNumbered = sourceNumbered || strings.Contains(p.conditions, numbered)
	}
	all := map[permission]string{}
	for p, action := range rendered {
		if !sourceNumbered && strings.Contains(p.conditions, numbered) {
			continue
		}
		if a.id == "" {
			isID := func(line string) bool { return strings.Contains(line, ":repository_owner_id ") }
			p.conditions = strings.Join(slices.DeleteFunc(strings.Split(p.conditions, "\n"), isID), "\n")
		}
		all[p] = action
	}
	return all
}
