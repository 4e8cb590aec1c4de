package importer

import (
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
	findings []finding
}

// A finding says what cannot be imported as it is, and why.
type finding struct {
	// origin is the Terraform address or the file that it is about.
	origin  string
	message string
}

// A document is the text of a policy and where it was found.
type document struct{ origin, text string }

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

	// lifecycle and policy are nil if there are none.
	lifecycle, policy *document
}

// A role of IAM.
type role struct {
	origin, arn, name, path string

	maxSession int64
	boundary   string
	tags       map[string]string
	trust      string

	// policies are inline policies, and managed ones with a known text.
	policies []document

	// unknown are managed policies and inline ones that the source only names.
	unknown []string
}

// account that the role is in.
func (r role) account() string {
	arn, _ := aws.ParseARN(r.arn)
	return arn.Account
}

// A provider is an OIDC provider of IAM.
type provider struct {
	origin, url string
	clients     []string
}

// A registry is what concerns the ECR of one account and region as a whole. Without a region the source does not say
// which one it is.
type registry struct {
	origin          string
	account, region string

	policy      *document
	scanning    *v1alpha1.RegistryScanning
	replication []v1alpha1.ReplicationRule
}

// pieces are what a source has, before it is known what belongs to what.
type pieces struct {
	inventory

	parts    []part
	inline   []rolePolicy
	attached []rolePolicy

	// managed policies by their ARNs; versions are those whose origin alone says which they are of.
	managed  map[string]document
	versions []document
}

// A part belongs to a repository: its lifecycle policy, its policy or its tags.
type part struct {
	origin string

	// account, region and repository are empty where the source does not say them.
	account, region, repository string

	lifecycle, policy string
	tags              map[string]string
}

// A rolePolicy belongs to a role: an inline policy by its name, or a managed one by its ARN. The text of an inline
// policy is empty where the source only names it. So is the role: then the origin says which it is.
type rolePolicy struct{ origin, role, name, text string }

func (p *pieces) note(origin, format string, args ...any) {
	p.findings = append(p.findings, finding{origin, fmt.Sprintf(format, args...)})
}

// link puts together what belongs together.
func (p *pieces) link() inventory {
	p.repositories = unique(p.repositories, func(r repository) string { return r.account + " " + r.region + " " + r.name })
	p.roles = unique(p.roles, func(r role) string { return r.arn })
	for _, part := range p.parts {
		at := p.owners(part)
		if len(at) != 1 {
			p.note(part.origin, "belongs to %d repositories of the source: only those that it has are imported, each with what is its own alone", len(at))
			continue
		}
		r := &p.repositories[at[0]]
		switch {
		case part.lifecycle != "":
			r.lifecycle = &document{part.origin, part.lifecycle}
		case part.policy != "":
			r.policy = &document{part.origin, part.policy}
		case part.tags != nil:
			r.tags = part.tags
		}
	}
	for i := range p.roles {
		p.linkRole(&p.roles[i])
	}
	return p.inventory
}

// owners returns the repositories that a part may belong to. In a source that does not say the region, it is the one
// that stands beside the part: in its module, or its folder.
func (p *pieces) owners(part part) []int {
	var at []int
	for i, r := range p.repositories {
		named := part.repository == r.name || part.repository == "" && names(part.origin, r.name)
		if named && (part.account == "" || part.account == r.account) && (part.region == "" || part.region == r.region) {
			at = append(at, i)
		}
	}
	for _, closer := range []func(repository) bool{
		// A file that is named after team/web-api names web-api, too.
		func(r repository) bool {
			return part.repository != "" || !slices.ContainsFunc(at, func(i int) bool { return len(p.repositories[i].name) > len(r.name) })
		},
		func(r repository) bool { return strings.Contains(part.origin, r.region) },
		func(r repository) bool { return beside(part.origin) == beside(r.origin) },
		func(r repository) bool {
			return index(part.origin) == index(r.origin) && beside(part.origin) == beside(r.origin)
		},
	} {
		if some := slices.DeleteFunc(slices.Clone(at), func(i int) bool { return !closer(p.repositories[i]) }); len(some) > 0 {
			at = some
		}
	}
	return at
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

func (p *pieces) linkRole(r *role) {
	of := func(q rolePolicy) bool { return q.role == r.name || q.role == "" && names(q.origin, r.name) }
	known := map[string]bool{}
	for _, q := range p.inline {
		if of(q) && q.text != "" && !known[q.name] {
			known[q.name] = true
			r.policies = append(r.policies, document{q.origin, q.text})
		}
	}
	for _, q := range p.inline {
		if of(q) && !known[q.name] {
			known[q.name] = true
			r.unknown = append(r.unknown, q.name)
		}
	}
	for _, q := range p.attached {
		if !of(q) || known[q.name] {
			continue
		}
		known[q.name] = true
		if d, ok := p.managedPolicy(q.name); ok {
			r.policies = append(r.policies, d)
			continue
		}
		r.unknown = append(r.unknown, q.name)
	}
}

func (p *pieces) managedPolicy(arn string) (document, bool) {
	if d, ok := p.managed[arn]; ok {
		return d, true
	}
	for _, d := range p.versions {
		if names(d.origin, path.Base(arn)) {
			return d, true
		}
	}
	return document{}, false
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
