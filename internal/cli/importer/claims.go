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

// maxImages is the maximum number of images in a claim that is written.
const maxImages = 20

// A claim is a project registry to write.
type claim struct {
	namespace, name, project, region string

	// withoutRegion leaves the region to the settings.
	withoutRegion bool

	// withDefaults writes settings that all images share once, as the claim's defaults.
	withDefaults bool

	images []*image
	notes
}

// An image is a repository of a claim. Its settings are those that differ from what is in force without them.
type image struct {
	v1alpha1.Image
	source repository

	// pullInForce reports whether the settings of the platform let others pull if the claim writes no pull.
	pullInForce bool

	// keepsPolicy reports whether a note says already that the policy stays as it is in AWS.
	keepsPolicy bool
	notes
}

// notes are remarks about an object or image that is written, without duplicates.
type notes []string

func (n *notes) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(*n, text) {
		*n = append(*n, text)
	}
}

// accountOf returns the account of most repositories or, without any, of most roles and registries.
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
	return mostFrequent(accounts)
}

// mostFrequent returns the most frequent value, the first in alphabetical order on a tie.
func mostFrequent(all []string) string {
	var best string
	count := map[string]int{}
	for _, v := range sorted(all) {
		if count[v]++; count[v] > count[best] {
			best = v
		}
	}
	return best
}

// obstacle says why a repository cannot be in a claim for an account; empty if it can.
func (r repository) obstacle(account string) string {
	project, name, slashed := strings.Cut(r.name, "/")
	switch {
	case r.account != account:
		return fmt.Sprintf("it is in the account %s, and most are in %s: import that account by itself", r.account, account)
	case !slashed:
		return "its name has no project: a repository of a claim is called <project>/<image>, and ECR cannot rename one. " +
			"Leave it where it is, or push to a new one"
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

// group distributes the repositories of an account over claims: by project and region, at most maxImages in each. Names
// of claims have no region in the project's main region: that of the settings or else of most of its repositories.
func group(inv inventory, account, settingsRegion string) ([]*claim, findings) {
	var skipped findings
	repositories := slices.Clone(inv.repositories)
	slices.SortFunc(repositories, func(a, b repository) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.region, b.region), cmp.Compare(a.account, b.account))
	})
	type place struct{ project, region string }
	images, regions := map[place][]*image{}, map[string][]string{}
	for _, r := range repositories {
		if why := r.obstacle(account); why != "" {
			skipped.note(r.origin, "repository %s is not imported: %s", r.name, why)
			continue
		}
		project, name, _ := strings.Cut(r.name, "/")
		at := place{project, r.region}
		images[at] = append(images[at], &image{Image: v1alpha1.Image{Name: name}, source: r})
		regions[project] = append(regions[project], r.region)
	}
	var claims []*claim
	used := map[string]bool{}
	for _, project := range slices.Sorted(maps.Keys(regions)) {
		main := mostFrequent(regions[project])
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
				c := &claim{namespace: namespace, name: base, project: project, region: region, images: chunk}
				for n := 2; used[c.namespace+"/"+c.name]; n++ {
					c.name = fmt.Sprintf("%s-%d", base, n)
				}
				used[c.namespace+"/"+c.name] = true
				claims = append(claims, c)
			}
		}
	}
	return claims, skipped
}

// setTags are the keys of tags that the function sets whatever the spec says.
var setTags = []string{"project", "image", "managed-by"}

// settle writes those settings of the source that would not be in force otherwise.
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

// noLifecycle keeps the function from writing a lifecycle policy: AWS keeps its own, or none.
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
			i.note("the priorities of its lifecycle rules have gaps: the rules are numbered from 1, in the same order")
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
		// If shorthands are in force, write only the one that differs.
		if untaggedInForce, keepInForce, ok := shorthands(inForce.lifecycle, lifecycle.Equal); ok && untagged == untaggedInForce {
			i.Lifecycle.UntaggedExpiryDays = nil
		} else if ok && keep == keepInForce {
			i.Lifecycle.KeepImages = nil
		}
	}
}

// shorthands returns the shorthands that express a lifecycle policy; false if none do.
func shorthands(text string, equal func(a, b string) bool) (untagged, keep int64, ok bool) {
	rules, _ := lifecycle.Parse(text)
	if len(rules) != 2 {
		return 0, 0, false
	}
	untagged, keep = rules[0].Selection.CountNumber, rules[1].Selection.CountNumber
	return untagged, keep, equal(text, lifecycle.Policy(lifecycle.Shorthands(untagged, keep)))
}

// settleTags writes the tags that neither the function, AWS, Crossplane's provider nor the settings set.
func (i *image) settleTags(inForce repository) {
	if i.source.tags == nil {
		i.note("its tags are not known: tags that are not written here are removed when it is managed. " +
			"Give what `aws ecr list-tags-for-resource` prints, in a file that is named after the repository")
	}
	for _, k := range slices.Sorted(maps.Keys(i.source.tags)) {
		v := i.source.tags[k]
		if current, ok := inForce.tags[k]; slices.Contains(setTags, k) || unwritten(k) || ok && current == v {
			continue
		}
		if fault := tagFault(k, v); fault != "" {
			i.note("its tag %s=%s would be removed: %s", k, v, fault)
			continue
		}
		if i.Tags == nil {
			i.Tags = map[string]v1alpha1.TagValue{}
		}
		i.Tags[k] = v
	}
}

// tagFault says why the API refuses a tag; empty if it accepts it.
func tagFault(key, value string) string {
	return cmp.Or(aws.TagKeyFault(key), aws.TagValueFault(value))
}

// unwritten reports whether AWS or Crossplane's provider sets a tag, so that no claim writes it.
func unwritten(key string) bool {
	return strings.HasPrefix(key, "aws:") ||
		slices.Contains([]string{"crossplane-kind", "crossplane-name", "crossplane-providerconfig"}, key)
}

// pullOf guesses the `pull` that a repository's policy corresponds to; nil if it lets nobody pull. The proof shows
// whether the two are the same.
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
