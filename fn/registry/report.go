package registry

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/guardrail"
	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
)

// report returns the answer for a plan and its outcome: desired resources, status, connection details and conditions.
func report(p *Plan, o Outcome, lookups composite.Lookups, advice fault.Advice, warnings fault.List) composite.Answer {
	s := status(p, o, advice)
	return composite.Answer{
		Lookups:    lookups,
		Desired:    o.desired,
		Status:     s,
		Listed:     true,
		Connection: connection(p, s),
		Unready:    o.unready,
		Settled:    settled(p, o),
		Holds:      p.platform.PollInterval(),
		Valid:      valid(o),
		Warnings:   warnings.Reported(),
		Compliant:  compliance(p, warnings),
	}
}

// connection returns the connection details. There are none until the registry is known, or their secret would be
// written twice. A local render shows them at once.
func connection(p *Plan, s *v1alpha1.ProjectRegistryStatus) map[string]string {
	if s.Registry == "" && !p.connected && !p.xr.Local {
		return nil
	}
	return map[string]string{"registry": s.Registry, "region": s.Region, "pushRoleArn": s.PushRoleARN}
}

// settled reports whether AWS has everything that the spec asks for, and no object waits to be dropped.
func settled(p *Plan, o Outcome) bool {
	images := !slices.ContainsFunc(p.images, func(i *image) bool { return !o.ready[i.name] })
	role := p.written.GitHub == nil || p.observeOnly || p.observed.role().Ready() && p.observed.rolePolicy().Ready()
	return images && role && !o.transient
}

// valid returns the verdict on a spec that is not refused. Other objects may own what it asks for.
func valid(o Outcome) composite.Verdict {
	switch {
	case len(o.taken) > 0:
		return composite.Verdict{Reason: v1alpha1.ReasonRepositoryTaken, Message: fault.Lines(o.taken)}
	case o.roleTaken != "":
		return composite.Verdict{Reason: v1alpha1.ReasonResourceTaken, Message: o.roleTaken}
	}
	return composite.Verdict{Reason: v1alpha1.ReasonValid}
}

// compliance returns the verdict on warnings. With [Observe] there is none until AWS has reported a repository.
func compliance(p *Plan, warnings fault.List) composite.Verdict {
	if p.observeOnly && p.observed.noRepository() {
		return composite.Verdict{Reason: v1alpha1.ReasonNotChecked, Message: "nothing is reported of the repositories in AWS yet"}
	}
	return composite.Compliance(warnings)
}

// status returns the status of the composite resource and its claim.
func status(p *Plan, o Outcome, advice fault.Advice) *v1alpha1.ProjectRegistryStatus {
	s := &v1alpha1.ProjectRegistryStatus{
		Project:         p.project,
		Namespace:       p.xr.Namespace,
		Region:          p.region,
		ProviderConfig:  p.config.String(),
		PlatformConfig:  p.platform.ConfigName,
		RepositoryCount: int64(len(p.images)),
		Repositories:    make([]v1alpha1.RepositoryStatus, len(p.images)),
		Retained:        retained(p, o),
		Advice:          advice.Reported(),
	}
	for n, i := range p.images {
		r := repositoryStatus(i, o)
		s.Repositories[n] = r
		if s.Registry == "" {
			s.Registry, _, _ = strings.Cut(r.URI, "/")
		}
	}
	slices.SortFunc(s.Repositories, func(a, b v1alpha1.RepositoryStatus) int { return cmp.Compare(a.Image, b.Image) })
	if p.observed.ownsRole() && (p.role.orgAccess != nil || p.observeOnly) {
		s.PushRoleARN = p.observed.role().Status.AtProvider.ARN
	}
	return s
}

func repositoryStatus(i *image, o Outcome) v1alpha1.RepositoryStatus {
	s := v1alpha1.RepositoryStatus{
		Image: i.name,
		Name:  i.repository,
		Ready: o.ready[i.name],
		Settings: &v1alpha1.EffectiveSettings{
			ImageTagMutability: i.effective.Mutability.Value.Mode,
			ScanOnPush:         i.effective.ScanOnPush.Value,
			EncryptionType:     i.encryption.Type,
			KMSKey:             i.encryption.KMSKey,
			DeletionPolicy:     i.effective.DeletionPolicy.Value,
			Lifecycle:          lifecycleStatus(i),
		},
	}
	if i.observed != nil {
		s.URI = i.observed.Status.AtProvider.RepositoryURL
		s.ARN = i.observed.Status.AtProvider.ARN
	}
	if i.inAWS != nil {
		showInAWS(s.Settings, i.inAWS)
	}
	return s
}

// lifecycleStatus returns the lifecycle in force, with the number of rules only: the status must stay small.
func lifecycleStatus(i *image) v1alpha1.EffectiveLifecycle {
	l := &i.effective.Lifecycle
	if l.ByRules {
		return v1alpha1.EffectiveLifecycle{Rules: new(int64(len(l.Given))), Layer: l.Layer.String()}
	}
	return v1alpha1.EffectiveLifecycle{
		UntaggedExpiryDays: &l.UntaggedExpiryDays.Value,
		KeepImages:         &l.KeepImages.Value,
		Layer:              l.Layer.String(),
	}
}

// layerAWS is the layer of a setting that only AWS has.
const layerAWS = "AWS"

// showInAWS puts what AWS has into the settings, which is in force with [Observe]. A setting that is not reported
// stays.
func showInAWS(s *v1alpha1.EffectiveSettings, has *guardrail.Observed) {
	if has.Mutability != nil {
		s.ImageTagMutability = has.Mutability.Mode
	}
	if has.ScanOnPush != nil {
		s.ScanOnPush = *has.ScanOnPush
	}
	if has.LifecyclePolicy != nil {
		if rules, ok := lifecycle.Parse(*has.LifecyclePolicy); ok {
			count := int64(len(rules))
			s.Lifecycle = v1alpha1.EffectiveLifecycle{Rules: &count, Layer: layerAWS}
		}
	}
}

// maxRetained is the maximum number of retained repositories in the status.
const maxRetained = 100

// retained returns the repositories that left the spec and stay in AWS: those that the status lists already, until they
// are in the spec again, and those that leave now.
func retained(p *Plan, o Outcome) []v1alpha1.RetainedRepository {
	kept := map[string]v1alpha1.RetainedRepository{}
	for _, r := range p.before.Retained {
		kept[r.Image] = r
	}
	// If a run was interrupted after an object went and before the status was written, the status still lists the
	// repository among those of the spec.
	for _, r := range p.before.Repositories {
		deleted := r.Settings != nil && r.Settings.DeletionPolicy == v1alpha1.DeletionDelete
		if r.ARN != "" && !deleted && p.observed.repository(r.Image) == nil {
			kept[r.Image] = v1alpha1.RetainedRepository{Image: r.Image, Name: r.Name, ARN: r.ARN}
		}
	}
	for _, image := range p.removed(typeRepository) {
		r := p.observed.repository(image)
		if o.deleted[image] || !r.Exists() {
			delete(kept, image)
			continue
		}
		kept[image] = v1alpha1.RetainedRepository{Image: image, Name: r.Metadata.Annotations.ExternalName, ARN: r.Status.AtProvider.ARN}
	}
	for _, i := range p.images {
		delete(kept, i.name)
	}
	out := make([]v1alpha1.RetainedRepository, 0, len(kept))
	for _, image := range slices.Sorted(maps.Keys(kept)) {
		out = append(out, kept[image])
	}
	return out[:min(len(out), maxRetained)]
}
