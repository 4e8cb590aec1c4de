package registry

import (
	"cmp"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	xpv1 "github.com/crossplane/crossplane-runtime/v2/apis/common/v1"
	ecrv1beta1 "github.com/upbound/provider-aws/v2/apis/cluster/ecr/v1beta1"
	ecrv1beta2 "github.com/upbound/provider-aws/v2/apis/cluster/ecr/v1beta2"
	iamv1beta1 "github.com/upbound/provider-aws/v2/apis/cluster/iam/v1beta1"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/managed"
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
	// labelRepository marks all objects of one repository, in all namespaces.
	labelRepository = v1alpha1.Group + "/repository"

	// annotationLook makes the provider observe once more. Otherwise an observe-only Repository reports nothing before
	// the first poll, ten minutes after its creation.
	annotationLook = v1alpha1.Group + "/look"
)

// roleLabels are the labels of the push role's object.
var roleLabels = map[string]string{v1alpha1.Group + "/role": "push"}

// asObserved returns an observed object with other management policies. It asks for no change in AWS.
func (p *Plan) asObserved(key string, policies xpv1.ManagementPolicies) managed.Resource {
	t, image, _ := parseKey(key)
	o := p.observed.Counted[key]
	has, external, repository := &o.Spec.ForProvider, o.Metadata.Annotations.ExternalName, p.project+"/"+image
	r := managed.Resource{
		TypeMeta: t,
		Name:     o.Metadata.Name, Annotations: managed.ExternalName(external),
		Policies: policies, ProviderConfig: *cmp.Or(o.ProviderConfig(p.xr), &p.config),
	}
	switch t {
	case typeRepository:
		r.ForProvider = managed.Bare{Region: &has.Region}
	case typeLifecyclePolicy:
		r.Annotations = nil // the provider names it
		r.ForProvider = ecrv1beta1.LifecyclePolicyParameters{Region: &has.Region, Policy: &has.Policy, Repository: &repository}
	case typeRepositoryPolicy:
		r.ForProvider = ecrv1beta1.RepositoryPolicyParameters{Region: &has.Region, Policy: &has.Policy, Repository: &repository}
	case typeRole:
		r.Labels, r.ForProvider = roleLabels, managed.Bare{}
	case typeRolePolicy:
		r.ForProvider = iamv1beta1.RolePolicyParameters{Policy: &has.Policy, Role: &external}
	}
	return r
}

// bareObject returns an object of a type with [Observe], for the one run before it is dropped. It repeats nothing that
// is observed, which anybody may have written. Crossplane keeps the name of the object, and the external-name stays.
func (p *Plan) bareObject(t metav1.TypeMeta) managed.Resource {
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
		EncryptionConfiguration: []ecrv1beta2.EncryptionConfigurationParameters{{EncryptionType: &i.encryption.Type}},
		Tags:                    i.tags(p.project),
	}
	if i.encryption.KMSKey != "" {
		params.EncryptionConfiguration[0].KMSKey = &i.encryption.KMSKey
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
		Policies: p.repositoryPolicies(i), ProviderConfig: p.config,
		ForProvider: params,
	}
	if p.observeOnly && i.observed != nil {
		r.Annotations[annotationLook] = "1"
	}
	return r
}

// repositoryPolicies returns the management policies of an image's Repository.
func (p *Plan) repositoryPolicies(i *image) xpv1.ManagementPolicies {
	switch {
	case p.observeOnly:
		return managed.Observe
	case p.deletable(i) && !i.observed.Deleting():
		// An object that is being deleted and wanted again keeps the repository, for its successor to adopt.
		return managed.Own
	}
	return managed.Keep
}

// tags returns the tags of an image's repository: those in force, and the function's own, which win.
func (i *image) tags(project string) map[string]*string {
	tags := make(map[string]*string, len(i.effective.Tags)+len(settings.FunctionTags))
	for k, v := range i.effective.Tags {
		tags[k] = &v.Value
	}
	tags["project"], tags["image"], tags["managed-by"] = &project, &i.name, new("crossplane")
	return tags
}

func (p *Plan) lifecyclePolicy(i *image, hash string) managed.Resource {
	return managed.Resource{
		TypeMeta: typeLifecyclePolicy,
		Name:     i.objectName + "-" + hash,
		Policies: managed.KeepLate, ProviderConfig: p.config,
		ForProvider: ecrv1beta1.LifecyclePolicyParameters{Region: &i.region, Policy: &i.lifecycle, Repository: &i.repository},
	}
}

func (p *Plan) repositoryPolicy(i *image) managed.Resource {
	return managed.Resource{
		TypeMeta: typeRepositoryPolicy,
		Name:     i.objectName, Annotations: managed.ExternalName(i.repository),
		Policies: managed.Own, ProviderConfig: p.config,
		ForProvider: ecrv1beta1.RepositoryPolicyParameters{Region: &i.region, Policy: &i.grants, Repository: &i.repository},
	}
}

func (p *Plan) roleObject() managed.Resource {
	r := managed.Resource{
		TypeMeta: typeRole,
		Name:     p.config.ObjectName(p.role.name), Labels: roleLabels, Annotations: managed.ExternalName(p.role.name),
		Policies: managed.Own, ProviderConfig: p.config,
		ForProvider: iamv1beta1.RoleParameters{
			AssumeRolePolicy:    &p.role.trust,
			Path:                new(rolePath),
			PermissionsBoundary: cmp.Or(p.role.orgAccess.Push, &v1alpha1.OrgRole{}).PermissionsBoundary,
			Tags:                map[string]*string{"project": &p.project, "managed-by": new("crossplane")},
		},
	}
	if p.observed.foreignRole() {
		r.Policies = managed.Keep // the role was there before, and must stay
	}
	return r
}

func (p *Plan) rolePolicyObject() managed.Resource {
	return managed.Resource{
		TypeMeta: typeRolePolicy,
		Name:     p.config.ObjectName(p.role.name), Annotations: managed.ExternalName(p.role.name),
		Policies: managed.Own, ProviderConfig: p.config,
		ForProvider: iamv1beta1.RolePolicyParameters{Policy: &p.role.permissions, Role: &p.role.name},
	}
}
