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

// While AWS has nothing of a project, nothing of it is decided, so that a mistake can be corrected. Then what the observed
// repositories have cannot change any more, and else what the status tells.

// decidedRegion is empty if none is decided.
func decidedRegion(o observations, decided *v1alpha1.ProjectRegistryStatus) string {
	if o.first != nil && o.first.Spec.ForProvider.Region != "" {
		return o.first.Spec.ForProvider.Region
	}
	if aws.IsRegion(decided.Region) {
		return decided.Region
	}
	return ""
}

// unmade reports whether AWS is known to have nothing of the project: the status lists the repositories, none of them was
// made, and no object has reported anything since.
func unmade(o observations, before *v1alpha1.ProjectRegistryStatus) bool {
	made := len(before.Repositories) == 0 || len(before.Retained) > 0 || before.PushRoleARN != ""
	for _, r := range before.Repositories {
		made = made || r.ARN != ""
	}
	for _, objects := range []map[string]*observed.Resource{o.objects, o.elsewhere} {
		for _, r := range objects {
			made = made || r.Exists() || r.Ready()
		}
	}
	return !made
}

// validateProject returns what of the project is written otherwise than it is decided.
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

// decidedProviderConfig is nil if none is decided: with another one the repositories would be in another account.
func decidedProviderConfig(o observations, x *composite.XR, decided *v1alpha1.ProjectRegistryStatus) *managed.ProviderConfig {
	if config := o.first.ProviderConfig(x); config != nil || decided.ProviderConfig == "" {
		return config
	}
	kind, name, ok := strings.Cut(decided.ProviderConfig, "/")
	if !ok {
		kind, name = "", decided.ProviderConfig
	}
	c := x.ProviderConfig(kind, name)
	return &c
}

// chosenProviderConfig returns the provider config that whoever wrote the composite resource chose, and the field: that
// of the spec or, of a namespaced one, that of the status, which may be the team's to write.
func chosenProviderConfig(p *Plan, decided *managed.ProviderConfig) (*managed.ProviderConfig, *field.Path) {
	switch {
	case p.written.ProviderConfig != nil:
		return p.written.ProviderConfig, configPath.Child("name")
	case p.xr.Generation.Namespaced && p.observed.first.ProviderConfig(p.xr) == nil && decided != nil:
		return decided, statusPath.Child("providerConfig")
	}
	return nil, nil
}
