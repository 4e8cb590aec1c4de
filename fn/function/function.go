// Package function answers Crossplane's requests: it dispatches each one on the kind
// of its composite resource.
package function

import (
	"context"
	"fmt"
	"time"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	mv1alpha1 "github.com/ontopix/crossplane-ecr/apis/m/v1alpha1"
	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/orgaccess"
	"github.com/ontopix/crossplane-ecr/fn/registry"
)

// A Renderer answers the requests for one kind of composite resource, on a day. What
// it returns of faults it has told in the response; an error is a fault of its own.
type Renderer func(req *fnv1.RunFunctionRequest, rsp *fnv1.RunFunctionResponse, x *composite.XR, today time.Time) (fault.List, error)

// A kind of composite resource, as it names itself.
type kind struct {
	apiVersion, kind string
}

// renderers are all kinds that there are. Both generations of one share a renderer.
var renderers = map[kind]Renderer{
	{managed.Claimed.Group + "/" + v1alpha1.Version, v1alpha1.XProjectRegistryKind}:     registry.Render,
	{managed.Namespaced.Group + "/" + mv1alpha1.Version, mv1alpha1.ProjectRegistryKind}: registry.Render,
	{managed.Claimed.Group + "/" + v1alpha1.Version, v1alpha1.XEcrOrgAccessKind}:        orgaccess.Render,
	{managed.Namespaced.Group + "/" + mv1alpha1.Version, mv1alpha1.EcrOrgAccessKind}:    orgaccess.Render,
}

// A Function composes ECR registries and the access to them.
type Function struct {
	fnv1.UnimplementedFunctionRunnerServiceServer

	log     logging.Logger
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

// New returns a Function that logs to log.
func New(log logging.Logger, options ...Option) *Function {
	f := &Function{log: log, now: time.Now, refused: func(string) {}}
	for _, o := range options {
		o(f)
	}
	return f
}

// maxName is how much is told of the name of a kind that there is not, in bytes.
const maxName = 100

// RunFunction answers one request. Whatever is wrong with it is told by a Fatal
// result, so that Crossplane changes nothing; an error is for transport alone. A panic
// is the server's to answer, by InternalError.
func (f *Function) RunFunction(_ context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	x := composite.Read(req)
	render, ok := renderers[kind{x.APIVersion, x.Kind}]
	rsp := composite.Start(req)
	if !ok {
		x.Refuse(rsp, composite.Verdict{
			Reason:  v1alpha1.ReasonInvalidSpec,
			Message: fmt.Sprintf("this function does not compose %s %q", fault.Cut(x.Kind, maxName), fault.Cut(x.APIVersion, maxName)),
		})
		return rsp, nil
	}
	faults, err := render(req, rsp, x, f.now())
	if err != nil {
		f.log.Info("Cannot render", "tag", req.GetMeta().GetTag(), "kind", x.Kind, "namespace", x.Namespace, "name", x.Name, "error", err)
		return InternalError(req, "the function cannot render this; its log has the details"), nil
	}
	for _, fault := range faults {
		f.refused(fault.ID)
	}
	return rsp, nil
}

// InternalError answers a request that the function failed on: nothing changes. It
// holds nothing that is desired, since that may be what is too large.
func InternalError(req *fnv1.RunFunctionRequest, message string) *fnv1.RunFunctionResponse {
	rsp := &fnv1.RunFunctionResponse{Meta: &fnv1.ResponseMeta{Tag: req.GetMeta().GetTag()}}
	composite.Read(req).Refuse(rsp, composite.Verdict{Reason: v1alpha1.ReasonInternalError, Message: message})
	return rsp
}
