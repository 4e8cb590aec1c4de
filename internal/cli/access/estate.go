package access

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/internal/iam"
)

// An estate is what renderings grant together: roles, and the policies of repositories and registries.
type estate struct {
	roles        []*role
	repositories []*repository
	registries   map[place]*iam.Document
	registryOf   map[place]string

	scope iam.RegistryScope

	// organization is the AWS organisation that the accounts of the roles are in; empty if that is not known.
	organization string
}

// A place is where a registry is. There is one in each region of an account.
type place struct{ account, region string }

// A role is one that workflows assume.
type role struct {
	of         string
	name, arn  string
	partition  string
	account    string
	boundary   string // of its permissions; empty if it has none
	trust      *iam.Document
	permission []*iam.Document
}

// A repository is one of ECR.
type repository struct {
	of          string
	partition   string
	place       place
	name        string
	policy      *iam.Document // nil if it has none
	observeOnly bool

	// located reports whether the files tell the account and the region.
	located bool
}

func (r *repository) arn() string {
	return aws.RepositoryARN(r.partition, r.place.region, r.place.account, r.name)
}

// unknownAccount stands for an account that no file tells.
const unknownAccount = "000000000000"

// newEstate reads renderings. Repositories of which no rendering tells the account are in the given one.
func newEstate(renderings []rendering, account string, scope iam.RegistryScope) (*estate, error) {
	e := &estate{registries: map[place]*iam.Document{}, registryOf: map[place]string{}, scope: scope}
	r := reader{estate: e, accounts: map[string]string{}, configs: map[*repository]string{}, documents: map[policyText]*iam.Document{}}
	for _, rendering := range renderings {
		if err := r.read(rendering); err != nil {
			return nil, fmt.Errorf("%s: %w", rendering.of, err)
		}
	}
	known := slices.Compact(slices.Sorted(maps.Values(r.accounts)))
	if account == "" && len(known) == 1 {
		account = known[0]
	}
	for _, repo := range e.repositories {
		repo.place.account = cmp.Or(r.accounts[r.configs[repo]], account)
		if repo.located = repo.place.account != ""; !repo.located {
			repo.place.account = unknownAccount
		}
	}
	slices.SortStableFunc(e.repositories, func(a, b *repository) int { return cmp.Compare(a.arn(), b.arn()) })
	slices.SortStableFunc(e.roles, func(a, b *role) int { return cmp.Compare(a.arn, b.arn) })
	return e, nil
}

// A reader fills an estate.
type reader struct {
	*estate

	// accounts by the provider config of what is in them: one has the credentials of one account.
	accounts map[string]string

	// configs are the provider configs of repositories.
	configs map[*repository]string

	// documents are the policies by their texts, since many are the same.
	documents map[policyText]*iam.Document
}

type policyText struct {
	kind iam.Kind
	text string
}

