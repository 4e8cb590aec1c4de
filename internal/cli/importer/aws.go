package importer

import (
	"context"
	"fmt"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/internal/cli/account"
)

// fromAWS is the origin of what was read from the account.
const fromAWS = "AWS"

// account reads the repositories and the registry of the account and region of the credentials.
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
		arn, ok := aws.ParseARN(value(v.RepositoryArn))
		if !ok {
			return fmt.Errorf("%q is no ARN", value(v.RepositoryArn))
		}
		r := repository{
			origin: fromAWS, account: arn.Account, region: arn.Region, name: value(v.RepositoryName), mutability: string(v.ImageTagMutability),
		}
		for _, f := range v.ImageTagMutabilityExclusionFilters {
			r.filters = append(r.filters, value(f.Filter))
		}
		if v.ImageScanningConfiguration != nil {
			r.scanOnPush = &v.ImageScanningConfiguration.ScanOnPush
		}
		if e := v.EncryptionConfiguration; e != nil {
			r.encryption, r.kmsKey = string(e.EncryptionType), value(e.KmsKey)
		}
		if r.tags, err = a.Tags(ctx, value(v.RepositoryArn)); err != nil {
			return err
		}
		text, has, err := a.LifecyclePolicy(ctx, r.name)
		if err != nil {
			return err
		}
		if has {
			r.lifecycle = &document{fromAWS, text}
		}
		if text, has, err = a.RepositoryPolicy(ctx, r.name); err != nil {
			return err
		}
		if has {
			r.policy = &document{fromAWS, text}
		}
		p.repositories = append(p.repositories, r)
	}
	p.note(fromAWS, "roles and OIDC providers are not read from the account: give them as the AWS CLI prints them")
	return p.registry(ctx, a)
}

// registry reads what concerns the registry as a whole, where it is not as AWS makes it.
func (p *pieces) registry(ctx context.Context, a *account.Account) error {
	has, err := a.Registry(ctx)
	if err != nil {
		return err
	}
	if has.Policy != "" {
		p.registries = append(p.registries, registry{origin: fromAWS + ", registry policy", account: has.Account, policy: &document{fromAWS, has.Policy}})
	}
	if s := has.Scanning; s != nil && len(s.Rules) > 0 {
		scanning := &v1alpha1.RegistryScanning{Type: v1alpha1.ScanType(s.ScanType)}
		for _, r := range s.Rules {
			rule := v1alpha1.ScanningRule{Frequency: v1alpha1.ScanFrequency(r.ScanFrequency)}
			for _, f := range r.RepositoryFilters {
				rule.Filters = append(rule.Filters, value(f.Filter))
			}
			scanning.Rules = append(scanning.Rules, rule)
		}
		p.registries = append(p.registries, registry{origin: fromAWS + ", scanning configuration", account: has.Account, scanning: scanning})
	}
	if c := has.Replication; c != nil && len(c.Rules) > 0 {
		var rules []v1alpha1.ReplicationRule
		for _, r := range c.Rules {
			var to []destination
			for _, d := range r.Destinations {
				to = append(to, destination{value(d.Region), value(d.RegistryId)})
			}
			var of []filter
			for _, f := range r.RepositoryFilters {
				of = append(of, filter{value(f.Filter)})
			}
			rules = append(rules, replicationRule(to, of))
		}
		p.registries = append(p.registries, registry{origin: fromAWS + ", replication configuration", account: has.Account, replication: rules})
	}
	return nil
}

// value of what the SDK may leave out.
func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
