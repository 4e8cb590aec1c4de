package v1alpha1

// The methods below tell what people write in place of the fields that there are, and what to do
// instead: a message that says so saves them a search.

// Hints by the name of a field that a lifecycle rule does not have.
func (LifecycleRule) Hints() map[string]string {
	return map[string]string{"rulePriority": "the order of the list is the priority: leave it out"}
}

// Hints by the name of a field that the spec of a project registry does not have.
func (ProjectRegistryParameters) Hints() map[string]string {
	return perRepository("belongs to an image, or to spec.defaults for all images")
}

// perRepository gives one hint to all fields of RepositorySettings.
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
