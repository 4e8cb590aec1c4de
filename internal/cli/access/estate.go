package access

import (
	"fmt"
	"iter"
	"strings"

	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/internal/iam"
)

// An estate is what files grant together: roles, and the policies of repositories and registries.
type estate struct {
	roles        []*role
	repositories []*repository
	registries   map[place]registry

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

// A registry has a policy.
type registry struct {
	of     string
	policy *iam.Document
}

// A repository is one of ECR.
type repository struct {
	of          string
	config      string // of the provider
	partition   string
	place       place
	name        string
	policy      *iam.Document // nil if it has none
	observeOnly bool
}

// What stands for an account, and for a region, that no file tells.
const (
	unknownAccount = "000000000000"
	anyRegion      = "any-region"
)

func (r *repository) arn() string {
	return aws.RepositoryARN(r.partition, r.place.region, r.place.account, r.name)
}

// knownARN is the ARN, if the files tell account and region.
func (r *repository) knownARN() string {
	if r.place.account == unknownAccount || r.place.region == anyRegion {
		return ""
	}
	return r.arn()
}

// policiesOf are the resource policies that apply to a repository.
func (e *estate) policiesOf(repo *repository) iam.ResourcePolicies {
	return iam.ResourcePolicies{Repository: repo.policy, Registry: e.registries[repo.place].policy, RegistryScope: e.scope}
}

// allowing are the statements of those policies that allow something, with the composite resource they come from.
func (e *estate) allowing(repo *repository) iter.Seq2[string, iam.Statement] {
	return func(yield func(string, iam.Statement) bool) {
		for _, r := range []registry{{repo.of, repo.policy}, e.registries[repo.place]} {
			if r.policy == nil {
				continue
			}
			for _, s := range r.policy.Statements {
				if s.Effect == iam.Allow && !yield(r.of, s) {
					return
				}
			}
		}
	}
}

// find returns the repository of a name, or of an ARN, in a region; of any region if that is empty. A repository
// that is in no file is where all others are.
func (e *estate) find(name, region, account string) (*repository, error) {
	if a, ok := aws.ParseARN(name); ok {
		name, region, account = strings.TrimPrefix(a.Resource, "repository/"), a.Region, a.Account
	}
	if !aws.IsRepositoryPath(name) {
		return nil, fmt.Errorf("%q is not the name of a repository, such as shop/api", name)
	}
	var found []*repository
	var places []place
	fits := func(p place) bool {
		return (region == "" || p.region == region) && (account == "" || p.account == account)
	}
	for _, r := range e.repositories {
		if fits(r.place) {
			places = appendNew(places, r.place)
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
			places = appendNew(places, p)
		}
	}
	if len(places) == 1 {
		region, account = places[0].region, places[0].account
	}
	return e.unwritten(name, region, account, len(places) > 0)
}

// unwritten returns a repository that is in no file; reached reports whether a file has something else where it can be.
// Without that and a region, it is wherever the roles reach.
func (e *estate) unwritten(name, region, account string, reached bool) (*repository, error) {
	repo := &repository{name: name, partition: aws.Partition(region), place: place{account: account, region: region}}
	if !reached && region == "" {
		// Roles reach every region.
		repo.place.region = anyRegion
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
