package importer

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/internal/cli/local"
	"github.com/ontopix/crossplane-ecr/internal/iam"
)

// githubIssuer is the issuer of github.com, as IAM names it.
const githubIssuer = "token.actions.githubusercontent.com"

// An orgAccess is an organisation's access that is to be written.
type orgAccess struct {
	account, region string

	// organization by its name, and its number; empty if no policy says it.
	organization, id string

	push, pull *orgRole

	// registry and crossAccountPull are these fields; nil if there is nothing to write.
	registry, crossAccountPull map[string]any

	notes []string
}

// An orgRole is a role of an organisation, and what is written for it.
type orgRole struct {
	source   role
	patterns []string
	allow    []any
}

// accesses returns what is taken over of the roles of an account that workflows of github.com assume, and the roles that
// are: those for which the API writes policies that say the same.
func (r renderer) accesses(ctx context.Context, inv inventory, account, region string) (objects []map[string]any, taken map[string]bool, all []finding, err error) {
	taken = map[string]bool{}
	byName := map[string]*orgAccess{}
	roles := slices.Clone(inv.roles)
	slices.SortStableFunc(roles, func(x, y role) int { return cmp.Compare(x.wide(), y.wide()) })
	for _, source := range roles {
		if source.account() != account || !source.reachesECR() || len(source.unknown) > 0 {
			continue
		}
		a, slot, ok := guess(source)
		if !ok {
			continue
		}
		a.account, a.region = account, region
		if why, err := r.proveRole(ctx, *a, slot); err != nil {
			return nil, nil, nil, err
		} else if why != "" {
			all = append(all, finding{source.origin, fmt.Sprintf("the role %s is not imported: the API says something else: %s", source.name, why)})
			taken[source.arn] = true
			continue
		}
		known := byName[a.organization]
		switch {
		case known == nil:
			byName[a.organization] = a
		case slot == "push" && known.push == nil && (a.id == known.id || known.id == ""):
			known.push, known.id = a.push, a.id
		case slot == "pull" && known.pull == nil && (a.id == known.id || known.id == ""):
			known.pull, known.id = a.pull, a.id
		default:
			all = append(all, finding{source.origin, fmt.Sprintf("the role %s is not imported: an org access has one role that may %s%s", source.name, slot, a.ofProject(slot))})
		}
		taken[source.arn] = true
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		a := byName[name]
		if len(byName) == 1 { // Of several nobody knows which one has the registry.
			origins, findings, err := r.takeRegistries(ctx, a, inv.registries)
			if err != nil {
				return nil, nil, nil, err
			}
			maps.Copy(taken, origins)
			all = append(all, findings...)
		}
		a.notes = a.left()
		for _, note := range a.notes {
			all = append(all, finding{"org access " + strings.ToLower(name), note})
		}
		objects = append(objects, a.object(a.id))
	}
	return objects, taken, all, nil
}

// wide is 0 for a role that reaches all repositories, and so is more likely the organisation's than a project's; else 1.
func (r role) wide() int {
	all := func(d document) bool { return strings.Contains(d.text, ":repository/*\"") }
	if slices.ContainsFunc(r.policies, all) {
		return 0
	}
	return 1
}

// ofProject says what a project writes in place of a role that pushes to its repositories alone; "" if it does not.
func (a *orgAccess) ofProject(slot string) string {
	if slot != "push" || len(a.push.patterns) != 1 {
		return ""
	}
	project, rest, _ := strings.Cut(a.push.patterns[0], "/")
	if rest != "*" || !aws.IsProject(project) {
		return ""
	}
	github, names := map[string]any{}, []any{}
	for n, entry := range a.push.allow {
		entry := maps.Clone(entry.(map[string]any))
		names = append(names, entry["repository"])
		delete(entry, "repository")
		if n > 0 && !same(entry, github) {
			return ""
		}
		github = entry
	}
	github = maps.Clone(github)
	github["repositories"] = names
	text, err := json.Marshal(github)
	if err != nil {
		return ""
	}
	return fmt.Sprintf(". Its project can have a role of its own, of another name, that says the same: write `github: %s` into the "+
		"registry of %s, and give the workflows the ARN of its status", text, project)
}

