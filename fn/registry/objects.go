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

// apiVersionRepository is the version in which Repositories are written and read.
const (
	apiVersionRepository = "ecr.aws.upbound.io/v1beta2"
	kindRepository       = "Repository"
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

	annotationExternalName = "crossplane.io/external-name"
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

func meta(name, external string, labels map[string]string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: name, Labels: labels, Annotations: map[string]string{annotationExternalName: external}}
}

func repositoryObject(m metav1.ObjectMeta, spec xpv1.ResourceSpec, params ecrv1beta2.RepositoryParameters) *ecrv1beta2.Repository {
	return &ecrv1beta2.Repository{
		TypeMeta:   metav1.TypeMeta{APIVersion: apiVersionRepository, Kind: kindRepository},
		ObjectMeta: m,
		Spec:       ecrv1beta2.RepositorySpec{ResourceSpec: spec, ForProvider: params},
	}
}

// A released object may only observe, for the one run before it is dropped. It repeats nothing of what is observed, which
// may be anybody's text: Crossplane keeps the name, and an external-name stays whose it is.
type released struct {
	metav1.TypeMeta
	Spec releasedSpec `json:"spec"`
}

type releasedSpec struct {
	xpv1.ResourceSpec
	ForProvider struct {
		Region *string `json:"region,omitempty"`
	} `json:"forProvider"`
}

// released returns an object of a kind that only observes.
func (p *Plan) released(kind string) *released {
	r := &released{Spec: releasedSpec{ResourceSpec: p.config.Spec(managed.Observe)}}
	r.APIVersion, r.Kind = iamv1beta1.CRDGroupVersion.String(), kind
	if kind != iamv1beta1.Role_Kind && kind != iamv1beta1.RolePolicy_Kind {
		r.APIVersion, r.Spec.ForProvider.Region = ecrv1beta1.CRDGroupVersion.String(), &p.region
	}
	if kind == kindRepository {
		r.APIVersion = apiVersionRepository
	}
	return r
}

// repositoryOf returns the Repository of an image.
func (p *Plan) repositoryOf(i *image) *ecrv1beta2.Repository {
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
	m := meta(i.objectName, i.repository, map[string]string{labelRepository: i.label})
	if p.observeOnly && i.observed != nil {
		m.Annotations[annotationLook] = "1"
	}
	return repositoryObject(m, i.config.Spec(p.repositoryPolicies(i)), params)
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

func (t *target) lifecyclePolicy(hash, text string, policies xpv1.ManagementPolicies) *ecrv1beta1.LifecyclePolicy {
	return &ecrv1beta1.LifecyclePolicy{
		TypeMeta:   metav1.TypeMeta{APIVersion: ecrv1beta1.CRDGroupVersion.String(), Kind: ecrv1beta1.LifecyclePolicy_Kind},
		ObjectMeta: metav1.ObjectMeta{Name: t.objectName + "-" + hash},
		Spec: ecrv1beta1.LifecyclePolicySpec{
			ResourceSpec: t.config.Spec(policies),
			ForProvider:  ecrv1beta1.LifecyclePolicyParameters{Region: &t.region, Policy: &text, Repository: &t.repository},
		},
	}
}

func (t *target) repositoryPolicy(text string, policies xpv1.ManagementPolicies) *ecrv1beta1.RepositoryPolicy {
	return &ecrv1beta1.RepositoryPolicy{
		TypeMeta:   metav1.TypeMeta{APIVersion: ecrv1beta1.CRDGroupVersion.String(), Kind: ecrv1beta1.RepositoryPolicy_Kind},
		ObjectMeta: meta(t.objectName, t.repository, nil),
		Spec: ecrv1beta1.RepositoryPolicySpec{
			ResourceSpec: t.config.Spec(policies),
			ForProvider:  ecrv1beta1.RepositoryPolicyParameters{Region: &t.region, Policy: &text, Repository: &t.repository},
		},
	}
}

func (p *Plan) roleObject(name string, policies xpv1.ManagementPolicies, params iamv1beta1.RoleParameters) *iamv1beta1.Role {
	if p.observed.foreignRole() && !p.observeOnly {
		policies = managed.Keep // it must not go with the object
	}
	return &iamv1beta1.Role{
		TypeMeta:   metav1.TypeMeta{APIVersion: iamv1beta1.CRDGroupVersion.String(), Kind: iamv1beta1.Role_Kind},
		ObjectMeta: meta(p.config.ObjectName(name), name, map[string]string{labelRole: "push"}),
		Spec:       iamv1beta1.RoleSpec{ResourceSpec: p.config.Spec(policies), ForProvider: params},
	}
}

func (p *Plan) rolePolicyObject(name, text string, policies xpv1.ManagementPolicies) *iamv1beta1.RolePolicy {
	return &iamv1beta1.RolePolicy{
		TypeMeta:   metav1.TypeMeta{APIVersion: iamv1beta1.CRDGroupVersion.String(), Kind: iamv1beta1.RolePolicy_Kind},
		ObjectMeta: meta(p.config.ObjectName(name), name, nil),
		Spec: iamv1beta1.RolePolicySpec{
			ResourceSpec: p.config.Spec(policies),
			ForProvider:  iamv1beta1.RolePolicyParameters{Policy: &text, Role: &name},
		},
	}
}
