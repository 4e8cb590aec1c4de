// Package function answers Crossplane's requests: it dispatches each one on the kind of its composite resource.
package function

import (
	"context"
	"fmt"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
)

// A Function composes ECR registries and the access to them.
type Function struct {
	fnv1.UnimplementedFunctionRunnerServiceServer

	log logging.Logger
}

// New returns a Function that logs to log.
func New(log logging.Logger) *Function {
	return &Function{log: log}
}

// RunFunction answers one request. Whatever is wrong with it is told by a Fatal result; an error is for transport alone.
func (f *Function) RunFunction(_ context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	xr := req.GetObserved().GetComposite().GetResource().GetFields()
	kind, apiVersion := xr["kind"].GetStringValue(), xr["apiVersion"].GetStringValue()
	f.log.Debug("Refused a composite resource of an unsupported kind", "kind", kind)
	return &fnv1.RunFunctionResponse{
		Meta:    &fnv1.ResponseMeta{Tag: req.GetMeta().GetTag()},
		Desired: req.GetDesired(),
		Results: []*fnv1.Result{{
			Severity: fnv1.Severity_SEVERITY_FATAL,
			Message:  fmt.Sprintf("composite resource kind %q of %q is not supported", kind, apiVersion),
		}},
	}, nil
}
