package registry

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	xpv1 "github.com/crossplane/crossplane-runtime/v2/apis/common/v1"
	ecrv1beta1 "github.com/upbound/provider-aws/v2/apis/cluster/ecr/v1beta1"
	ecrv1beta2 "github.com/upbound/provider-aws/v2/apis/cluster/ecr/v1beta2"
	iamv1beta1 "github.com/upbound/provider-aws/v2/apis/cluster/iam/v1beta1"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/observed"
	"github.com/ontopix/crossplane-ecr/fn/settings"
)

// Types of a project's objects.
var (
	typeRepository       = metav1.TypeMeta{APIVersion: ecrv1beta2.CRDGroupVersion.String(), Kind: ecrv1beta2.Repository_Kind}
	typeLifecyclePolicy  = metav1.TypeMeta{APIVersion: ecrv1beta1.CRDGroupVersion.String(), Kind: ecrv1beta1.LifecyclePolicy_Kind}
	typeRepositoryPolicy = metav1.TypeMeta{APIVersion: ecrv1beta1.CRDGroupVersion.String(), Kind: ecrv1beta1.RepositoryPolicy_Kind}
	typeRole             = metav1.TypeMeta{APIVersion: iamv1beta1.CRDGroupVersion.String(), Kind: iamv1beta1.Role_Kind}
	typeRolePolicy       = metav1.TypeMeta{APIVersion: iamv1beta1.CRDGroupVersion.String(), Kind: iamv1beta1.RolePolicy_Kind}
)

// Labels and annotations of rendered resources.
const (
	// labelRepository marks all objects of one repository, in whichever namespace.
	labelRepository = v1alpha1.Group + "/repository"

	// labelRole says what the role of an object is for.
	labelRole = v1alpha1.Group + "/role"

	// annotationLook makes the provider look once more: an observe-only Repository shows nothing before the poll that
	// follows its creation, ten minutes later.
	annotationLook = v1alpha1.Group + "/look"
)

// A target is a repository in AWS and how the objects are called that are about it.
type target struct {
	name       string // of the image
	repository string
	region     string
	config     managed.ProviderConfig

	// objectName is the name of the Repository object: the same for all who would manage that repository. label is the
	// value of the label that marks it.
	objectName, label string
}

func newTarget(image, repository, region string, config managed.ProviderConfig) target {
	return target{
		name: image, repository: repository, region: region, config: config,
		objectName: config.ObjectName(region, repository),
		label:      managed.Hash(10, region, repository),
	}
}

// targetOf is the repository of an image that is known by an object alone.
func (p *Plan) targetOf(image string, o *observed.Resource) target {
	return newTarget(image, o.Metadata.Annotations.ExternalName, o.Spec.ForProvider.Region, p.configOf(o))
}

// released returns an object of a type that only observes, for the one run before it is dropped. It repeats nothing of
// what is observed, which may be anybody's text: Crossplane keeps the name, and an external-name stays whose it is.
func (p *Plan) released(t metav1.TypeMeta) managed.Resource {
	r := managed.Resource{TypeMeta: t, Policies: managed.Observe, ProviderConfig: p.config, ForProvider: managed.Bare{}}
	if !ofRole(t) {
		r.ForProvider = managed.Bare{Region: &p.region}
	}
	return r
}

