// Package function answers Crossplane's requests: it dispatches each one on the kind
// of its composite resource.
package function

import (
	"context"
	"fmt"
	"time"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	mv1alpha1 "github.com/ontopix/crossplane-ecr/apis/m/v1alpha1"
	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/orgaccess"
	"github.com/ontopix/crossplane-ecr/fn/registry"
)

// A Function composes ECR registries and the access to them.
type Function struct {
	fnv1.UnimplementedFunctionRunnerServiceServer

	now     func() time.Time
	refused func(rule string)
}

// An Option changes a Function.
type Option func(*Function)

// WithClock makes the function take the day, which dated exceptions depend on, from a
// clock. The default is the time.
func WithClock(now func() time.Time) Option { return func(f *Function) { f.now = now } }

// WithRefusals calls observe with the ID of each rule that a refused request breaks.
func WithRefusals(observe func(rule string)) Option {
	return func(f *Function) { f.refused = observe }
}

// New returns a Function.
func New(options ...Option) *Function {
	f := &Function{now: time.Now, refused: func(string) {}}
	for _, o := range options {
		o(f)
	}
	return f
}

// A kind of composite resource, as it names itself.
type kind struct{ apiVersion, kind string }

// The kinds that there are.
var (
	claimedRegistry     = kind{v1alpha1.Group + "/" + v1alpha1.Version, v1alpha1.XProjectRegistryKind}
	claimedOrgAccess    = kind{v1alpha1.Group + "/" + v1alpha1.Version, v1alpha1.XEcrOrgAccessKind}
	namespacedRegistry  = kind{mv1alpha1.Group + "/" + mv1alpha1.Version, mv1alpha1.ProjectRegistryKind}
	namespacedOrgAccess = kind{mv1alpha1.Group + "/" + mv1alpha1.Version, mv1alpha1.EcrOrgAccessKind}
)

// maxName is how much is told of the name of a kind that there is not, in bytes.
const maxName = 100

// RunFunction answers one request. Whatever is wrong with it is told by a Fatal
// result, so that Crossplane changes nothing; an error is for transport alone. A panic
// is the server's to answer, by InternalError.
func (f *Function) RunFunction(_ context.Context, in *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	req := composite.Read(in, f.now())
	answer := compose(req)
	for _, fault := range answer.Faults {
		f.refused(fault.ID)
	}
	return composite.Respond(in, req.XR, answer), nil
}

// compose answers a request for the kind of its composite resource.
func compose(req composite.Request) composite.Answer {
	x := req.XR
	switch (kind{x.APIVersion, x.Kind}) {
	case claimedRegistry, namespacedRegistry:
		return registry.Render(req)
	case claimedOrgAccess, namespacedOrgAccess:
		return orgaccess.Render(req)
	default:
		return composite.Answer{Refused: true, Valid: composite.Verdict{
			Reason:  v1alpha1.ReasonInvalidSpec,
			Message: fmt.Sprintf("this function does not compose %s %q", fault.Cut(x.Kind, maxName), fault.Cut(x.APIVersion, maxName)),
		}}
	}
}

// InternalError answers a request that the function failed on: nothing changes. It
// holds nothing that is desired, since that may be what is too large.
func InternalError(in *fnv1.RunFunctionRequest, message string) *fnv1.RunFunctionResponse {
	return composite.Fail(in, composite.Verdict{Reason: v1alpha1.ReasonInternalError, Message: message})
}
