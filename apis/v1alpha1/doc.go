// Package v1alpha1 holds the API of this project: the specs and the statuses of XProjectRegistry and XEcrOrgAccess. The
// schemas of the XRDs are generated from these types alone. Run `make generate` after a change.
//
// The markers of a field say what OpenAPI or CEL can say about it, so that the API server refuses a mistake at once.
// The function validates all of it again, since a local render has no API server.
//
// Optional scalars are pointers and optional lists may be nil: absent means "ask the next layer", while an empty list
// or object is a value. For the same reason no field that a layer can set has a default in the schema.
//
// +kubebuilder:object:generate=false
// +groupName=ecr.ontopix.io
// +versionName=v1alpha1
package v1alpha1

// The API group and version of the composite resources and their claims.
const (
	Group   = "ecr.ontopix.io"
	Version = "v1alpha1"
)

// Kinds of the composite resources.
const (
	XProjectRegistryKind = "XProjectRegistry"
	XEcrOrgAccessKind    = "XEcrOrgAccess"
)