// repositoryOf returns the Repository of an image.
func (p *Plan) repositoryOf(i *image) managed.Resource {
	e := &i.effective
	params := ecrv1beta2.RepositoryParameters{
		Region:             &i.region,
		ImageTagMutability: (*string)(&e.Mutability.Value.Mode),
		ImageScanningConfiguration: &ecrv1beta2.ImageScanningConfigurationParameters{
			ScanOnPush: &e.ScanOnPush.Value,
		},
		EncryptionConfiguration: []ecrv1beta2.EncryptionConfigurationParameters{encryption(&i.encryption)},
		Tags:                    i.tags(p.project),
	}
	for _, f := range slices.Compact(slices.Sorted(slices.Values(e.Mutability.Value.Filters))) {
		params.ImageTagMutabilityExclusionFilter = append(params.ImageTagMutabilityExclusionFilter,
			ecrv1beta2.ImageTagMutabilityExclusionFilterParameters{Filter: &f, FilterType: new("WILDCARD")})
	}
	if e.ForceDelete.Value {
		params.ForceDelete = &e.ForceDelete.Value
	}
	r := managed.Resource{
		TypeMeta: typeRepository,
		Name:     i.objectName, Labels: map[string]string{labelRepository: i.label}, Annotations: managed.ExternalName(i.repository),
		Policies: p.repositoryPolicies(i), ProviderConfig: i.config,
		ForProvider: params,
	}
	if p.observeOnly && i.observed != nil {
		r.Annotations[annotationLook] = "1"
	}
	return r
}

func encryption(e *settings.Encryption) ecrv1beta2.EncryptionConfigurationParameters {
	out := ecrv1beta2.EncryptionConfigurationParameters{EncryptionType: &e.Type}
	if e.KMSKey != "" {
		out.KMSKey = &e.KMSKey
	}
	return out
}

// repositoryPolicies are what may be done to an image's repository.
func (p *Plan) repositoryPolicies(i *image) xpv1.ManagementPolicies {
	switch {
	case p.observeOnly:
		return managed.Observe
	case p.deletable(i) && !i.observed.Deleting():
		// One that is being deleted and wanted again is released, to be adopted anew.
		return managed.Own
	}
	return managed.Keep
}

// tags of an image's repository: those in force, under the function's own.
func (i *image) tags(project string) map[string]*string {
	tags := make(map[string]*string, len(i.effective.Tags)+len(settings.FunctionTags))
	for k, v := range i.effective.Tags {
		tags[k] = &v.Value
	}
	tags["project"], tags["image"], tags["managed-by"] = &project, &i.name, new("crossplane")
	return tags
}

func (t *target) lifecyclePolicy(hash, text string, policies xpv1.ManagementPolicies) managed.Resource {
	return managed.Resource{
		TypeMeta: typeLifecyclePolicy,
		Name:     t.objectName + "-" + hash,
		Policies: policies, ProviderConfig: t.config,
		ForProvider: ecrv1beta1.LifecyclePolicyParameters{Region: &t.region, Policy: &text, Repository: &t.repository},
	}
}

func (t *target) repositoryPolicy(text string, policies xpv1.ManagementPolicies) managed.Resource {
	return managed.Resource{
		TypeMeta: typeRepositoryPolicy,
		Name:     t.objectName, Annotations: managed.ExternalName(t.repository),
		Policies: policies, ProviderConfig: t.config,
		ForProvider: ecrv1beta1.RepositoryPolicyParameters{Region: &t.region, Policy: &text, Repository: &t.repository},
	}
}

func (p *Plan) roleObject(name string, policies xpv1.ManagementPolicies, params iamv1beta1.RoleParameters) managed.Resource {
	if p.observed.foreignRole() && !p.observeOnly {
		policies = managed.Keep // it must not go with the object
	}
	return managed.Resource{
		TypeMeta: typeRole,
		Name:     p.config.ObjectName(name), Labels: map[string]string{labelRole: "push"}, Annotations: managed.ExternalName(name),
		Policies: policies, ProviderConfig: p.config,
		ForProvider: params,
	}
}

func (p *Plan) rolePolicyObject(name, text string, policies xpv1.ManagementPolicies) managed.Resource {
	return managed.Resource{
		TypeMeta: typeRolePolicy,
		Name:     p.config.ObjectName(name), Annotations: managed.ExternalName(name),
		Policies: policies, ProviderConfig: p.config,
		ForProvider: iamv1beta1.RolePolicyParameters{Policy: &text, Role: &name},
	}
}
