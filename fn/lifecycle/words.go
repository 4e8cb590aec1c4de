package lifecycle

import "github.com/ontopix/crossplane-ecr/apis/v1alpha1"

// AWS's words.
const (
	tagged   = "tagged"
	untagged = "untagged"
	anyImage = "any"

	standard = "standard"
	archive  = "archive"

	byCount             = "imageCountMoreThan"
	sincePushed         = "sinceImagePushed"
	sincePulled         = "sinceImagePulled"
	sinceTransitioned   = "sinceImageTransitioned"
	days                = "days"
	expire              = "expire"
	transition          = "transition"
	minTransitionedDays = 90
)

var (
	tagStatuses    = []string{tagged, untagged, anyImage}
	storageClasses = []string{standard, archive}
	countTypes     = []string{byCount, sincePushed, sincePulled, sinceTransitioned}
	actions        = []string{expire, transition}
)

// storageClass returns the class of the images that a rule can select. The count
// type decides it: archived images are selected by sinceImageTransitioned and by
// nothing else. Only where that says nothing does the written class.
func storageClass(s v1alpha1.LifecycleSelection) string {
	switch s.CountType {
	case sinceTransitioned:
		return archive
	case byCount, sincePushed, sincePulled:
		return standard
	}
	if s.StorageClass != nil {
		return *s.StorageClass
	}
	return standard
}