// left returns what an org access cannot say of its source, sorted.
func (a *orgAccess) left() []string {
	notes := slices.Clone(a.notes)
	if a.id == "" {
		notes = append(notes, fmt.Sprintf("organizationId is required and not in the source: `gh api orgs/%s --jq .id` says it. The trust policies will ask for it", a.organization))
	}
	for _, role := range []*orgRole{a.push, a.pull} {
		if role == nil {
			continue
		}
		for k, v := range role.source.tags {
			if !unwritten(k) {
				notes = append(notes, fmt.Sprintf("the role %s loses its tag %s=%s unless it is written as one of `tags`, which both roles have", role.source.name, k, v))
			}
		}
	}
	slices.Sort(notes)
	return notes
}

// guess reads what a role may mean: its organisation, whom it admits, and whether it may push or pull.
func guess(source role) (a *orgAccess, slot string, ok bool) {
	trust, err := permissions(iam.TrustPolicy, source.trust)
	if err != nil {
		return nil, "", false
	}
	a, slot = &orgAccess{}, "pull"
	admits := map[string]map[string][]any{}
	for p := range trust {
		for line := range strings.Lines(p.conditions) {
			fields := strings.SplitN(strings.TrimSuffix(line, "\n"), " ", 3)
			switch {
			case len(fields) < 3:
			case fields[1] == githubIssuer+":repository_owner_id":
				a.id = max(a.id, fields[2])
			case fields[1] == githubIssuer+":sub":
				a.admit(admits, fields[2])
			}
		}
	}
	if a.organization == "" {
		return nil, "", false
	}
	role := &orgRole{source: source}
	for _, name := range slices.Sorted(maps.Keys(admits)) {
		entry := map[string]any{"repository": name}
		for field, values := range admits[name] {
			slices.SortFunc(values, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
			if entry[field] = values; field == "pullRequests" {
				entry[field] = true
			}
		}
		role.allow = append(role.allow, entry)
	}
	may, err := role.permissions()
	if err != nil {
		return nil, "", false
	}
	for p := range may {
		if p.action == "ecr:putimage" {
			slot = "push"
		}
		if arn, ok := aws.ParseARN(p.resource); ok && arn.Service == "ecr" {
			role.patterns = append(role.patterns, strings.TrimPrefix(arn.Resource, "repository/"))
		}
	}
	role.patterns = slices.Compact(sorted(role.patterns))
	if slot == "push" {
		a.push = role
	} else {
		a.pull = role
	}
	return a, slot, true
}

// admit reads whom a subject admits. The form with numbers admits nobody else.
func (a *orgAccess) admit(admits map[string]map[string][]any, subject string) {
	rest, ok := strings.CutPrefix(subject, "repo:")
	owner, rest, slashed := strings.Cut(rest, "/")
	if !ok || !slashed || strings.Contains(owner, "@") {
		return
	}
	a.organization = max(a.organization, owner)
	repository, run, _ := strings.Cut(rest, ":")
	if admits[repository] == nil {
		admits[repository] = map[string][]any{}
	}
	for before, field := range map[string]string{"ref:refs/heads/": "branches", "ref:refs/tags/": "tags", "environment:": "environments"} {
		if value, ok := strings.CutPrefix(run, before); ok {
			admits[repository][field] = append(admits[repository][field], strings.ReplaceAll(value, "%3A", ":"))
		}
	}
	if run == "pull_request" {
		admits[repository]["pullRequests"] = []any{true}
	}
}

// permissions of all policies of a role.
func (r *orgRole) permissions() (map[permission]string, error) {
	all := map[permission]string{}
	for _, d := range r.source.policies {
		one, err := permissions(iam.IdentityPolicy, d.text)
		if err != nil {
			return nil, err
		}
		maps.Copy(all, one)
	}
	return all, nil
}

// object returns the org access as an object, with a number of the organisation.
func (a *orgAccess) object(id string) map[string]any {
	github := map[string]any{"organization": a.organization}
	if id != "" {
		github["organizationId"] = id
	}
	spec := map[string]any{
		"accountId": a.account, "region": a.region, "github": github, "deletionPolicy": "Orphan",
		"oidcProvider": map[string]any{"mode": "Existing"},
		"push":         a.push.object(), "pull": a.pull.object(),
	}
	if len(a.registry) > 0 {
		spec["registry"] = a.registry
	}
	if len(a.crossAccountPull) > 0 {
		spec["crossAccountPull"] = a.crossAccountPull
	}
	if p := aws.Partition(a.region); p != aws.PartitionStandard {
		spec["partition"] = p
	}
	return map[string]any{
		comments: a.notes, "apiVersion": "ecr.ontopix.io/v1alpha1", "kind": "XEcrOrgAccess",
		"metadata": map[string]any{"name": strings.ReplaceAll(strings.ToLower(a.organization), "_", "-")}, "spec": spec,
	}
}

func (r *orgRole) object() map[string]any {
	if r == nil {
		return map[string]any{"enabled": false}
	}
	o := map[string]any{"roleName": r.source.name, "path": r.source.path}
	// An hour is AWS's default.
	if d := time.Duration(r.source.maxSession) * time.Second; d > time.Hour {
		o["maxSessionDuration"] = duration(d)
	}
	if r.source.boundary != "" {
		o["permissionsBoundary"] = r.source.boundary
	}
	if len(r.patterns) > 0 && !slices.Equal(r.patterns, []string{"*"}) {
		o["repositories"] = list(r.patterns)
	}
	if len(r.allow) > 0 && !same(r.allow, []any{map[string]any{"repository": "*"}}) {
		o["allow"] = r.allow
	}
	return o
}

// duration as the API takes it.
func duration(d time.Duration) string {
	text := fmt.Sprintf("%dh", d/time.Hour)
	if m := d % time.Hour / time.Minute; m > 0 {
		text += fmt.Sprintf("%dm", m)
	}
	if s := d % time.Minute / time.Second; s > 0 {
		text += fmt.Sprintf("%ds", s)
	}
	return text
}

// unknownID stands for a number that the source does not say.
const unknownID = "1"

// proveRole renders a role, and says how its policies differ from those that it has; "" if they say the same.
func (r renderer) proveRole(ctx context.Context, a orgAccess, slot string) (string, error) {
	role := a.push
	if slot == "pull" {
		role = a.pull
	}
	o, err := r.renderedAccess(ctx, a)
	if err != nil {
		return "", err
	}
	if why := refusal(o); why != "" {
		return why, nil
	}
	has, err := role.permissions()
	if err != nil {
		return err.Error(), nil
	}
	would, err := permissions(iam.IdentityPolicy, textOf(policyOf(o.Desired[slot+"-policy"])))
	if err != nil {
		return err.Error(), nil
	}
	if why := compare(has, would); why != "" {
		return why, nil
	}
	text := ""
	if u := o.Desired[slot+"-role"]; u != nil {
		text, _, _ = unstructured.NestedString(u.Object, "spec", "forProvider", "assumeRolePolicy")
	}
	trusts, err := permissions(iam.TrustPolicy, role.source.trust)
	if err != nil {
		return err.Error(), nil
	}
	trust, err := permissions(iam.TrustPolicy, text)
	if err != nil {
		return err.Error(), nil
	}
	return compare(trusts, a.plain(trusts, trust)), nil
}

// renderedAccess renders an org access, with a number of the organisation.
func (r renderer) renderedAccess(ctx context.Context, a orgAccess) (local.Outcome, error) {
	return r.rendered(ctx, a.object(cmp.Or(a.id, unknownID)))
}

// refusal says why an object is refused; "" if it is not.
func refusal(o local.Outcome) string {
	if !o.Refused {
		return ""
	}
	for _, f := range o.Findings {
		if f.Level == local.Error {
			return f.Message()
		}
	}
	return "it would be refused"
}

// plain returns a trust policy without what the API adds to one that does not have it: the number of the organisation,
// where the source has none, and the subjects with numbers, which GitHub sends in place of those without.
func (a orgAccess) plain(has, would map[permission]string) map[permission]string {
	numbered := "repo:" + a.organization + "@" + cmp.Or(a.id, unknownID) + "/"
	hasNumbered := slices.ContainsFunc(slices.Collect(maps.Keys(has)), func(p permission) bool { return strings.Contains(p.conditions, numbered) })
	all := map[permission]string{}
	for p, action := range would {
		if !hasNumbered && strings.Contains(p.conditions, numbered) {
			continue
		}
		if a.id == "" {
			lines := slices.DeleteFunc(strings.Split(p.conditions, "\n"), func(l string) bool { return strings.Contains(l, ":repository_owner_id ") })
			p.conditions = strings.Join(lines, "\n")
		}
		all[p] = action
	}
	return all
}
