package orgaccess

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/observed"
)

// status is what the composite resource and its claim tell of the access.
func (a *access) status() *v1alpha1.EcrOrgAccessStatus {
	s := &v1alpha1.EcrOrgAccessStatus{
		PushRole:       a.push.status(),
		PullRole:       a.pull.status(),
		PlatformConfig: a.platform.ConfigName,
	}
	if a.provider.free && a.provider.observed.Exists() {
		s.OIDCProviderARN = a.provider.observed.Status.AtProvider.ARN
	}
	if a.region != "" {
		s.Registry = aws.RegistryHost(a.spec.AccountID, a.region)
	}
	if advice := aws.RegionAdvice(a.region); advice != "" {
		a.advise(a.regionPath, "%s", advice)
	}
	a.adviseOnProvider()
	a.adviseOnRoles()
	a.adviseOnRegistry()
	a.adviseOnUnsynced()
	for n := range a.advice {
		a.advice[n].Message = fault.Cut(a.advice[n].Message, fault.MaxText)
	}
	s.Advice = a.advice
	return s
}

// status of a role; nil if it is not wanted, or is not this org access's.
func (r *role) status() *v1alpha1.RoleStatus {
	if r == nil || !r.free {
		return nil
	}
	s := &v1alpha1.RoleStatus{Name: r.external}
	if r.own() {
		s.ARN = r.arn()
	}
	return s
}

// policyReadiness is that of the role's policy.
func (r *role) policyReadiness() bool {
	return r.policy.Ready()
}

// adviseOnProvider looks at the identity provider as AWS has it.
func (a *access) adviseOnProvider() {
	p := a.provider
	a.advice = append(a.advice, a.owner.Advise(a.ownerPath)...)
	if p.observed == nil || !p.free {
		return
	}
	message, unsynced := p.observed.Unsynced()
	audiences := p.observed.Status.AtProvider.ClientIDList
	if want := a.issuer.Audience; p.observed.Exists() && len(audiences) > 0 && !slices.Contains(audiences, want) {
		a.advise(providerPath, "the identity provider does not take the audience %s, so nobody can assume the roles: aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn %s --client-id %s", want, p.external, want)
	}
	if unsynced && !a.spec.creates() && strings.Contains(message, "external resource does not exist") {
		a.advise(providerPath.Child("mode"), "account %s has no identity provider for %s: set mode to Create to make it", a.spec.AccountID, a.issuer.URL)
	}
}

// adviseOnUnsynced tells what the provider says of what it could not do: it is the only
// trace of an update that was refused.
func (a *access) adviseOnUnsynced() {
	for _, p := range a.parts() {
		a.tellUnsynced(p.path, p.observed)
	}
	for _, r := range a.roles() {
		a.tellUnsynced(r.path, r.policy)
	}
}

func (a *access) tellUnsynced(path *field.Path, o *observed.Resource) {
	if complaint := o.Complaint(); complaint != "" {
		a.advise(path, "%s", complaint)
	}
}
