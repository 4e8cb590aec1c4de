package importer

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
	"github.com/ontopix/crossplane-ecr/internal/iam"
)

// maxImages is how many images one claim gets.
const maxImages = 20

// A claim is a project registry that is to be written.
type claim struct {
	namespace, name, project, region string

	// withoutRegion is true where the settings name the region.
	withoutRegion bool

	// defaults are settings of all images.
	defaults map[string]any
	images   []image

	// notes are what to say about the claim as a whole.
	notes []string
}

// An image is one repository of a claim.
type image struct {
	name   string
	source repository

	// pullInForce is true where others would pull by the settings of the platform if nothing were written.
	pullInForce bool

	// settings are only those that differ from the defaults, by the names of their fields.
	settings map[string]any

	// notes are what to say beside the image.
	notes []string
}

func (c *claim) note(format string, args ...any) {
	c.notes = append(c.notes, fmt.Sprintf(format, args...))
}

func (i *image) note(format string, args ...any) {
	i.notes = append(i.notes, fmt.Sprintf(format, args...))
}

// accountOf returns the account that most repositories are in. Where there is none, that of the roles.
func accountOf(inv inventory) string {
	count := map[string]int{}
	for _, r := range inv.repositories {
		count[r.account]++
	}
	if len(count) == 0 {
		for _, r := range inv.roles {
			count[r.account()]++
		}
		for _, r := range inv.registries {
			count[r.account]++
		}
	}
	return most(count)
}

// most returns what counts most, and of several the first by name.
func most(count map[string]int) string {
	var best string
	for _, k := range slices.Sorted(maps.Keys(count)) {
		if count[k] > count[best] {
			best = k
		}
	}
	return best
}

// group sorts the repositories of an account into claims: by project, by region, and at most 20 in each. The claims of the
// region that settings name, or else of the one with most repositories of the project, have no region in their names.
func group(inv inventory, account, settingsRegion string) ([]claim, []finding) {
	var findings []finding
	repositories := slices.Clone(inv.repositories)
	slices.SortFunc(repositories, func(a, b repository) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.region, b.region), cmp.Compare(a.account, b.account))
	})
	images := map[string]map[string][]image{}
	for _, r := range repositories {
		project, name, slashed := strings.Cut(r.name, "/")
		var why string
		switch {
		case r.account != account:
			why = fmt.Sprintf("it is in the account %s, and most are in %s: import that account by itself", r.account, account)
		case !slashed:
			why = "its name has no project: a repository of a claim is called <project>/<image>, and ECR cannot rename one. Let it stay where it is, or push to a new one"
		case !aws.IsProject(project):
			why = fmt.Sprintf("%q cannot be a project: it must be at most 63 lower case letters and digits, beginning with a letter, in parts joined by one of . _ -", project)
		case !aws.IsRepositoryPath(name):
			why = fmt.Sprintf("%q cannot be an image: it must be lower case letters and digits in parts joined by one of . _ - /", name)
		case !aws.IsRegion(r.region):
			why = fmt.Sprintf("this version knows no partition with the region %s", r.region)
		}
		if why != "" {
			findings = append(findings, finding{r.origin, fmt.Sprintf("repository %s is not imported: %s", r.name, why)})
			continue
		}
		if images[project] == nil {
			images[project] = map[string][]image{}
		}
		images[project][r.region] = append(images[project][r.region], image{name: name, source: r})
	}
	var claims []claim
	used := map[string]bool{}
	for _, project := range slices.Sorted(maps.Keys(images)) {
		count := map[string]int{}
		for region, list := range images[project] {
			count[region] = len(list)
		}
		main := most(count)
		if count[settingsRegion] > 0 {
			main = settingsRegion
		}
		// A namespace has neither dots nor underscores.
		namespace := strings.NewReplacer(".", "-", "_", "-").Replace(project)
		for _, region := range slices.Sorted(maps.Keys(images[project])) {
			base := "registry"
			if region != main {
				base += "-" + region
			}
			for chunk := range slices.Chunk(images[project][region], maxImages) {
				c := claim{namespace: namespace, name: base, project: project, region: region, images: chunk}
				for n := 2; used[c.namespace+"/"+c.name]; n++ {
					c.name = fmt.Sprintf("%s-%d", base, n)
				}
				used[c.namespace+"/"+c.name] = true
				claims = append(claims, c)
			}
		}
	}
	return claims, findings
}

