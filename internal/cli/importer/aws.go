package importer

import (
	"context"
	"fmt"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/internal/cli/account"
)

// fromAWS is the origin of repositories and registries that were read from the account.
const fromAWS = "AWS"

// account reads the repositories and the registry in the account and region of the AWS configuration.
func (p *pieces) account(ctx context.Context) error {
	a, err := account.Open(ctx, "")
	if err != nil {
		return err
	}
	all, err := a.Repositories(ctx)
	if err != nil {
		return err
	}
	for _, v := range all {
		r, err := newRepository(fromAWS, v)
		if err != nil {
			return err
		}
		if r.tags, err = a.Tags(ctx, sdk.ToString(v.RepositoryArn)); err != nil {
			return err
		}
		if r.lifecycle, err = a.LifecyclePolicy(ctx, r.name); err != nil {
			return err
		}
		if r.policy, err = a.RepositoryPolicy(ctx, r.name); err != nil {
			return err
		}
		p.repositories = append(p.repositories, r)
	}
	p.note(fromAWS, "roles and OIDC providers are not read from the account: give what the AWS CLI prints of them")
	return p.registry(ctx, a)
}

// registry reads the policy and the configurations of the registry, except those that have no rules.
func (p *pieces) registry(ctx context.Context, a *account.Account) error {
	current, err := a.Registry(ctx)
	if err != nil {
		return err
	}
	add := func(part string, r registry) {
		r.origin, r.account = fromAWS+", "+part, current.Account
		p.registries = append(p.registries, r)
	}
	if current.Policy != "" {
		add("registry policy", registry{policy: current.Policy})
	}
	if s := current.Scanning; s != nil && len(s.Rules) > 0 {
		add("scanning configuration", registry{scanning: newScanning(*s)})
	}
	if c := current.Replication; c != nil && len(c.Rules) > 0 {
		add("replication configuration", registry{replication: newReplication(*c)})
	}
	return nil
}

// newRepository returns a repository from AWS's description of it.
func newRepository(origin string, v types.Repository) (repository, error) {
	arn, ok := aws.ParseARN(sdk.ToString(v.RepositoryArn))
	if !ok {
		return repository{}, fmt.Errorf("the repositoryArn %q is not an ARN", sdk.ToString(v.RepositoryArn))
	}
	r := repository{
		origin: origin, account: arn.Account, region: arn.Region, name: sdk.ToString(v.RepositoryName),
		mutability: string(v.ImageTagMutability),
	}
	for _, f := range v.ImageTagMutabilityExclusionFilters {
		r.filters = append(r.filters, sdk.ToString(f.Filter))
	}
	if s := v.ImageScanningConfiguration; s != nil {
		r.scanOnPush = &s.ScanOnPush
	}
	if e := v.EncryptionConfiguration; e != nil {
		r.encryption, r.kmsKey = string(e.EncryptionType), sdk.ToString(e.KmsKey)
	}
	return r, nil
}

// newScanning returns the API's form of a scanning configuration.
func newScanning(c types.RegistryScanningConfiguration) *v1alpha1.RegistryScanning {
	scanning := &v1alpha1.RegistryScanning{Type: v1alpha1.ScanType(c.ScanType)}
	for _, r := range c.Rules {
		rule := v1alpha1.ScanningRule{Frequency: v1alpha1.ScanFrequency(r.ScanFrequency)}
		for _, f := range r.RepositoryFilters {
			rule.Filters = append(rule.Filters, sdk.ToString(f.Filter))
		}
		scanning.Rules = append(scanning.Rules, rule)
	}
	return scanning
}

// newReplication returns the API's form of a replication configuration.
func newReplication(c types.ReplicationConfiguration) []v1alpha1.ReplicationRule {
	var rules []v1alpha1.ReplicationRule
	for _, r := range c.Rules {
		var rule v1alpha1.ReplicationRule
		for _, d := range r.Destinations {
			rule.Destinations = append(rule.Destinations,
				v1alpha1.ReplicationDestination{Region: sdk.ToString(d.Region), AccountID: new(sdk.ToString(d.RegistryId))})
		}
		for _, f := range r.RepositoryFilters {
			rule.Prefixes = append(rule.Prefixes, sdk.ToString(f.Filter))
		}
		rules = append(rules, rule)
	}
	return rules
}
