package registry

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/guardrail"
	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
)

// status is what the composite resource and its claim tell of the project.
func (p *project) status() *v1alpha1.ProjectRegistryStatus {
	s := &v1alpha1.ProjectRegistryStatus{
		Project:         p.name,
		Namespace:       p.xr.Namespace,
		Region:          p.region,
		ProviderConfig:  p.config.String(),
		PlatformConfig:  p.platform.ConfigName,
		RepositoryCount: int64(len(p.images)),
		Repositories:    make([]v1alpha1.RepositoryStatus, len(p.images)),
		Retained:        p.retained(),
		Advice:          p.adviceTold(),
	}
	for n := range p.images {
		i := &p.images[n]
		s.Repositories[n] = i.status()
		if p.observeOnly() && i.observed.Exists() {
			s.Repositories[n].Settings = asObserved(*s.Repositories[n].Settings, p.inAWS(i))
		}
		if s.Registry == "" {
			s.Registry, _, _ = strings.Cut(s.Repositories[n].URI, "/")
		}
	}
	slices.SortFunc(s.Repositories, func(a, b v1alpha1.RepositoryStatus) int { return cmp.Compare(a.Image, b.Image) })
	if p.ownsRole() && (p.orgAccess != nil || p.observeOnly()) {
		s.PushRoleARN = p.observed.role.Status.AtProvider.ARN
	}
	return s
}

func (i *image) status() v1alpha1.RepositoryStatus {
	s := v1alpha1.RepositoryStatus{
		Image: i.Name,
		Name:  i.repository,
		Ready: i.ready,
		Settings: &v1alpha1.EffectiveSettings{
			ImageTagMutability: i.Mutability.Value.Mode,
			ScanOnPush:         i.ScanOnPush.Value,
			EncryptionType:     i.inForce.Type,
			KMSKey:             i.inForce.KMSKey,
			DeletionPolicy:     i.DeletionPolicy.Value,
			Lifecycle:          i.lifecycleStatus(),
		},
	}
	if i.observed != nil {
		s.URI = i.observed.Status.AtProvider.RepositoryURL
		s.ARN = i.observed.Status.AtProvider.ARN
	}
	return s
}

// layerAWS is the layer of what nobody set here: AWS has it.
const layerAWS = "AWS"

// asObserved returns settings with what AWS has, where nothing is written to AWS: that is in
// force then. What AWS has not reported stays as it would be set.
func asObserved(s v1alpha1.EffectiveSettings, has *guardrail.Observed) *v1alpha1.EffectiveSettings {
	if has.Mutability != nil {
		s.ImageTagMutability = has.Mutability.Mode
	}
	if has.ScanOnPush != nil {
		s.ScanOnPush = *has.ScanOnPush
	}
	if has.LifecyclePolicy != nil {
		if rules, ok := lifecycle.Parse(*has.LifecyclePolicy); ok {
			s.Lifecycle = v1alpha1.EffectiveLifecycle{Rules: ptr(int64(len(rules))), Layer: layerAWS}
		}
	}
	return &s
}

// lifecycleStatus tells the form in force, and never rules: the status has to fit.
func (i *image) lifecycleStatus() v1alpha1.EffectiveLifecycle {
	l := &i.Lifecycle
	if l.ByRules {
		return v1alpha1.EffectiveLifecycle{Rules: ptr(int64(len(l.Given))), Layer: l.Form.String()}
	}
	return v1alpha1.EffectiveLifecycle{
		UntaggedExpiryDays: &l.UntaggedExpiryDays.Value,
		KeepImages:         &l.KeepImages.Value,
		Layer:              l.Form.String(),
	}
}
