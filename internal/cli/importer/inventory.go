package importer

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
)

// An inventory is what a source has of ECR, in AWS's words and whatever the source is.
type inventory struct {
	repositories []repository
	roles        []role
	providers    []provider
	registries   []registry

	// findings about what no object can be made of.
	findings
}

// A finding says what cannot be imported as it is, and why. It is about a Terraform address or a file.
type finding struct{ origin, message string }

// findings are everything that is to say.
type findings []finding

func (f *findings) note(origin, format string, args ...any) {
	*f = append(*f, finding{origin, fmt.Sprintf(format, args...)})
}

// A repository and everything that belongs to it.
type repository struct {
	origin                string
	account, region, name string

	mutability string
	filters    []string
	scanOnPush *bool
	encryption string
	kmsKey     string

	// tags are nil where the source does not say them.
	tags map[string]string

	// lifecycle and policy are the texts of its policies; empty if there are none.
	lifecycle, policy string
}

// mutableAs reports whether the tags of two repositories can be moved alike.
func (r repository) mutableAs(other repository) bool {
	return r.mutability == other.mutability && slices.Equal(sorted(r.filters), sorted(other.filters))
}

// A role of IAM.
type role struct {
	origin, arn, name, path string

	maxSession int64
	boundary   string
	tags       map[string]string
	trust      string

	// policies are the texts of inline policies, and of managed ones that the source has.
	policies []string

	// unknown are managed policies and inline ones that the source only names.
	unknown []string
}

// account that the role is in.
func (r role) account() string {
	arn, _ := aws.ParseARN(r.arn)
	return arn.Account
}

// A provider is an OIDC provider of IAM.
type provider struct{ origin, url string }

// A registry is one part of what concerns the ECR of an account and region as a whole. Without a region the source does
// not say which one it is.
type registry struct {
	origin          string
	account, region string

	policy      string
	scanning    *v1alpha1.RegistryScanning
	replication []v1alpha1.ReplicationRule
}

// pieces are what a source has, before it is known what belongs to what.
type pieces struct {
	inventory

	parts        []part
	rolePolicies []rolePolicy

	// managed policies by their ARNs. Those without one are in files that are named after them.
	managed []rolePolicy
}

// A part belongs to a repository: its lifecycle policy, its policy or its tags.
type part struct {
	origin string

	// account, region and repository are empty where the source does not say them.
	account, region, repository string

	lifecycle, policy string
	tags              map[string]string
}

// A rolePolicy belongs to a role: an inline policy by its name, or a managed one by its ARN. The text is empty where the
// source only names it. So is the role: then the origin says which it is.
type rolePolicy struct{ origin, role, name, text string }

// link puts together what belongs together.
func (p *pieces) link() inventory {
	p.repositories = unique(p.repositories, func(r repository) string { return r.account + " " + r.region + " " + r.name })
	p.roles = unique(p.roles, func(r role) string { return r.arn })
	for _, part := range p.parts {
		owners := p.owners(part)
		if len(owners) != 1 {
			p.note(part.origin, "belongs to %d repositories of the source: "+
				"only those that it has are imported, each with what is its own alone", len(owners))
			continue
		}
		r := owners[0]
		switch {
		case part.lifecycle != "":
			r.lifecycle = part.lifecycle
		case part.policy != "":
			r.policy = part.policy
		case part.tags != nil:
			r.tags = part.tags
		}
	}
	p.linkRoles()
	return p.inventory
}

// owners returns the repositories that a part may belong to. In a source that does not say the region, it is the one
// that stands beside the part: in its module, or its folder.
func (p *pieces) owners(part part) []*repository {
	var owners []*repository
	for i := range p.repositories {
		r := &p.repositories[i]
		named := part.repository == r.name || part.repository == "" && names(part.origin, r.name)
		if named && (part.account == "" || part.account == r.account) && (part.region == "" || part.region == r.region) {
			owners = append(owners, r)
		}
	}
	longest := 0
	for _, r := range owners {
		longest = max(longest, len(r.name))
	}
	for _, closer := range []func(*repository) bool{
		// A file that is named after team/web-api names web-api, too.
		func(r *repository) bool { return len(r.name) == longest },
		func(r *repository) bool { return strings.Contains(part.origin, r.region) },
		func(r *repository) bool { return beside(part.origin) == beside(r.origin) },
		func(r *repository) bool {
			return index(part.origin) == index(r.origin) && beside(part.origin) == beside(r.origin)
		},
	} {
		some := slices.DeleteFunc(slices.Clone(owners), func(r *repository) bool { return !closer(r) })
		if len(some) > 0 {
			owners = some
		}
	}
	return owners
}

// separators stand between the parts of names, in file names in place of others.
var separators = regexp.MustCompile(`[^a-z0-9]+`)

// names reports whether a file is named after something.
func names(file, name string) bool {
	plain := func(s string) string {
		return "-" + strings.Trim(separators.ReplaceAllString(strings.ToLower(s), "-"), "-") + "-"
	}
	return strings.Contains(plain(strings.TrimSuffix(file, path.Ext(file))), plain(name))
}

// beside is the module or the folder that something stands in.
func beside(origin string) string {
	if strings.HasSuffix(origin, ".json") || strings.Contains(origin, "/") && !strings.Contains(origin, "[") {
		return path.Dir(origin)
	}
	at := strings.LastIndex(origin, ".aws_")
	return origin[:max(at, 0)]
}

// index is the key of an instance, of for_each or count.
func index(origin string) string {
	if at := strings.LastIndexByte(origin, '['); at >= 0 && strings.HasSuffix(origin, "]") {
		return origin[at:]
	}
	return ""
}

// linkRoles gives each role its policies.
func (p *pieces) linkRoles() {
	for i, q := range p.rolePolicies {
		if q.text == "" && strings.HasPrefix(q.name, "arn:") {
			p.rolePolicies[i].text = p.managedPolicy(q.name)
		}
	}
	// A list of names adds nothing to what has a text.
	slices.SortStableFunc(p.rolePolicies, func(a, b rolePolicy) int { return cmp.Compare(min(len(b.text), 1), min(len(a.text), 1)) })
	for i := range p.roles {
		r, known := &p.roles[i], map[string]bool{}
		for _, q := range p.rolePolicies {
			if known[q.name] || q.role != r.name && (q.role != "" || !names(q.origin, r.name)) {
				continue
			}
			known[q.name] = true
			if q.text != "" {
				r.policies = append(r.policies, q.text)
			} else {
				r.unknown = append(r.unknown, q.name)
			}
		}
	}
}

// managedPolicy returns the text of a managed policy; empty if the source does not have it.
func (p *pieces) managedPolicy(arn string) string {
	for _, q := range p.managed {
		if q.name == arn || q.name == "" && names(q.origin, path.Base(arn)) {
			return q.text
		}
	}
	return ""
}

// unique returns the first of those that are the same.
func unique[T any](all []T, key func(T) string) []T {
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(v T) bool {
		k := key(v)
		again := seen[k]
		seen[k] = true
		return again
	})
}
