package orgaccess

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	xpv1 "github.com/crossplane/crossplane-runtime/v2/apis/common/v1"
	ecrv1beta1 "github.com/upbound/provider-aws/v2/apis/cluster/ecr/v1beta1"
	ecrv1beta2 "github.com/upbound/provider-aws/v2/apis/cluster/ecr/v1beta2"
	iamv1beta1 "github.com/upbound/provider-aws/v2/apis/cluster/iam/v1beta1"

	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/observed"
)

// leaving are the observed resources with one of the keys that are not wanted any more.
func (a *access) leaving(keys []string) map[string]*observed.Resource {
	wanted := map[string]bool{}
	for _, p := range a.parts() {
		wanted[p.key] = true
	}
	for _, r := range a.roles() {
		wanted[r.of.policyKey] = true
	}
	left := map[string]*observed.Resource{}
	for _, key := range keys {
		if o := a.seen[key]; o != nil && !wanted[key] {
			left[key] = o
		}
	}
	return left
}

// endGrants makes sure that a grant which left the spec leaves AWS. With Orphan what is
// in AWS outlives the org access, not the fields that give it: an object that would
// leave its grant behind is rendered once more so that it takes that along, and goes in
// the next run.
func (a *access) endGrants(d managed.Desired) {
	for key, o := range a.leaving([]string{keyPushRole, keyPushPolicy, keyPullRole, keyPullPolicy, keyRegistryPolicy}) {
		if o.Outlives() && !strange(o) {
			a.last(d, key, managed.End)
		}
	}
}

// releaseLost lets go of what somebody else turned out to have, without taking anything
// from them: an object that would take it along is only looked at for one run, and gone
// in the next.
func (a *access) releaseLost(d managed.Desired) {
	release := func(key string) {
		if o := a.seen[key]; o != nil && o.MayDelete() {
			a.last(d, key, managed.Observe)
		}
	}
	for _, p := range a.parts() {
		if p.lost {
			release(p.key)
		}
	}
	for _, r := range a.roles() {
		if r.lost {
			release(r.of.policyKey)
		}
	}
}

// last renders an observed resource for one more run, with nothing but what may be done
// to it. What goes is not waited for.
func (a *access) last(d managed.Desired, key string, policies xpv1.ManagementPolicies) {
	o := a.seen[key]
	meta := metav1.ObjectMeta{Name: o.Metadata.Name, Annotations: map[string]string{annotationExternalName: o.Metadata.Annotations.ExternalName}}
	spec := a.config.Spec(policies)
	region := &o.Spec.ForProvider.Region
	typeMeta := func(k kind) metav1.TypeMeta { return metav1.TypeMeta{APIVersion: k.apiVersion, Kind: k.kind} }
	var mr any
	switch key {
	case keyPushRole, keyPullRole:
		mr = &iamv1beta1.Role{
			TypeMeta: typeMeta(kindRole), ObjectMeta: meta,
			Spec: iamv1beta1.RoleSpec{ResourceSpec: spec},
		}
	case keyPushPolicy, keyPullPolicy:
		// The role's name stays in spec.forProvider, where the selector has put it.
		mr = &iamv1beta1.RolePolicy{
			TypeMeta: typeMeta(kindRolePolicy), ObjectMeta: meta,
			Spec: iamv1beta1.RolePolicySpec{ResourceSpec: spec},
		}
	case keyRegistryPolicy:
		mr = &ecrv1beta1.RegistryPolicy{
			TypeMeta: typeMeta(kindRegistryPolicy), ObjectMeta: meta,
			Spec: ecrv1beta1.RegistryPolicySpec{ResourceSpec: spec, ForProvider: ecrv1beta1.RegistryPolicyParameters{Region: region}},
		}
	case keyScanning:
		mr = &ecrv1beta1.RegistryScanningConfiguration{
			TypeMeta: typeMeta(kindScanning), ObjectMeta: meta,
			Spec: ecrv1beta1.RegistryScanningConfigurationSpec{ResourceSpec: spec, ForProvider: ecrv1beta1.RegistryScanningConfigurationParameters{Region: region}},
		}
	default:
		mr = &ecrv1beta2.ReplicationConfiguration{
			TypeMeta: typeMeta(kindReplication), ObjectMeta: meta,
			Spec: ecrv1beta2.ReplicationConfigurationSpec{ResourceSpec: spec, ForProvider: ecrv1beta2.ReplicationConfigurationParameters{Region: region}},
		}
	}
	d.Set(key, mr, a.config, true)
}

// adviseOnLeaving tells what stays in AWS, in force, of the registry's settings that
// left the spec: they may be another's to look after.
func (a *access) adviseOnLeaving() {
	if !a.spec.orphan() {
		return
	}
	left := a.leaving([]string{keyScanning, keyReplication})
	for _, key := range []string{keyScanning, keyReplication} {
		if o := left[key]; o != nil {
			a.advise(deletionPath, "with Orphan the %s that left the spec stays in AWS, in force: delete it there", o.Kind)
		}
	}
}
