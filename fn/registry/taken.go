package registry

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/types/known/structpb"

	iamv1beta1 "github.com/upbound/provider-aws/v2/apis/cluster/iam/v1beta1"

	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/observed"
)

// apiVersionRepository is the version in which Repositories are written and read.
const (
	apiVersionRepository = "ecr.aws.upbound.io/v1beta2"
	kindRepository       = "Repository"
)

// requireRepositories asks who else has a repository of the project. Then nothing is
// rendered for the image, so that the owner is not disturbed and the loser is told.
func (p *project) requireRepositories(required *composite.Required) {
	for n := range p.images {
		i := &p.images[n]
		if i.observed == nil {
			p.requireByName(required, i)
		}
		switch {
		case p.observeOnly(): // who only looks is in nobody's way, nor is anybody in theirs
		case p.xr.Generation.Namespaced:
			p.requireByLabel(required, i, managed.Namespaced)
			p.requireByLabel(required, i, managed.Claimed)
		case i.observed.Writes():
		case required.Serves(managed.Namespaced.APIVersion(apiVersionRepository), kindRepository):
			p.requireByLabel(required, i, managed.Namespaced)
		}
	}
}

// requireByName asks for the object of a repository that is not observed yet. All of one
// repository that are cluster-scoped, or in one namespace, have one name. The API server
// refuses a second controller, so what is observed is this project's.
func (p *project) requireByName(required *composite.Required, i *image) {
	apiVersion := p.xr.Generation.APIVersion(apiVersionRepository)
	found := required.ByName(repositoryKey(i.Name), apiVersion, kindRepository, p.xr.ComposedNamespace(), i.objectName)
	if found == nil {
		return
	}
	if o := observed.From(found); o.Blocks(p.xr) {
		p.leaveTo(i, o)
	}
}

// requireByLabel asks for the objects of a repository in all namespaces that a
// generation has: their names do not meet. Of two that may write, the older keeps it.
func (p *project) requireByLabel(required *composite.Required, i *image, of managed.Generation) {
	apiVersion := of.APIVersion(apiVersionRepository)
	key := repositoryKey(i.Name) + "@" + apiVersion
	for _, found := range required.ByLabel(key, apiVersion, kindRepository, labelRepository, i.label) {
		if o := observed.From(found.GetResource()); o.About(i.region, i.repository) && o.Rivals(i.observed, p.xr, i.config) {
			p.leaveTo(i, o)
		}
	}
}

// leaveTo leaves a repository to an object that has it. One that is being deleted is
// waited for, whoever it belongs to.
func (p *project) leaveTo(i *image, o *observed.Resource) {
	i.free = false
	if o.Deleting() {
		p.advise(i.layer.Path(), "another object of repository %s is being deleted; it is made anew once that is done", i.repository)
		return
	}
	i.takenBy = o.Holder(p.xr)
}

// requireRole asks whether the other generation has the push role. A claim and a
// namespaced composite resource of one namespace and name have one role in AWS, so that
// a team can move; but whoever manages it deletes it when it goes. As with a repository,
// the older object keeps it; the other one only looks.
func (p *project) requireRole(required *composite.Required) {
	if p.spec.GitHub == nil || p.observeOnly() {
		return
	}
	found := p.twinRole(required)
	if found == nil {
		return
	}
	switch o := observed.From(found); {
	case o.ObserveOnly(), o.Deleting() && !o.MayDelete():
	case p.observed.role.Writes() && !o.Older(p.observed.role):
	case o.Deleting():
		p.roleLeft = true
		p.advise(githubPath, "another object of role %s is being deleted, and the role with it; it is made anew once that is done", p.roleName())
	default:
		p.roleLeft, p.roleTakenBy = true, o.Holder(p.xr)
	}
}

// twinRole asks for the other generation's object of the push role. As with a
// repository, a claim asks only until it has one of its own that writes.
func (p *project) twinRole(required *composite.Required) *structpb.Struct {
	apiVersion, kind := p.xr.Generation.Twin().APIVersion(iamv1beta1.CRDGroupVersion.String()), iamv1beta1.Role_Kind
	if p.xr.Generation.Namespaced {
		if p.config.Kind != managed.ClusterProviderConfigKind {
			return nil
		}
		twin := managed.ProviderConfig{Name: p.config.Name}
		return required.ByName(keyPushRole, apiVersion, kind, "", twin.ObjectName(p.roleName()))
	}
	if p.observed.role.Writes() || p.xr.Namespace == "" || !required.Serves(apiVersion, kind) {
		return nil
	}
	return required.ByName(keyPushRole, apiVersion, kind, p.xr.Namespace, p.config.Account().ObjectName(p.roleName()))
}

// roleTaken tells who has the push role.
func (p *project) roleTaken() string {
	return fmt.Sprintf("%s: the push role %s is managed by %s; nothing is done for it until that lets go of it", githubPath, p.roleName(), p.roleTakenBy)
}

// taken tells which repositories somebody else has; empty if none.
func (p *project) taken() string {
	var lines []string
	for n := range p.images {
		if i := &p.images[n]; i.takenBy != "" {
			lines = append(lines, fmt.Sprintf("%s %q: repository %s is managed by %s; nothing is done for this image until that lets go of it", i.layer.Path().Child("name"), i.Name, i.repository, i.takenBy))
		}
	}
	if more := len(lines) - maxTaken; more > 0 {
		lines = append(lines[:maxTaken:maxTaken], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(lines, "\n")
}

// maxTaken is how many taken repositories one message tells.
const maxTaken = 20
