// Package v1alpha1 holds the API of this project: the specs and the statuses of
// XProjectRegistry and XEcrOrgAccess. The XRDs' schemas are generated from these
// types and from nothing else; run `make generate` after a change.
//
// What OpenAPI or CEL can say about a field is said in its markers, so that the
// API server refuses a mistake at once. The function says all of it again,
// because a local render has no API server.
//
// Optional scalars are pointers and optional lists may be nil: absent means "ask
// the next layer", and an empty list or object is an answer of its own. For the
// same reason no field that a layer can set has a schema default.
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
