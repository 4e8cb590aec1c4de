package importer

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
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

	// withDefaults writes what all images have alike once, as the claim's defaults.
	withDefaults bool

	images []image
	notes
}

// An image is one repository of a claim. Only those of its settings are there that differ from what is in force anyway.
type image struct {
	v1alpha1.Image
	source repository

	// pullInForce is true where others would pull by the settings of the platform if nothing were written.
	pullInForce bool

	// keepsPolicy is true if it was noted that the policy in AWS stays.
	keepsPolicy bool
	notes
}

// Notes are what to say about something that is written, each once.
type notes []string

func (n *notes) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(*n, text) {
		*n = append(*n, text)
	}
}

// accountOf returns the account that most repositories are in. Where there is none, that of the roles.
func accountOf(inv inventory) string {
	var accounts []string
	for _, r := range inv.repositories {
		accounts = append(accounts, r.account)
	}
	if len(accounts) == 0 {
		for _, r := range inv.roles {
			accounts = append(accounts, r.account())
		}
		for _, r := range inv.registries {
			accounts = append(accounts, r.account)
		}
	}
	return most(accounts)
}

// most returns what there is most of, and of several the first by name.
func most(all []string) string {
	var best string
	count := map[string]int{}
	for _, v := range sorted(all) {
		if count[v]++; count[v] > count[best] {
			best = v
		}
	}
	return best
}

// unfit says why a repository is in no claim of an account; empty if it is in one.
func (r repository) unfit(account string) string {
	project, name, slashed := strings.Cut(r.name, "/")
	switch {
	case r.account != account:
		return fmt.Sprintf("it is in the account %s, and most are in %s: import that account by itself", r.account, account)
	case !slashed:
		return "its name has no project: a repository of a claim is called <project>/<image>, and ECR cannot rename one. " +
			"Let it stay where it is, or push to a new one"
	case !aws.IsProject(project):
		return fmt.Sprintf("%q cannot be a project: it must be at most 63 lower case letters and digits, "+
			"beginning with a letter, in parts joined by one of . _ -", project)
	case !aws.IsRepositoryPath(name):
		return fmt.Sprintf("%q cannot be an image: it must be lower case letters and digits in parts joined by one of . _ - /", name)
	case !aws.IsRegion(r.region):
		return fmt.Sprintf("this version knows no partition with the region %s", r.region)
	}
	return ""
}

// group sorts the repositories of an account into claims: by project, by region, and at most 20 in each. The claims of the
// region that settings name, or else of the one with most repositories of the project, have no region in their names.
func group(inv inventory, account, settingsRegion string) ([]claim, findings) {
	var left findings
	repositories := slices.Clone(inv.repositories)
	slices.SortFunc(repositories, func(a, b repository) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.region, b.region), cmp.Compare(a.account, b.account))
	})
	type place struct{ project, region string }
	images, regions := map[place][]image{}, map[string][]string{}
	for _, r := range repositories {
		if why := r.unfit(account); why != "" {
			left.note(r.origin, "repository %s is not imported: %s", r.name, why)
			continue
		}
		project, name, _ := strings.Cut(r.name, "/")
		at := place{project, r.region}
		images[at] = append(images[at], image{Image: v1alpha1.Image{Name: name}, source: r})
		regions[project] = append(regions[project], r.region)
	}
	var claims []claim
	used := map[string]bool{}
	for _, project := range slices.Sorted(maps.Keys(regions)) {
		main := most(regions[project])
		if slices.Contains(regions[project], settingsRegion) {
			main = settingsRegion
		}
		// A namespace has neither dots nor underscores.
		namespace := strings.NewReplacer(".", "-", "_", "-").Replace(project)
		for _, region := range set(regions[project]) {
			base := "registry"
			if region != main {
				base += "-" + region
			}
			for chunk := range slices.Chunk(images[place{project, region}], maxImages) {
				c := claim{namespace: namespace, name: base, project: project, region: region, images: chunk}
				for n := 2; used[c.namespace+"/"+c.name]; n++ {
					c.name = fmt.Sprintf("%s-%d", base, n)
				}
				used[c.namespace+"/"+c.name] = true
				claims = append(claims, c)
			}
		}
	}
	return claims, left
}

// setTags are those that the function sets, whatever the spec says.
var setTags = []string{"project", "image", "managed-by"}

// settle decides what is written for an image: what AWS has, where it is not in force without being written.
func (i *image) settle(inForce repository) {
	s := i.source
	if s.mutability != "" && !s.mutableAs(inForce) {
		i.ImageTagMutability = new(v1alpha1.ImageTagMutability(s.mutability))
		i.ImageTagMutabilityExclusionFilters = s.filters
	}
	if s.scanOnPush != nil && (inForce.scanOnPush == nil || *s.scanOnPush != *inForce.scanOnPush) {
		i.ScanOnPush = s.scanOnPush
	}
	i.settleEncryption(inForce)
	i.settleLifecycle(inForce)
	i.pullInForce = inForce.policy != ""
	if i.Pull = pullOf(s.policy); i.Pull == nil && i.pullInForce {
		i.Pull = &v1alpha1.Pull{}
	}
	i.settleTags(inForce)
}