func (r *reader) read(rendering rendering) error {
	roles, repositories := map[string]*role{}, map[string]*repository{}
	for _, u := range rendering.objects {
		name := external(u)
		switch u.GetKind() {
		case "Role":
			role, err := r.newRole(rendering.of, u)
			if err != nil {
				return err
			}
			r.roles = append(r.roles, role)
			r.accounts[providerConfig(u)] = role.account
			roles[role.name] = role
		case "Repository":
			region := text(u, "spec", "forProvider", "region")
			repo := &repository{of: rendering.of, name: name, partition: aws.Partition(region), place: place{region: region}}
			policies, _, _ := unstructured.NestedStringSlice(u.Object, "spec", "managementPolicies")
			repo.observeOnly = slices.Equal(policies, []string{"Observe"})
			r.repositories = append(r.repositories, repo)
			r.configs[repo] = providerConfig(u)
			repositories[name] = repo
		}
	}
	for _, u := range rendering.objects {
		var err error
		switch u.GetKind() {
		case "RolePolicy":
			role := roles[text(u, "spec", "forProvider", "role")]
			if role == nil {
				return fmt.Errorf("the policy %s is of no role that is rendered", u.GetName())
			}
			var d *iam.Document
			d, err = r.policy(u, iam.IdentityPolicy, "policy")
			role.permission = append(role.permission, d)
		case "RepositoryPolicy":
			if repo := repositories[external(u)]; repo != nil {
				repo.policy, err = r.policy(u, iam.RepositoryPolicy, "policy")
			}
		case "RegistryPolicy":
			at := place{account: external(u), region: text(u, "spec", "forProvider", "region")}
			r.accounts[providerConfig(u)] = at.account
			r.registryOf[at] = rendering.of
			r.registries[at], err = r.policy(u, iam.RegistryPolicy, "policy")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) newRole(of string, u *unstructured.Unstructured) (*role, error) {
	trust, err := r.policy(u, iam.TrustPolicy, "assumeRolePolicy")
	if err != nil {
		return nil, err
	}
	role := &role{of: of, name: external(u), trust: trust, boundary: text(u, "spec", "forProvider", "permissionsBoundary")}
	for _, s := range trust.Statements {
		// The provider of a role's tokens is in the role's own account.
		for _, p := range s.Principal.Federated {
			if a, ok := aws.ParseARN(p); ok {
				role.partition, role.account = a.Partition, a.Account
			}
		}
	}
	if role.account == "" {
		return nil, fmt.Errorf("the role %s trusts no identity provider", role.name)
	}
	role.arn = "arn:" + role.partition + ":iam::" + role.account + ":role" + cmp.Or(text(u, "spec", "forProvider", "path"), "/") + role.name
	return role, nil
}

func (r *reader) policy(u *unstructured.Unstructured, kind iam.Kind, field string) (*iam.Document, error) {
	key := policyText{kind, text(u, "spec", "forProvider", field)}
	if d := r.documents[key]; d != nil {
		return d, nil
	}
	d, err := iam.Parse(kind, key.text)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", u.GetKind(), external(u), err)
	}
	r.documents[key] = d
	return d, nil
}

// external returns what the provider calls an object in AWS.
func external(u *unstructured.Unstructured) string {
	return u.GetAnnotations()["crossplane.io/external-name"]
}

// providerConfig identifies the provider config of a managed resource.
func providerConfig(u *unstructured.Unstructured) string {
	kind := text(u, "spec", "providerConfigRef", "kind")
	parts := []string{kind, text(u, "spec", "providerConfigRef", "name")}
	if kind == "ProviderConfig" {
		parts = append(parts, u.GetNamespace())
	}
	return strings.Join(parts, "/")
}

func text(u *unstructured.Unstructured, path ...string) string {
	s, _, _ := unstructured.NestedString(u.Object, path...)
	return s
}

// find returns the repository of a name, or of an ARN, in a region; of any region if that is empty. A repository
// that is in no file is where all others are.
func (e *estate) find(name, region, account string) (*repository, error) { //nolint:gocyclo // a flat list of what a name may be
	if a, ok := aws.ParseARN(name); ok {
		name, region, account = strings.TrimPrefix(a.Resource, "repository/"), a.Region, a.Account
	}
	if !aws.IsRepositoryPath(name) {
		return nil, fmt.Errorf("%q is not the name of a repository, such as shop/api", name)
	}
	var found []*repository
	places := map[place]bool{}
	fits := func(p place) bool {
		return (region == "" || p.region == region) && (account == "" || p.account == account)
	}
	for _, r := range e.repositories {
		if fits(r.place) {
			places[r.place] = true
			if r.name == name {
				found = append(found, r)
			}
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return nil, fmt.Errorf("there are several repositories %s: name one by --region, --account or its ARN, such as %s", name, found[0].arn())
	}
	for p := range e.registries {
		if fits(p) {
			places[p] = true
		}
	}
	at := place{account: account, region: region}
	if len(places) == 1 {
		at = slices.Collect(maps.Keys(places))[0]
	}
	repo := &repository{name: name, partition: aws.Partition(at.region), place: at, located: true}
	if len(places) == 0 && region == "" {
		// Roles reach every region.
		repo.located, repo.place.region = false, anyRegion
		for _, r := range e.roles {
			switch {
			case account != "" && account != r.account:
			case repo.place.account != "" && repo.place.account != r.account:
				return nil, fmt.Errorf("no file has a repository %s: say in which account it is by --account, or its ARN", name)
			default:
				repo.partition, repo.place.account = r.partition, r.account
			}
		}
	}
	if repo.place.account == "" || repo.place.region == "" {
		return nil, fmt.Errorf("no file has a repository %s: say where it is by --region and --account, or its ARN", name)
	}
	return repo, nil
}

// anyRegion stands for a region that no file tells.
const anyRegion = "any-region"
