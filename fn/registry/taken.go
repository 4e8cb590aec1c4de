package registry

import (
	"fmt"
	"strings"

	iamv1beta1 "github.com/upbound/provider-aws/v2/apis/cluster/iam/v1beta1"

	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/ownership"
)

// apiVersionRepository is the version in which Repositories are written and read.
const (
	apiVersionRepository = "ecr.aws.upbound.io/v1beta2"
	kindRepository       = "Repository"
)

// findOwners finds out who else has the project's repositories and its push role. Then nothing is rendered for them,
// so that the owner is not disturbed and the loser is told.
func (p *project) findOwners(req composite.Request) composite.Lookups {
	var things []ownership.Thing
	for n := range p.images {
		things = append(things, p.repositoryThing(&p.images[n]))
	}
	if p.spec.GitHub != nil && !p.observeOnly() {
		things = append(things, p.roleThing())
	}
	owners, lookups := ownership.Decide(req, things)
	for n := range p.images {
		if o, ok := owners[repositoryKey(p.images[n].Name)]; ok {
			p.leaveTo(&p.images[n], o)
		}
	}
	if o, ok := owners[keyPushRole]; ok {
		p.roleLeft, p.roleTakenBy = true, o.Name
		if o.Leaving {
			p.roleTakenBy = ""
			p.advise(githubPath, "another object of role %s is being deleted, and the role with it; it is made anew once that is done", p.roleName())
		}
	}
	return lookups
}

func (p *project) repositoryThing(i *image) ownership.Thing {
	return ownership.Thing{
		Key:        repositoryKey(i.Name),
		APIVersion: apiVersionRepository, Kind: kindRepository,
		ProviderConfig: i.config, Identity: []string{i.region, i.repository},
		Region: i.region, External: i.repository,
		Shared: p.observeOnly(), // who only looks is in nobody's way, nor is anybody in theirs
		Label:  labelRepository, Value: i.label, Everywhere: true,
		Served: true,
		Ours:   i.observed,
	}
}

// roleThing is the push role. A claim and a namespaced composite resource of one namespace and name have one role in
// AWS, so that a team can move; but whoever manages it deletes it when it goes.
func (p *project) roleThing() ownership.Thing {
	return ownership.Thing{
		Key:        keyPushRole,
		APIVersion: iamv1beta1.CRDGroupVersion.String(), Kind: iamv1beta1.Role_Kind,
		ProviderConfig: p.config, Identity: []string{p.roleName()},
		External: p.roleName(),
		Served:   true,
		Ours:     p.observed.role,
	}
}

// leaveTo leaves a repository to an object that has it. One that is being deleted is
// waited for, whoever it belongs to.
func (p *project) leaveTo(i *image, o ownership.Owner) {
	i.free = false
	if o.Leaving {
		p.advise(i.layer.Path(), "another object of repository %s is being deleted; it is made anew once that is done", i.repository)
		return
	}
	i.takenBy = o.Name
}

// roleTaken tells who has the push role.
func (p *project) roleTaken() string {
	return fmt.Sprintf("%s: the push role %s is managed by %s; nothing is done for it until it is released", githubPath, p.roleName(), p.roleTakenBy)
}

// taken tells which repositories somebody else has; empty if none.
func (p *project) taken() string {
	var lines []string
	for n := range p.images {
		if i := &p.images[n]; i.takenBy != "" {
			lines = append(lines, fmt.Sprintf("%s %q: repository %s is managed by %s; nothing is done for this image until it is released", i.layer.Path().Child("name"), i.Name, i.repository, i.takenBy))
		}
	}
	if more := len(lines) - maxTaken; more > 0 {
		lines = append(lines[:maxTaken:maxTaken], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(lines, "\n")
}

// maxTaken is how many taken repositories one message tells.
const maxTaken = 20
