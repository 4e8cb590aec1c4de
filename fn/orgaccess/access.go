package orgaccess

import (
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/issuer"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/observed"
	"github.com/ontopix/crossplane-ecr/fn/oidc"
	"github.com/ontopix/crossplane-ecr/fn/settings"
)

// An access is one composite resource on its way through the function: what was
// written, what is in force, what is observed.
type access struct {
	xr       *composite.XR
	platform *settings.Platform
	spec     *Spec
	before   v1alpha1.EcrOrgAccessStatus

	owner     issuer.Owner
	ownerPath *field.Path
	issuer    oidc.Issuer
	partition string
	config    managed.ProviderConfig

	// region of the registry-level resources; empty if there is none to be had and
	// nothing needs one. regionPath is the field that it came from.
	region     string
	regionPath *field.Path

	seen map[string]*observed.Resource // by composition resource name

	provider  *part
	push      *role
	pull      *role
	registry  *part // its policy
	scanning  *part
	replicate *part

	// registryPolicy is the text of the registry's policy; empty if none is wanted.
	registryPolicy string

	advice []v1alpha1.Advice
}

// parts are all that is wanted but for the roles' policies, which follow their roles.
func (a *access) parts() []*part {
	all := []*part{a.provider}
	for _, r := range a.roles() {
		all = append(all, &r.part)
	}
	all = append(all, a.registry, a.scanning, a.replicate)
	return slices.DeleteFunc(all, func(p *part) bool { return p == nil })
}

// roles are those that are wanted.
func (a *access) roles() []*role {
	return slices.DeleteFunc([]*role{a.push, a.pull}, func(r *role) bool { return r == nil })
}

// resolve finds out what is in force, and returns what of it cannot be.
func (a *access) resolve(req composite.Request) fault.List {
	var l fault.List
	a.seen = observe(req)
	a.partition = a.spec.partition()
	a.issuer = a.owner.Issuer(a.partition)
	a.resolveProviderConfig(&l)
	a.resolveRegion(&l)

	a.provider = a.newProvider()
	a.push = a.newRole(&l, pushRole, a.spec.Push)
	a.pull = a.newRole(&l, pullRole, a.spec.Pull)
	a.checkAccount(&l)
	a.checkRoleNames(&l)

	a.registryPolicy = a.registryPolicyText()
	if a.registryPolicy != "" {
		a.registry = a.newRegistryPart(keyRegistryPolicy, kindRegistryPolicy, "registry policy", a.registryPolicyPath())
	}
	if a.spec.scanning() != nil {
		a.scanning = a.newRegistryPart(keyScanning, kindScanning, "scanning configuration", scanningPath)
	}
	if len(a.spec.replication().Rules) > 0 {
		a.replicate = a.newRegistryPart(keyReplication, kindReplication, "replication configuration", replicationPath.Child("rules"))
	}
	a.adviseOnLeaving()
	return l
}

// resolveProviderConfig finds the provider config: what the observed resources have,
// since with another one they would be in another account; else what is written.
func (a *access) resolveProviderConfig(l *fault.List) {
	a.config = a.platform.ProviderConfig(a.xr)
	named := a.spec.ProviderConfig
	if named != nil {
		a.config = *named
	}
	decided := a.decidedProviderConfig()
	if decided == nil || *decided == a.config {
		return
	}
	if named != nil {
		l.Invalid(configPath.Child("name"), named.String(), "the roles are managed with %s, and cannot move to another account: make another org access for that", decided)
		return
	}
	if a.platform.ProviderConfigRef != nil {
		a.advise(a.platform.ProviderConfigPath, "has no effect here: the roles are managed with %s, and cannot move to another account", decided)
	}
	a.config = *decided
}

// decidedProviderConfig is the one that observed resources have; nil if there is none.
func (a *access) decidedProviderConfig() *managed.ProviderConfig {
	for _, key := range keys {
		t := a.seen[key]
		if t == nil || t.Spec.ProviderConfigRef == nil {
			continue
		}
		return ptr(a.xr.ProviderConfig(t.Spec.ProviderConfigRef.Kind, t.Spec.ProviderConfigRef.Name))
	}
	return nil
}

// resolveRegion finds the region of the registry-level resources: what the observed
// ones have, since AWS cannot move them; else what is written.
func (a *access) resolveRegion(l *fault.List) {
	decided := a.decidedRegion()
	if a.spec.Region != nil {
		a.region, a.regionPath = *a.spec.Region, regionPath
		a.checkRegion(l, decided)
		return
	}
	if a.platform.Region != nil {
		a.region, a.regionPath = *a.platform.Region, a.platform.RegionPath
	}
	switch {
	case decided == "" || decided == a.region:
		a.checkDefaultRegion(l)
		return
	case a.region != "":
		a.advise(a.regionPath, "has no effect here: the registry's settings are in %s, and cannot move to another region", decided)
	}
	a.region, a.regionPath = decided, regionPath
}

// decidedRegion is that of the observed registry-level resources; empty if there are
// none, or if they are wanted no longer.
func (a *access) decidedRegion() string {
	if !a.spec.registryLevel() {
		return ""
	}
	for _, key := range registryKeys {
		if t := a.seen[key]; t != nil {
			return t.Spec.ForProvider.Region
		}
	}
	return ""
}

// checkRegion checks the region that the spec names.
func (a *access) checkRegion(l *fault.List, decided string) {
	invalid := settings.ValidateRegion(a.region, regionPath)
	*l = append(*l, invalid...)
	switch {
	case len(invalid) > 0:
	case aws.Partition(a.region) != a.partition:
		l.AWS("region", regionPath, a.region, "must be a region of partition %s", a.partition)
	case decided != "" && decided != a.region:
		l.AWS("registry.region", regionPath, a.region, "the registry's settings are in %s, and cannot move to another region: make another org access for that, or take out crossAccountPull and registry first", decided)
	}
}

// checkDefaultRegion checks the platform team's region. One that is missing, or is not
// in the partition, matters only where a region is needed.
func (a *access) checkDefaultRegion(l *fault.List) {
	fits := a.region != "" && aws.Partition(a.region) == a.partition
	switch {
	case fits:
		return
	case !a.spec.registryLevel():
	case a.region == "":
		l.Required(regionPath, "with crossAccountPull or registry, the region of the registry: the platform team's settings give no default")
	default:
		l.Required(regionPath, "with crossAccountPull or registry, the region of the registry: the platform team's default, %s, is not in partition %s", a.region, a.partition)
	}
	a.region, a.regionPath = "", nil
}

// checkAccount holds the account that was written against the one that the roles are
// in, as AWS tells it.
func (a *access) checkAccount(l *fault.List) {
	for _, r := range a.roles() {
		arn, ok := aws.ParseARN(r.arn())
		switch {
		case !ok:
		case arn.Partition != a.partition:
			l.AWS("partition", partitionPath, a.partition, "the provider config %s manages an account of partition %s", a.config, arn.Partition)
			return
		case arn.Account != a.spec.AccountID:
			l.AWS("account", accountPath, a.spec.AccountID, "the provider config %s manages account %s", a.config, arn.Account)
			return
		}
	}
}

// advise adds advice, once.
func (a *access) advise(path *field.Path, format string, args ...any) {
	one := v1alpha1.Advice{Path: path.String(), Message: fmt.Sprintf(format, args...)}
	if !slices.Contains(a.advice, one) {
		a.advice = append(a.advice, one)
	}
}