// setTags are those that the function sets, whatever the spec says.
var setTags = []string{"project", "image", "managed-by"}

// settle decides what is written for each image: what AWS has, where it is not in force without being written.
func (c *claim) settle(inForce repository) {
	for n := range c.images {
		i := &c.images[n]
		s := i.source
		i.settings, i.pullInForce = map[string]any{}, inForce.policy != nil
		if s.mutability != "" && (s.mutability != inForce.mutability || !slices.Equal(sorted(s.filters), sorted(inForce.filters))) {
			i.settings["imageTagMutability"] = s.mutability
			if len(s.filters) > 0 {
				i.settings["imageTagMutabilityExclusionFilters"] = list(s.filters)
			}
		}
		if s.scanOnPush != nil && (inForce.scanOnPush == nil || *s.scanOnPush != *inForce.scanOnPush) {
			i.settings["scanOnPush"] = *s.scanOnPush
		}
		i.encryption(inForce)
		i.lifecycle(inForce)
		if pull := pullOf(s.policy); pull != nil {
			i.settings["pull"] = pull
		} else if i.pullInForce {
			i.settings["pull"] = map[string]any{}
		}
		i.tags(inForce)
	}
}

func (i *image) encryption(inForce repository) {
	s := i.source
	switch {
	case s.encryption == "", s.encryption == inForce.encryption && s.kmsKey == inForce.kmsKey:
	case s.encryption != "AES256" && s.encryption != "KMS":
		i.note("its encryption %s cannot be written: it stays as it is, whatever the settings say", s.encryption)
	case s.kmsKey == "":
		i.settings["encryption"] = map[string]any{"type": s.encryption}
	default:
		i.settings["encryption"] = map[string]any{"type": s.encryption, "kmsKey": s.kmsKey}
	}
}

// noLifecycle is a setting that leaves the lifecycle policy in AWS as it is, also where there is none.
func noLifecycle() map[string]any { return map[string]any{"rules": []any{}} }

func (i *image) lifecycle(inForce repository) {
	d := i.source.lifecycle
	switch {
	case d == nil && inForce.lifecycle == nil:
		return
	case d == nil:
		i.settings["lifecycle"] = noLifecycle()
		return
	}
	for at, p := range lifecycle.Priorities(d.text) {
		if p != int64(at+1) {
			i.note("the priorities of its lifecycle rules have gaps: they become their places, from 1, and the order stays")
			break
		}
	}
	if inForce.lifecycle != nil && sameRules(d.text, inForce.lifecycle.text) {
		return
	}
	parsed, ok := lifecycle.Parse(d.text)
	if !ok {
		i.note("its lifecycle policy cannot be read: it stays as it is in AWS")
		i.settings["lifecycle"] = noLifecycle()
		return
	}
	if len(parsed) == 2 {
		untagged, keep := parsed[0].Selection.CountNumber, parsed[1].Selection.CountNumber
		if sameRules(d.text, lifecycle.Policy(lifecycle.Shorthands(untagged, keep))) {
			i.settings["lifecycle"] = shorthands(untagged, keep, inForce.lifecycle)
			return
		}
	}
	rules := make([]any, len(parsed))
	for at, r := range parsed {
		rules[at] = object(r)
	}
	i.settings["lifecycle"] = map[string]any{"rules": rules}
}

// shorthands are those that differ from what is in force by shorthands; both where rules are in force.
func shorthands(untagged, keep int64, inForce *document) map[string]any {
	both := map[string]any{"untaggedExpiryDays": untagged, "keepImages": keep}
	if inForce == nil {
		return both
	}
	far, _ := lifecycle.Parse(inForce.text)
	if len(far) != 2 || !lifecycle.Equal(inForce.text, lifecycle.Policy(lifecycle.Shorthands(far[0].Selection.CountNumber, far[1].Selection.CountNumber))) {
		return both
	}
	if far[0].Selection.CountNumber == untagged {
		delete(both, "untaggedExpiryDays")
	}
	if far[1].Selection.CountNumber == keep {
		delete(both, "keepImages")
	}
	return both
}

