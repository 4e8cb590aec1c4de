package registry

import (
	"cmp"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/observed"
)

// A decision is what cannot change any more, since AWS has something of the project; each empty if it is not known. While
// AWS has nothing, nothing is decided, so that a mistake can be corrected.
type decision struct {
	project, namespace string
	region             string
	config             *managed.ProviderConfig
}

// decide returns what the observed repositories have, since AWS cannot move them, and else what the status tells.
func decide(o observations, x *composite.XR, before *v1alpha1.ProjectRegistryStatus) decision {
	d := decision{project: before.Project, namespace: before.Namespace, config: decidedProviderConfig(o, x, before)}
	if aws.IsRegion(before.Region) {
		d.region = before.Region
	}
	if r := o.first; r != nil {
		d.region = cmp.Or(r.Spec.ForProvider.Region, d.region)
	}
	return d
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
func validateProject(project string, x *composite.XR, decided decision) fault.List {
	var l fault.List
	if was := decided.project; was != "" && project != "" && was != project {
		l.Invalid(projectPath, project, "the project is %q and cannot change: it is part of every repository's name", was)
	}
	if was := decided.namespace; was != "" && was != x.Namespace {
		l.Invalid(specPath.Child("claimRef", "namespace"), x.Namespace,
			"the project was written in namespace %q, and cannot move to another", was)
	}
	return l
}

// decidedProviderConfig is the one that the observed repositories have, since with another one they would be in another
// account; else the one that the status tells; nil if there is neither.
func decidedProviderConfig(o observations, x *composite.XR, before *v1alpha1.ProjectRegistryStatus) *managed.ProviderConfig {
	if config := o.first.ProviderConfig(x); config != nil || before.ProviderConfig == "" {
		return config
	}
	kind, name, ok := strings.Cut(before.ProviderConfig, "/")
	if !ok {
		kind, name = "", before.ProviderConfig
	}
	c := x.ProviderConfig(kind, name)
	return &c
}

// chosenProviderConfig returns the provider config that whoever wrote the composite resource chose, and the field: that
// of the spec or, of a namespaced one, that of the status, which may be the team's to write.
func chosenProviderConfig(p *Plan, decided decision) (*managed.ProviderConfig, *field.Path) {
	switch {
	case p.written.ProviderConfig != nil:
		return p.written.ProviderConfig, configPath.Child("name")
	case p.xr.Generation.Namespaced && p.observed.first.ProviderConfig(p.xr) == nil && decided.config != nil:
		return decided.config, statusPath.Child("providerConfig")
	}
	return nil, nil
}
