package v1alpha1

import "maps"

// The methods below return what to do instead of writing an unknown field, by the name of that field. A field of
// another object of the API needs no hint: the message says where it belongs.

// Hints returns hints on unknown fields of a lifecycle rule.
func (LifecycleRule) Hints() map[string]string {
	const order = "the order of the list is the priority: leave it out"
	return map[string]string{"rulePriority": order, "priority": order}
}

// Hints returns hints on unknown fields of a repository's settings: AWS's and Terraform's names.
func (RepositorySettings) Hints() map[string]string {
	const (
		mutability = "write imageTagMutability"
		scan       = "write scanOnPush"
		encryption = "write encryption, with type and kmsKey"
		lifecycle  = "write lifecycle, with untaggedExpiryDays, keepImages or rules"
	)
	return map[string]string{
		"tagMutability":              mutability,
		"mutability":                 mutability,
		"mutable":                    mutability,
		"immutable":                  mutability,
		"imageScanningConfiguration": scan,
		"scan":                       scan,
		"scanning":                   scan,
		"encryptionConfiguration":    encryption,
		"encryptionType":             encryption,
		"kms":                        encryption,
		"kmsKeyArn":                  encryption,
		"kmsKeyId":                   encryption,
		"lifecyclePolicy":            lifecycle,
		"retention":                  lifecycle,
		"retentionDays":              lifecycle,
		"repositoryPolicy":           "write pull",
		"policy":                     "write pull",
	}
}

// Hints returns hints on unknown fields of an image.
func (i Image) Hints() map[string]string {
	const name = "write name: the repository is <project>/<name>"
	hints := i.RepositorySettings.Hints()
	maps.Copy(hints, map[string]string{"repository": name, "repositoryName": name, "image": name})
	return hints
}

// Hints returns hints on unknown fields of Pull.
func (Pull) Hints() map[string]string {
	const lambda = `write "lambda: true", and its accounts`
	return map[string]string{"service": lambda, "services": lambda}
}

// Hints returns hints on unknown fields of the contexts of a workflow run: GitHub's names.
func (GitHubContexts) Hints() map[string]string {
	const contexts = "write branches, tags, environments or pullRequests"
	return map[string]string{"ref": contexts, "refs": contexts, "sub": contexts, "subject": contexts, "subjects": contexts}
}

// Hints returns hints on unknown fields of a project registry's spec.
func (ProjectRegistryParameters) Hints() map[string]string {
	hints := perRepository("belongs to an image, or to spec.defaults for all images")
	hints["repositories"] = "write images: the repositories are <project>/<name>; those of GitHub belong to github.repositories"
	hints["repository"] = hints["repositories"]
	return hints
}

// perRepository returns one hint for all fields of RepositorySettings.
func perRepository(hint string) map[string]string {
	hints := map[string]string{}
	for _, name := range []string{
		"imageTagMutability", "imageTagMutabilityExclusionFilters", "scanOnPush", "encryption", "lifecycle", "pull",
		"deletionPolicy", "forceDelete", "tags",
	} {
		hints[name] = hint
	}
	return hints
}