// tags that are written: those that nobody sets. AWS's own stay whatever is written, and Crossplane's provider sets its own.
func (i *image) tags(inForce repository) {
	if i.source.tags == nil {
		i.note("its tags are not known: those that are not written here go when it is managed. Give `aws ecr list-tags-for-resource` in a file that is named after the repository")
	}
	tags := map[string]any{}
	for k, v := range i.source.tags {
		if far, set := inForce.tags[k]; slices.Contains(setTags, k) || unwritten(k) || set && far == v {
			continue
		}
		if fault := cmp.Or(aws.TagKeyFault(k), aws.TagValueFault(v)); fault != "" {
			i.note("the tag %s=%s goes: %s", k, v, fault)
			continue
		}
		tags[k] = v
	}
	if len(tags) > 0 {
		i.settings["tags"] = tags
	}
}

// unwritten reports whether a tag is AWS's own, or one of those of Crossplane's provider.
func unwritten(key string) bool {
	return strings.HasPrefix(key, "aws:") || slices.Contains([]string{"crossplane-kind", "crossplane-name", "crossplane-providerconfig"}, key)
}

// pullOf guesses what `pull` a repository's policy means; nil if it lets nobody pull. Whether it says the same is for
// the proof to show.
func pullOf(d *document) map[string]any {
	if d == nil {
		return nil
	}
	all, err := permissions(iam.RepositoryPolicy, d.text)
	if err != nil {
		return nil
	}
	accounts, principals, organizations := map[string]bool{}, map[string]bool{}, map[string]bool{}
	lambda := false
	for p := range all {
		org, byOrg := strings.CutPrefix(p.conditions, "StringEquals aws:principalorgid ")
		function, byFunction := strings.CutPrefix(p.conditions, "StringLike aws:sourcearn ")
		arn, _ := aws.ParseARN(function)
		switch {
		case aws.IsAccountID(p.principal):
			accounts[p.principal] = true
		case p.principal == "*" && byOrg && aws.IsOrganizationID(org):
			organizations[org] = true
		case p.principal == "lambda.amazonaws.com" && byFunction && aws.IsAccountID(arn.Account):
			lambda = true
			accounts[arn.Account] = true
		default:
			if _, ok := aws.IsPrincipalARN(p.principal); ok {
				principals[p.principal] = true
			}
		}
	}
	pull := map[string]any{}
	for field, names := range map[string]map[string]bool{"accounts": accounts, "principals": principals, "organizationIds": organizations} {
		if len(names) > 0 {
			pull[field] = list(slices.Sorted(maps.Keys(names)))
		}
	}
	if lambda {
		pull["lambda"] = true
	}
	if len(pull) == 0 {
		return nil
	}
	return pull
}

// hoist writes settings that all images have once, as the claim's defaults.
func (c claim) hoist() claim {
	if len(c.images) < 2 {
		return c
	}
	images := slices.Clone(c.images)
	defaults := map[string]any{}
	shared := func(field string, at func(image) map[string]any) (any, bool) {
		first, ok := at(images[0])[field]
		for _, i := range images[1:] {
			v, has := at(i)[field]
			ok = ok && has && same(first, v)
		}
		return first, ok
	}
	settings := func(i image) map[string]any { return i.settings }
	tags := func(i image) map[string]any { t, _ := i.settings["tags"].(map[string]any); return t }
	allTags := map[string]any{}
	for _, k := range slices.Sorted(maps.Keys(tags(images[0]))) {
		if v, ok := shared(k, tags); ok {
			allTags[k] = v
		}
	}
	for field, v := range images[0].settings {
		if _, ok := shared(field, settings); ok && field != "tags" {
			defaults[field] = v
		}
	}
	// The filters are read together with the mode that stands beside them.
	if _, ok := defaults["imageTagMutability"]; !ok || !sharedFilters(images) {
		delete(defaults, "imageTagMutability")
		delete(defaults, "imageTagMutabilityExclusionFilters")
	}
	for n := range images {
		images[n].settings = maps.Clone(images[n].settings)
		for field := range defaults {
			delete(images[n].settings, field)
		}
		own := maps.Clone(tags(images[n]))
		for k := range allTags {
			delete(own, k)
		}
		if delete(images[n].settings, "tags"); len(own) > 0 {
			images[n].settings["tags"] = own
		}
	}
	if len(allTags) > 0 {
		defaults["tags"] = allTags
	}
	c.images, c.defaults = images, defaults
	return c
}

func sharedFilters(images []image) bool {
	const field = "imageTagMutabilityExclusionFilters"
	return !slices.ContainsFunc(images, func(i image) bool { return !same(i.settings[field], images[0].settings[field]) })
}
