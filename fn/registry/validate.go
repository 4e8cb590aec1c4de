package registry

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/github"
	"github.com/ontopix/crossplane-ecr/fn/policy"
	"github.com/ontopix/crossplane-ecr/fn/settings"
)

// validate returns the faults of a plan, both in what was written and in what is in force.
func validate(p *Plan) fault.List {
	l := validateImages(p)
	l.Add(p.defaults.Validate()...)
	if p.written.GitHub != nil {
		l.Add(github.ValidateProject(p.written.GitHub, githubPath)...)
	}
	l.Add(validateManagement(p.written.ManagementPolicies)...)
	if org := p.role.orgAccess; org != nil {
		l.Add(policy.TrustLimit(org.Quotas).Check(p.role.trust, githubPath)...)
		l.Add(policy.InlineLimit.Check(p.role.permissions, githubPath)...)
	}
	return l
}

func validateImages(p *Plan) fault.List {
	var l fault.List
	if len(p.images) == 0 {
		l.Required(imagesPath, "at least one image")
	}
	seen := make(map[string]bool, len(p.images))
	for _, i := range p.images {
		switch {
		case i.name == "":
			l.Required(i.namePath(), "the name of the image")
		case !aws.IsRepositoryPath(i.name):
			l.AWS("repository.name", i.namePath(), i.name, "must be lower case letters and digits in parts joined by one of . _ - /")
		case len(i.repository) > aws.MaxRepositoryName:
			l.AWS("repository.name", i.namePath(), i.name,
				"the repository's name, <project>/<image>, has %d characters; at most %d are allowed", len(i.repository), aws.MaxRepositoryName)
		case seen[i.name]:
			l.Invalid(i.namePath(), i.name, "another image has this name")
		}
		seen[i.name] = true
		l.Add(i.written.Validate()...)
		l.Add(validateEffective(p, i)...)
	}
	return l
}

// validateEffective validates what depends on several layers, or on the region.
func validateEffective(p *Plan, i *image) fault.List {
	var l fault.List
	if n := len(i.effective.Tags) + len(settings.FunctionTags); n > aws.MaxTags {
		l.AWS("tags", tagsPath(p, i), nil,
			"%d tags in all, with those of all layers and the function's own %d; at most %d are allowed, since the provider adds three to them",
			n, len(settings.FunctionTags), aws.MaxTags)
	}
	l.Add(validateKey(p, i)...)
	if i.effective.Pull.Layer == nil {
		return l
	}
	path := i.effective.Pull.Layer.Path().Child("pull")
	partition := aws.Partition(i.region)
	for n, s := range i.effective.Pull.Value.Principals {
		if a, ok := aws.ParseARN(s); ok && i.region != "" && a.Partition != partition {
			l.AWS("policy.principal", path.Child("principals").Index(n), s, "must be of partition %s", partition)
		}
	}
	l.Add(policy.RepositoryLimit.Check(i.grants, path)...)
	return l
}

// validateKey validates the KMS key of a repository against its region.
func validateKey(p *Plan, i *image) fault.List {
	var l fault.List
	e := i.effective.Encryption
	if e.Value.KMSKey == "" || i.region == "" {
		return nil
	}
	path := i.pathOf(e.Layer).Child("encryption", "kmsKey")
	partition := aws.Partition(i.region)
	switch key, ok := aws.IsKMSKeyARN(e.Value.KMSKey); {
	case !ok:
	case key.Partition != partition:
		l.AWS("repository.encryption", path, e.Value.KMSKey, "must be a key of partition %s", partition)
	case key.Region != i.region:
		rule := "must be a key of the repository's region, %s"
		if slices.Contains(p.platform.Defaults, e.Layer) {
			rule += "; in another region than the platform team's, name one in spec.defaults.encryption"
		}
		l.AWS("repository.encryption", path, e.Value.KMSKey, rule, i.region)
	}
	return l
}

// tagsPath returns the path of the tags in the nearest layer that has any.
func tagsPath(p *Plan, i *image) *field.Path {
	layers := append(slices.Clone(p.platform.Defaults), p.defaults, i.written)
	for _, l := range slices.Backward(layers) {
		if l != nil && len(l.Tags) > 0 {
			return l.Path().Child("tags")
		}
	}
	return i.path().Child("tags")
}

// validManagement reports whether a list of management policies is one of the allowed ones, in any order.
func validManagement(given []v1alpha1.ManagementAction) bool {
	switch fmt.Sprintf("%q", slices.Sorted(slices.Values(given))) {
	case `["Observe"]`, `["Create" "Observe" "Update"]`, `["Create" "Delete" "Observe" "Update"]`:
		return true
	}
	return false
}

func validateManagement(given []v1alpha1.ManagementAction) fault.List {
	var l fault.List
	if given == nil || validManagement(given) {
		return nil
	}
	names := make([]string, len(given))
	for n, a := range given {
		names[n] = string(a)
	}
	l.Invalid(managePath, "["+strings.Join(names, ", ")+"]",
		"must be [Observe], [Observe, Create, Update] or [Observe, Create, Update, Delete]")
	return l
}

// Bounds of what is rendered for one project, in bytes. Its policies must fit into etcd with the objects that hold
// them. All of it must fit into gRPC's 4 MiB, with status and conditions.
const (
	maxPolicies = 1 << 20
	maxDesired  = 7 << 19
)

// tagBytes is the size of a tag without its key and its value, in bytes.
const tagBytes = 16

// validateSizes validates the size of an otherwise valid plan. Only policies and tags count: the rest is small.
func validateSizes(p *Plan) fault.List {
	var l fault.List
	policies, tags := 0, 0
	for _, i := range p.images {
		policies += len(i.lifecycle) + len(i.grants)
		for k, v := range i.effective.Tags {
			tags += len(k) + len(v.Value) + tagBytes
		}
	}
	switch size := policies + tags; {
	case policies > maxPolicies:
		l.Invalid(imagesPath, nil,
			"the lifecycle and repository policies of all images have %d bytes together, at most %d fit into one project registry",
			policies, maxPolicies)
	case size > maxDesired:
		l.Invalid(imagesPath, nil,
			"the tags and policies of all images have %d bytes together, at most %d fit into one project registry: use "+
				"fewer tags, or split the images over several", size, maxDesired)
	}
	return l
}
