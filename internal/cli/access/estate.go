package access

import (
	"fmt"
	"iter"
	"strings"

	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/internal/iam"
)

// An estate is everything that the files grant: roles, and the policies of repositories and registries.
type estate struct {
	roles        []*role
	repositories []*repository
	registries   map[place]registry

	scope iam.RegistryScope

	// organization is the AWS organisation of the roles' accounts; empty if it is not known.
	organization string
}

// A place is where a registry is: each account has one in each region.
type place struct{ account, region string }

// A role is an IAM role that workflows assume.
type role struct {
	of         string // the composite resource
	name, arn  string
	partition  string
	account    string
	boundary   string // the ARN of its permissions boundary; empty if it has none
	trust      *iam.Document
	permission []*iam.Document
}

// A registry is an ECR registry with a policy.
type registry struct {
	of     string // the composite resource
	policy *iam.Document
}

// A repository is an ECR repository.
type repository struct {
	of          string // the composite resource
	config      string // the provider config
	partition   string
	place       place
	name        string
	policy      *iam.Document // nil if it has none
	observeOnly bool
}

// The account and the region of a repository for which no file names one.
const (
	unknownAccount = "000000000000"
	anyRegion      = "any-region"
)

func (r *repository) arn() string {
	return aws.RepositoryARN(r.partition, r.place.region, r.place.account, r.name)
}

// knownARN returns the ARN, or an empty string if no file names the account and region.
func (r *repository) knownARN() string {
	if r.place.account == unknownAccount || r.place.region == anyRegion {
		return ""
	}
	return r.arn()
}

// policiesOf returns the resource policies that apply to a repository.
func (e *estate) policiesOf(repo *repository) iam.ResourcePolicies {
	return iam.ResourcePolicies{Repository: repo.policy, Registry: e.registries[repo.place].policy, RegistryScope: e.scope}
}

// allowStatements yields the Allow statements of the policies of a repository and of its registry, each with the composite
// resource that its policy comes from.
func (e *estate) allowStatements(repo *repository) iter.Seq2[string, iam.Statement] {
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

// find returns the repository that has a name or ARN, in the region and the account if they are not empty. A repository
// that is in no file is where all others are or, if there are none, in any region of the roles' account.
func (e *estate) find(name, region, account string) (*repository, error) {
	if a, ok := aws.ParseARN(name); ok {
		name, region, account = strings.TrimPrefix(a.Resource, "repository/"), a.Region, a.Account
	}
	if !aws.IsRepositoryPath(name) {
		return nil, fmt.Errorf("--on %q: must be the name of a repository, such as shop/api, or its ARN", name)
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
		return nil, fmt.Errorf("there are several repositories %s: choose one by --region, --account or its ARN, such as %s",
			name, found[0].arn())
	}
	for p := range e.registries {
		if fits(p) {
			places = appendNew(places, p)
		}
	}
	if len(places) == 1 {
		region, account = places[0].region, places[0].account
	}
	partition := aws.Partition(region)
	if len(places) == 0 && region == "" {
		region = anyRegion // Roles reach every region.
		var accounts []string
		for _, r := range e.roles {
			if account == "" || account == r.account {
				accounts, partition = appendNew(accounts, r.account), r.partition
			}
		}
		if len(accounts) == 1 {
			account = accounts[0]
		}
	}
	if account == "" || region == "" {
		return nil, fmt.Errorf("no file has a repository %s: say where it is by --account and --region, or its ARN", name)
	}
	return &repository{name: name, partition: partition, place: place{account: account, region: region}}, nil
}
