package registry

import (
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	ecrv1beta2 "github.com/upbound/provider-aws/v2/apis/cluster/ecr/v1beta2"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/observed"
)

// A leaving image is no longer in the spec, and its Repository still observed.
type leaving struct {
	image string
	*observed.Resource

	// deleted is true if the repository goes from AWS with its object, as the project
	// asked and the platform team allows.
	deleted bool
}

// leaving returns the images that left the spec, sorted.
func (p *project) leaving() []leaving {
	here := make(map[string]bool, len(p.images))
	for n := range p.images {
		here[p.images[n].Name] = true
	}
	var out []leaving
	for _, name := range slices.Sorted(maps.Keys(p.observed.repositories)) {
		if here[name] {
			continue
		}
		r := p.observed.repositories[name]
		out = append(out, leaving{image: name, Resource: r, deleted: r.MayDelete() && p.mayDelete() && p.deleteAllowed(name, r.Spec.ForProvider.ForceDelete)})
	}
	return out
}

// renderLeaving makes sure that nothing is deleted with an image that leaves unless it
// may be now, and that no grant of such an image is forgotten.
func (p *project) renderLeaving(d managed.Desired) {
	p.left = p.leaving()
	for _, r := range p.left {
		if !r.deleted {
			p.release(d, r.image, r.Resource)
		}
		if p.observeOnly() {
			p.releaseLifecycles(d, r.image, r.Resource)
		}
	}
	for _, image := range p.removedGrants() {
		o := p.observed.policies[image]
		i := newImage(image, o, p.configOf(o))
		if !p.observeOnly() {
			p.endPolicy(d, i, o)
			continue
		}
		// Nothing is written now, so nothing can end the grant: it stays in sight.
		d.Set(policyKey(image), i.repositoryPolicy(o.Spec.ForProvider.Policy, managed.Observe), i.config, true)
		p.advise(imagesPath, "image %s is not in the spec, and AWS still has the repository policy of %s, which grants pull: it ends when [Observe] is taken out of managementPolicies", image, i.repository)
	}
}

// removedGrants returns the images that left the spec and whose RepositoryPolicy is still
// there, sorted.
func (p *project) removedGrants() []string {
	left := maps.Clone(p.observed.policies)
	for n := range p.images {
		delete(left, p.images[n].Name)
	}
	return slices.Sorted(maps.Keys(left))
}

// renderLost releases an image whose repository another object turned out to have,
// without taking anything from them.
func (p *project) renderLost(d managed.Desired, i *image) {
	if i.observed != nil {
		p.release(d, i.Name, i.observed)
		p.releasePolicies(d, i.Name, i.observed)
	}
}

// pass adds what is desired for this run only, and so is not waited for.
func (p *project) pass(d managed.Desired, key string, mr any, c managed.ProviderConfig) {
	p.passing = true
	d.Set(key, mr, c, true)
}

// release takes Delete from a Repository that is about to be dropped: it is only
// looked at for one run, and gone in the next.
func (p *project) release(d managed.Desired, image string, r *observed.Resource) {
	if r.MayDelete() {
		p.pass(d, repositoryKey(image), p.looking(r), p.configOf(r))
	}
}

// releasePolicies does the same for the repository's policies.
func (p *project) releasePolicies(d managed.Desired, image string, r *observed.Resource) {
	i := newImage(image, r, p.configOf(r))
	if o := p.observed.policies[image]; o != nil && o.MayDelete() {
		p.pass(d, policyKey(image), i.repositoryPolicy(o.Spec.ForProvider.Policy, managed.Observe), i.config)
	}
	p.releaseLifecycles(d, image, r)
}

// releaseLifecycles does the same for its LifecyclePolicies.
func (p *project) releaseLifecycles(d managed.Desired, image string, r *observed.Resource) {
	i := newImage(image, r, p.configOf(r))
	for n := range p.observed.lifecycles[image] {
		if o := &p.observed.lifecycles[image][n]; o.MayDelete() {
			l := lifecycleObject{hash: o.hash, policy: o.Spec.ForProvider.Policy, policies: managed.Observe}
			p.pass(d, lifecycleKey(image, o.hash), i.lifecyclePolicy(l), i.config)
		}
	}
}

// newImage is an image that is known by its observed Repository alone.
func newImage(name string, r *observed.Resource, c managed.ProviderConfig) *image {
	i := &image{
		Image:      &v1alpha1.Image{Name: name},
		repository: r.Metadata.Annotations.ExternalName,
		region:     r.Spec.ForProvider.Region,
		config:     c,
	}
	i.identify()
	return i
}

// looking is a leaving Repository that nothing is done to any more.
func (p *project) looking(r *observed.Resource) *ecrv1beta2.Repository {
	return &ecrv1beta2.Repository{
		TypeMeta: metav1.TypeMeta{APIVersion: apiVersionRepository, Kind: kindRepository},
		ObjectMeta: metav1.ObjectMeta{
			Name:        r.Metadata.Name,
			Annotations: map[string]string{annotationExternalName: r.Metadata.Annotations.ExternalName},
		},
		Spec: ecrv1beta2.RepositorySpec{
			ResourceSpec: p.configOf(r).Spec(managed.Observe),
			ForProvider:  ecrv1beta2.RepositoryParameters{Region: &r.Spec.ForProvider.Region},
		},
	}
}

// maxRetained is how many retained repositories the status tells.
const maxRetained = 100

// retained are the repositories that left the spec and are kept in AWS: those that the
// status told already, until they are claimed again, and those that leave now.
func (p *project) retained() []v1alpha1.RetainedRepository {
	kept := map[string]v1alpha1.RetainedRepository{}
	for _, r := range p.before.Retained {
		kept[r.Image] = r
	}
	// A run that was interrupted after an object went and before the status was written has
	// told nobody: what the status lists as a repository and nobody has any more was kept too.
	for _, r := range p.before.Repositories {
		if r.ARN != "" && (r.Settings == nil || r.Settings.DeletionPolicy != v1alpha1.DeletionDelete) && p.observed.repositories[r.Image] == nil {
			kept[r.Image] = v1alpha1.RetainedRepository{Image: r.Image, Name: r.Name, ARN: r.ARN}
		}
	}
	for _, r := range p.left {
		if r.deleted || !r.Exists() {
			delete(kept, r.image)
			continue
		}
		kept[r.image] = v1alpha1.RetainedRepository{
			Image: r.image,
			Name:  r.Metadata.Annotations.ExternalName,
			ARN:   r.Status.AtProvider.ARN,
		}
	}
	for n := range p.images {
		delete(kept, p.images[n].Name)
	}
	out := make([]v1alpha1.RetainedRepository, 0, len(kept))
	for _, image := range slices.Sorted(maps.Keys(kept)) {
		out = append(out, kept[image])
	}
	return out[:min(len(out), maxRetained)]
}
