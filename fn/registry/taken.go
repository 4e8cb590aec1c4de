package registry

import (
	"fmt"
	"strings"

	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/observed"
)

// apiVersionRepository is the version in which Repositories are written and read.
const apiVersionRepository = "ecr.aws.upbound.io/v1beta2"

// objectName is the name of the object of an image's repository: the same for all who
// would manage that repository.
func (i *image) objectName() string {
	return i.config.ObjectName(i.region, i.repository)
}

// requireRepositories asks for the object of every repository that is not observed
// yet: another composite resource may have it. Then nothing is rendered for the image,
// so that the owner is not disturbed and the loser is told.
func (p *project) requireRepositories(required *composite.Required) {
	for n := range p.images {
		i := &p.images[n]
		if i.observed != nil {
			continue
		}
		found := required.ByName(repositoryKey(i.Name), p.xr.Generation.APIVersion(apiVersionRepository), "Repository", "", i.objectName())
		if found == nil {
			continue
		}
		p.judge(i, observed.From(found))
	}
}

// judge decides whether an object that there is leaves the repository to this project.
func (p *project) judge(i *image, o *observed.Resource) {
	i.takenBy = o.TakenBy(p.xr)
	i.free = i.takenBy == "" && !o.Deleting()
	if i.free || i.takenBy != "" {
		return
	}
	p.advise(i.layer.Path(), "the object of repository %s is being deleted; it is made anew once that is done", i.repository)
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
