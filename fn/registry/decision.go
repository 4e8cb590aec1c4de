package registry

import (
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/observed"
)

// Region, provider config and project are decided once AWS has something of the project. Until then mistakes can be
// corrected. The observed repositories show what is decided or, if there are none, the status does.

// firstRepository returns the Repository with the lowest key of some observed objects; nil if there is none.
func firstRepository(objects map[string]*observed.Resource) *observed.Resource {
	first := ""
	for key := range objects {
		if t, _, _ := parseKey(key); t == typeRepository && (first == "" || key < first) {
			first = key
		}
	}
	return objects[first]
}

// decidedRegion returns the region of the first observed Repository, else the status's; empty if neither has one.
func decidedRegion(first *observed.Resource, decided *v1alpha1.ProjectRegistryStatus) string {
	if first != nil && first.Spec.ForProvider.Region != "" {
		return first.Spec.ForProvider.Region
	}
	if aws.IsRegion(decided.Region) {
		return decided.Region
	}
	return ""
}

// unmade reports whether AWS is known to have nothing of the project: the status lists repositories, none of which was
// created, and no observed object has reported anything since.
func unmade(found observed.Objects, before *v1alpha1.ProjectRegistryStatus) bool {
	made := len(before.Repositories) == 0 || len(before.Retained) > 0 || before.PushRoleARN != ""
	for _, r := range before.Repositories {
		made = made || r.ARN != ""
	}
	for _, objects := range []map[string]*observed.Resource{found.Counted, found.Misplaced} {
		for _, r := range objects {
			made = made || r.Exists() || r.Ready()
		}
	}
	return !made
}

// validateProject validates the project and its namespace against the decided ones.
func validateProject(project string, x *composite.XR, decided *v1alpha1.ProjectRegistryStatus) fault.List {
	var l fault.List
	if was := decided.Project; was != "" && project != "" && was != project {
		l.Invalid(projectPath, project, "the project is %q and cannot change: it is part of every repository's name", was)
	}
	if was := decided.Namespace; was != "" && was != x.Namespace {
		l.Invalid(specPath.Child("claimRef", "namespace"), x.Namespace,
			"the project was written in namespace %q, and cannot move to another", was)
	}
	return l
}

// decidedProviderConfig returns the provider config of the first observed Repository, else the status's; nil if neither
// has one. It cannot change, because with another one the repositories would be in another account.
func decidedProviderConfig(
	first *observed.Resource, x *composite.XR, decided *v1alpha1.ProjectRegistryStatus,
) *managed.ProviderConfig {
	if config := first.ProviderConfig(x); config != nil || decided.ProviderConfig == "" {
		return config
	}
	kind, name, ok := strings.Cut(decided.ProviderConfig, "/")
	if !ok {
		kind, name = "", decided.ProviderConfig
	}
	c := x.ProviderConfig(kind, name)
	return &c
}

// chosenProviderConfig returns the provider config that the author of the composite resource chose, and its field: the
// spec's or, for a namespaced one, the status's, since its team may be able to write its status.
func chosenProviderConfig(p *Plan, first *observed.Resource, decided *managed.ProviderConfig) (*managed.ProviderConfig, *field.Path) {
	switch {
	case p.written.ProviderConfig != nil:
		return p.written.ProviderConfig, configPath.Child("name")
	case p.xr.Generation.Namespaced && first.ProviderConfig(p.xr) == nil && decided != nil:
		return decided, statusPath.Child("providerConfig")
	}
	return nil, nil
}
