package importer

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
)

// An inventory holds the repositories, roles, OIDC providers and registries of any source.
type inventory struct {
	repositories []repository
	roles        []role
	providers    []provider
	registries   []registry

	// findings say what could not be read or linked.
	findings
}

// A finding says what cannot be imported unchanged, and why. Its origin is a Terraform address or a file.
type finding struct{ origin, message string }

type findings []finding

func (f *findings) note(origin, format string, args ...any) {
	*f = append(*f, finding{origin, fmt.Sprintf(format, args...)})
}

// A repository is a repository of ECR with its policies and tags.
type repository struct {
	origin                string
	account, region, name string

	mutability string
	filters    []string
	scanOnPush *bool
	encryption string
	kmsKey     string

	// tags are nil if the source does not have them.
	tags map[string]string

	// lifecycle and policy are the texts of its policies; empty for none.
	lifecycle, policy string
}

// mutableAs reports whether two repositories have the same tag mutability.
func (r repository) mutableAs(other repository) bool {
	return r.mutability == other.mutability && slices.Equal(sorted(r.filters), sorted(other.filters))
}

// A role is a role of IAM.
type role struct {
	origin, arn, name, path string

	maxSession int64
	boundary   string
	tags       map[string]string
	trust      string

	// policies are the texts of its inline and managed policies.
	policies []string

	// unknown are the names or ARNs of policies without a text in the source.
	unknown []string
}

// account returns the account of the role.
func (r role) account() string {
	arn, _ := aws.ParseARN(r.arn)
	return arn.Account
}

// A provider is an OIDC provider of IAM.
type provider struct{ origin, url string }

// A registry is one part of the registry of an account and region: its policy, its scanning configuration or its
// replication configuration. The region is empty if the source does not have it.
type registry struct {
	origin          string
	account, region string

	policy      string
	scanning    *v1alpha1.RegistryScanning
	replication []v1alpha1.ReplicationRule
}

// pieces are the contents of a source before policies and tags are linked to their repositories and roles.
type pieces struct {
	inventory

	parts        []part
	rolePolicies []rolePolicy

	// managed are managed policies, with an ARN as the name. Without one the file is named after the policy.
	managed []rolePolicy
}

// A part is the lifecycle policy, the policy or the tags of a repository.
type part struct {
	origin string

	// account, region and repository are empty if the source does not have them.
	account, region, repository string

	lifecycle, policy string
	tags              map[string]string
}

// A rolePolicy is an inline policy of a role by its name, or a managed one by its ARN. The text is empty if the source
// has the name only. The role is empty if the file is named after it.
type rolePolicy struct{ origin, role, name, text string }

// link returns the repositories and roles with their policies and tags.
func (p *pieces) link() inventory {
	p.repositories = unique(p.repositories, func(r repository) string { return r.account + " " + r.region + " " + r.name })
	p.roles = unique(p.roles, func(r role) string { return r.arn })
	for _, part := range p.parts {
		owners := p.owners(part)
		if len(owners) != 1 {
			p.note(part.origin, "is not imported: it matches %d repositories of the source, and must match one", len(owners))
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

// owners returns the repositories that a part may belong to. It prefers a longer name to a shorter one, a region that
// the origin names, and a repository in the same module or folder, there with the same instance key.
func (p *pieces) owners(part part) []*repository {
	var owners []*repository
	for i := range p.repositories {
		r := &p.repositories[i]
		named := part.repository == r.name || part.repository == "" && namedAfter(part.origin, r.name)
		if named && (part.account == "" || part.account == r.account) && (part.region == "" || part.region == r.region) {
			owners = append(owners, r)
		}
	}
	longest := 0
	for _, r := range owners {
		longest = max(longest, len(r.name))
	}
	for _, preferred := range []func(*repository) bool{
		// The name of a file for team/web-api also contains that of team/web.
		func(r *repository) bool { return len(r.name) == longest },
		func(r *repository) bool { return strings.Contains(part.origin, r.region) },
		func(r *repository) bool { return location(part.origin) == location(r.origin) },
		func(r *repository) bool {
			return instanceKey(part.origin) == instanceKey(r.origin) && location(part.origin) == location(r.origin)
		},
	} {
		some := slices.DeleteFunc(slices.Clone(owners), func(r *repository) bool { return !preferred(r) })
		if len(some) > 0 {
			owners = some
		}
	}
	return owners
}

var separators = regexp.MustCompile(`[^a-z0-9]+`)

// namedAfter reports whether the name of a file contains a name, whatever the separators between their words.
func namedAfter(file, name string) bool {
	plain := func(s string) string {
		return "-" + strings.Trim(separators.ReplaceAllString(strings.ToLower(s), "-"), "-") + "-"
	}
	return strings.Contains(plain(strings.TrimSuffix(file, path.Ext(file))), plain(name))
}

// location returns the module or folder of an origin.
func location(origin string) string {
	if strings.HasSuffix(origin, ".json") || strings.Contains(origin, "/") && !strings.Contains(origin, "[") {
		return path.Dir(origin)
	}
	at := strings.LastIndex(origin, ".aws_")
	return origin[:max(at, 0)]
}

// instanceKey returns the key of a Terraform resource with for_each or count, in brackets; empty for others.
func instanceKey(origin string) string {
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
	for i := range p.roles {
		r, texts := &p.roles[i], map[string]string{}
		for _, q := range p.rolePolicies {
			if q.role == r.name || q.role == "" && namedAfter(q.origin, r.name) {
				texts[q.name] = cmp.Or(texts[q.name], q.text)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(texts)) {
			if texts[name] != "" {
				r.policies = append(r.policies, texts[name])
			} else {
				r.unknown = append(r.unknown, name)
			}
		}
	}
}

// managedPolicy returns the text of a managed policy; empty if the source does not have it.
func (p *pieces) managedPolicy(arn string) string {
	for _, q := range p.managed {
		if q.name == arn || q.name == "" && namedAfter(q.origin, path.Base(arn)) {
			return q.text
		}
	}
	return ""
}

// unique returns the values without those that have the key of an earlier one.
func unique[T any](all []T, key func(T) string) []T {
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(v T) bool {
		k := key(v)
		duplicate := seen[k]
		seen[k] = true
		return duplicate
	})
}
