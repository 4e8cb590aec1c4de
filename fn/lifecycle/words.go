package lifecycle

// AWS's words for what a rule counts and does.
const (
	ByCount     = "imageCountMoreThan"
	SincePulled = "sinceImagePulled"
	Transition  = "transition"

	sincePushed       = "sinceImagePushed"
	sinceTransitioned = "sinceImageTransitioned"
	expire            = "expire"
)

// AWS's other words.
const (
	tagged   = "tagged"
	untagged = "untagged"
	anyImage = "any"

	standard = "standard"
	archive  = "archive"

	days = "days"
)

var (
	tagStatuses    = []string{tagged, untagged, anyImage}
	storageClasses = []string{standard, archive}
	countTypes     = []string{ByCount, sincePushed, SincePulled, sinceTransitioned}
	actions        = []string{expire, Transition}
)