func (i *image) settleEncryption(inForce repository) {
	s := i.source
	switch {
	case s.encryption == "", s.encryption == inForce.encryption && s.kmsKey == inForce.kmsKey:
	case s.encryption != "AES256" && s.encryption != "KMS":
		i.note("its encryption %s cannot be written: it stays as it is, whatever the settings say", s.encryption)
	default:
		i.Encryption = &v1alpha1.Encryption{Type: new(v1alpha1.EncryptionType(s.encryption))}
		if s.kmsKey != "" {
			i.Encryption.KMSKey = &s.kmsKey
		}
	}
}

// noLifecycle leaves the lifecycle policy in AWS as it is, also where there is none.
func noLifecycle() *v1alpha1.Lifecycle { return &v1alpha1.Lifecycle{Rules: []v1alpha1.LifecycleRule{}} }

func (i *image) settleLifecycle(inForce repository) {
	text := i.source.lifecycle
	switch {
	case text == "" && inForce.lifecycle == "":
		return
	case text == "":
		i.Lifecycle = noLifecycle()
		return
	}
	for at, p := range lifecycle.Priorities(text) {
		if p != int64(at+1) {
			i.note("the priorities of its lifecycle rules have gaps: they become their places, from 1, and the order stays")
			break
		}
	}
	if inForce.lifecycle != "" && sameRules(text, inForce.lifecycle) {
		return
	}
	rules, ok := lifecycle.Parse(text)
	if !ok {
		i.note("its lifecycle policy cannot be read: it stays as it is in AWS")
		i.Lifecycle = noLifecycle()
		return
	}
	i.Lifecycle = &v1alpha1.Lifecycle{Rules: rules}
	if untagged, keep, ok := shorthands(text, sameRules); ok {
		i.Lifecycle = &v1alpha1.Lifecycle{UntaggedExpiryDays: &untagged, KeepImages: &keep}
		// Of shorthands that are in force, only the one that differs is written.
		if untaggedInForce, keepInForce, ok := shorthands(inForce.lifecycle, lifecycle.Equal); ok && untagged == untaggedInForce {
			i.Lifecycle.UntaggedExpiryDays = nil
		} else if ok && keep == keepInForce {
			i.Lifecycle.KeepImages = nil
		}
	}
}

// shorthands returns those that a lifecycle policy is equal to; false if it is to none.
func shorthands(text string, equal func(a, b string) bool) (untagged, keep int64, ok bool) {
	rules, _ := lifecycle.Parse(text)
	if len(rules) != 2 {
		return 0, 0, false
	}
	untagged, keep = rules[0].Selection.CountNumber, rules[1].Selection.CountNumber
	return untagged, keep, equal(text, lifecycle.Policy(lifecycle.Shorthands(untagged, keep)))
}

// settleTags writes the tags that nobody sets. AWS's own stay whatever is written, and Crossplane's provider sets its own.
func (i *image) settleTags(inForce repository) {
	if i.source.tags == nil {
		i.note("its tags are not known: those that are not written here go when it is managed. " +
			"Give `aws ecr list-tags-for-resource` in a file that is named after the repository")
	}
	for _, k := range slices.Sorted(maps.Keys(i.source.tags)) {
		v := i.source.tags[k]
		if far, set := inForce.tags[k]; slices.Contains(setTags, k) || unwritten(k) || set && far == v {
			continue
		}
		if fault := tagFault(k, v); fault != "" {
			i.note("the tag %s=%s goes: %s", k, v, fault)
			continue
		}
		if i.Tags == nil {
			i.Tags = map[string]v1alpha1.TagValue{}
		}
		i.Tags[k] = v
	}
}

// tagFault says why the API refuses a tag; empty if it does not.
func tagFault(key, value string) string {
	return cmp.Or(aws.TagKeyFault(key), aws.TagValueFault(value))
}

// unwritten reports whether a tag is AWS's own, or one of those of Crossplane's provider.
func unwritten(key string) bool {
	return strings.HasPrefix(key, "aws:") ||
		slices.Contains([]string{"crossplane-kind", "crossplane-name", "crossplane-providerconfig"}, key)
}

// pullOf guesses what `pull` a repository's policy means; nil if it lets nobody pull. Whether it says the same is for
// the proof to show.
func pullOf(policy string) *v1alpha1.Pull {
	all, err := permissions(iam.RepositoryPolicy, policy)
	if err != nil {
		return nil
	}
	var pull v1alpha1.Pull
	for p := range all {
		org, byOrg := strings.CutPrefix(p.conditions, "StringEquals aws:principalorgid ")
		function, byFunction := strings.CutPrefix(p.conditions, "StringLike aws:sourcearn ")
		arn, _ := aws.ParseARN(function)
		_, byARN := aws.IsPrincipalARN(p.principal)
		switch {
		case aws.IsAccountID(p.principal):
			pull.Accounts = append(pull.Accounts, p.principal)
		case p.principal == "*" && byOrg && aws.IsOrganizationID(org):
			pull.OrganizationIDs = append(pull.OrganizationIDs, org)
		case p.principal == "lambda.amazonaws.com" && byFunction && aws.IsAccountID(arn.Account):
			pull.Lambda = new(true)
			pull.Accounts = append(pull.Accounts, arn.Account)
		case byARN:
			pull.Principals = append(pull.Principals, p.principal)
		}
	}
	pull.Accounts, pull.OrganizationIDs, pull.Principals = set(pull.Accounts), set(pull.OrganizationIDs), set(pull.Principals)
	if reflect.DeepEqual(pull, v1alpha1.Pull{}) {
		return nil
	}
	return &pull
}
