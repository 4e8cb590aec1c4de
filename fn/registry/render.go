package registry

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	xpv1 "github.com/crossplane/crossplane-runtime/v2/apis/common/v1"
	ecrv1beta1 "github.com/upbound/provider-aws/v2/apis/cluster/ecr/v1beta1"
	ecrv1beta2 "github.com/upbound/provider-aws/v2/apis/cluster/ecr/v1beta2"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/observed"
	"github.com/ontopix/crossplane-ecr/fn/settings"
)

// render adds to the desired resources what the project is to have.
func (p *project) render() managed.Desired {
	d := managed.Desired{}
	for n := range p.images {
		i := &p.images[n]
		if !i.free {
			p.renderLost(d, i)
			continue
		}
		repository := i.observed.Ready()
		d.Set(repositoryKey(i.Name), p.repository(i), i.config, repository)
		lifecycle := p.renderLifecycle(d, i)
		grants := p.renderPolicy(d, i)
		i.ready = repository && lifecycle && grants
	}
	p.renderLeaving(d)
	p.renderRole(d)
	return d
}

// Labels and annotations of rendered resources. What depends on a resource finds it by
// the first two, and only once AWS has it: a create that fails for want of it would
// cost a minute.
const (
	labelRepository = v1alpha1.Group + "/repository"
	labelExists     = v1alpha1.Group + "/exists"
	labelRole       = v1alpha1.Group + "/role"

	// annotationLook makes the provider look once more: an observe-only Repository
	// shows nothing before the poll that follows its creation, ten minutes later.
	annotationLook = v1alpha1.Group + "/look"

	annotationExternalName = "crossplane.io/external-name"
)

func (p *project) repository(i *image) *ecrv1beta2.Repository {
	r := &ecrv1beta2.Repository{
		TypeMeta: metav1.TypeMeta{APIVersion: apiVersionRepository, Kind: kindRepository},
		ObjectMeta: metav1.ObjectMeta{
			Name:        i.objectName,
			Annotations: map[string]string{annotationExternalName: i.repository},
			Labels:      map[string]string{labelRepository: i.label},
		},
		Spec: ecrv1beta2.RepositorySpec{
			ResourceSpec: i.config.Spec(p.repositoryPolicies(i)),
			ForProvider: ecrv1beta2.RepositoryParameters{
				Region:             &i.region,
				ImageTagMutability: (*string)(&i.Mutability.Value.Mode),
				ImageScanningConfiguration: &ecrv1beta2.ImageScanningConfigurationParameters{
					ScanOnPush: &i.ScanOnPush.Value,
				},
				EncryptionConfiguration: []ecrv1beta2.EncryptionConfigurationParameters{encryption(&i.inForce)},
				Tags:                    i.tags(p.name),
			},
		},
	}
	for _, f := range slices.Compact(slices.Sorted(slices.Values(i.Mutability.Value.Filters))) {
		r.Spec.ForProvider.ImageTagMutabilityExclusionFilter = append(r.Spec.ForProvider.ImageTagMutabilityExclusionFilter,
			ecrv1beta2.ImageTagMutabilityExclusionFilterParameters{Filter: &f, FilterType: ptr("WILDCARD")})
	}
	if i.ForceDelete.Value {
		r.Spec.ForProvider.ForceDelete = &i.ForceDelete.Value
	}
	if i.observed.Exists() {
		r.Labels[labelExists] = "true"
	}
	if p.observeOnly() && i.observed != nil {
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
func (p *project) repositoryPolicies(i *image) xpv1.ManagementPolicies {
	switch {
	case p.observeOnly():
		return managed.Observe
	case p.deletable(i) && !i.observed.Deleting():
		// One that is being deleted and wanted again is released, to be adopted anew.
		return managed.Own
	}
	return managed.Keep
}

// tags of an image's repository: those in force, under the function's own.
func (i *image) tags(project string) map[string]*string {
	tags := make(map[string]*string, len(i.Tags)+len(settings.FunctionTags))
	for k, v := range i.Tags {
		tags[k] = &v.Value
	}
	tags["project"], tags["image"], tags["managed-by"] = &project, &i.Name, ptr("crossplane")
	return tags
}

// renderLifecycle renders the image's LifecyclePolicy, and those on their way out. It
// reports whether AWS has the policy that is wanted.
func (p *project) renderLifecycle(d managed.Desired, i *image) bool {
	set := func(hash string, o lifecycleObject, ready bool) bool {
		if p.observed.elsewhere[lifecycleKey(i.Name, hash)] != nil {
			return false
		}
		d.Set(lifecycleKey(i.Name, hash), i.lifecyclePolicy(o), i.config, ready)
		return ready
	}
	if p.observeOnly() {
		ready := true
		for n := range p.observed.lifecycles[i.Name] {
			o := &p.observed.lifecycles[i.Name][n]
			ready = set(o.hash, lifecycleObject{hash: o.hash, policy: o.Spec.ForProvider.Policy, policies: managed.Observe}, o.Ready()) && ready
		}
		return ready
	}
	i.policyText = p.policyOf(i)
	ready := true
	for _, o := range lifecycleObjects(i.policyText, p.observed.lifecycles[i.Name]) {
		readiness := false
		if o.seen != nil {
			readiness = o.seen.Ready()
		}
		if !o.held {
			// What goes is not waited for.
			readiness, p.passing = true, true
		}
		ready = set(o.hash, o, readiness) && ready
	}
	return ready
}

// policyOf returns the text of the image's lifecycle policy, "" for none. Most images
// of a project share one.
func (p *project) policyOf(i *image) string {
	if i.Lifecycle.ByRules {
		return lifecycle.Policy(i.Lifecycle.Given)
	}
	key := [2]int64{i.Lifecycle.UntaggedExpiryDays.Value, i.Lifecycle.KeepImages.Value}
	text, ok := p.shorthands[key]
	if !ok {
		text = lifecycle.Policy(i.Lifecycle.Rules())
		if p.shorthands == nil {
			p.shorthands = map[[2]int64]string{}
		}
		p.shorthands[key] = text
	}
	return text
}

func (i *image) lifecyclePolicy(o lifecycleObject) *ecrv1beta1.LifecyclePolicy {
	return &ecrv1beta1.LifecyclePolicy{
		TypeMeta:   metav1.TypeMeta{APIVersion: ecrv1beta1.CRDGroupVersion.String(), Kind: ecrv1beta1.LifecyclePolicy_Kind},
		ObjectMeta: metav1.ObjectMeta{Name: i.objectName + "-" + o.hash},
		Spec: ecrv1beta1.LifecyclePolicySpec{
			ResourceSpec: i.config.Spec(o.policies),
			ForProvider: ecrv1beta1.LifecyclePolicyParameters{
				Region:             &i.region,
				Policy:             &o.policy,
				RepositorySelector: i.selector(),
			},
		},
	}
}

// selector finds the image's Repository once AWS has it, and never somebody else's.
func (i *image) selector() *xpv1.Selector {
	return &xpv1.Selector{
		MatchControllerRef: ptr(true),
		MatchLabels:        map[string]string{labelRepository: i.label, labelExists: "true"},
	}
}

// renderPolicy renders the image's RepositoryPolicy, if pull is granted to anybody. It
// reports whether AWS has it.
func (p *project) renderPolicy(d managed.Desired, i *image) bool {
	o := p.observed.policies[i.Name]
	switch {
	case p.observed.elsewhere[policyKey(i.Name)] != nil:
		return false
	case p.observeOnly() && o != nil:
		d.Set(policyKey(i.Name), i.repositoryPolicy(o.Spec.ForProvider.Policy, managed.Observe), i.config, o.Ready())
	case p.observeOnly():
		return true
	case i.grants == "":
		p.endPolicy(d, i, o)
		return true
	default:
		d.Set(policyKey(i.Name), i.repositoryPolicy(i.grants, managed.Own), i.config, o.Ready())
	}
	return o.Ready()
}

// endPolicy makes sure that a grant which is no longer wanted goes from AWS with its
// object: one that was only looked at gets Delete in one run, and is dropped in the next.
func (p *project) endPolicy(d managed.Desired, i *image, o *observed.Resource) {
	if o.Outlives() || p.observed.hidden[policyKey(i.Name)] {
		p.pass(d, policyKey(i.Name), i.repositoryPolicy(o.Spec.ForProvider.Policy, managed.End), i.config)
	}
}

func (i *image) repositoryPolicy(text string, policies xpv1.ManagementPolicies) *ecrv1beta1.RepositoryPolicy {
	return &ecrv1beta1.RepositoryPolicy{
		TypeMeta: metav1.TypeMeta{APIVersion: ecrv1beta1.CRDGroupVersion.String(), Kind: ecrv1beta1.RepositoryPolicy_Kind},
		ObjectMeta: metav1.ObjectMeta{
			Name:        i.objectName,
			Annotations: map[string]string{annotationExternalName: i.repository},
		},
		Spec: ecrv1beta1.RepositoryPolicySpec{
			ResourceSpec: i.config.Spec(policies),
			ForProvider: ecrv1beta1.RepositoryPolicyParameters{
				Region:             &i.region,
				Policy:             &text,
				RepositorySelector: i.selector(),
			},
		},
	}
}

// Bounds of what is rendered for one project, in bytes. Its policies have to fit into
// etcd with the objects that hold them, and all of it into gRPC's 4 MiB with what is
// said of it.
const (
	maxPolicies = 1 << 20
	maxDesired  = 7 << 19
)

// tagBytes is what a tag has besides its key and its value, in bytes.
const tagBytes = 16

// tooLarge returns what does not fit. Beside policies and tags what is rendered is small.
func (p *project) tooLarge() fault.List {
	var l fault.List
	policies, tags := 0, 0
	for n := range p.images {
		i := &p.images[n]
		policies += len(p.policyOf(i)) + len(i.grants)
		for k, v := range i.Tags {
			tags += len(k) + len(v.Value) + tagBytes
		}
	}
	if policies > maxPolicies {
		l.Invalid(imagesPath, nil, "the lifecycle and repository policies of all images have %d bytes together, at most %d fit into one project registry", policies, maxPolicies)
	}
	if size := policies + tags; size > maxDesired && len(l) == 0 {
		l.Invalid(imagesPath, nil, "the tags and policies of all images have %d bytes together, at most %d fit into one project registry: use fewer tags, or split the images over several", size, maxDesired)
	}
	return l
}

func ptr[T any](v T) *T { return &v }
