// Package function answers Crossplane's requests: it dispatches each one on the kind
// of its composite resource.
package function

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/crossplane/function-sdk-go/logging"
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

	log     logging.Logger
	now     func() time.Time
	require bool
	refused func(rules []string, reason string)
	kinds   discovery
}

// An Option changes a Function.
type Option func(*Function)

// WithClock makes the function take the day, which dated exceptions depend on, from a
// clock. The default is the time.
func WithClock(now func() time.Time) Option { return func(f *Function) { f.now = now } }

// WithSettingsRequired makes the function refuse composite resources while the platform
// team's EnvironmentConfig that the Composition names does not exist, even where the
// Composition says that it is optional.
func WithSettingsRequired() Option { return func(f *Function) { f.require = true } }

// WithLog makes the function log each request: a refused one as information, any other
// one for debugging. The default is not to log.
func WithLog(log logging.Logger) Option { return func(f *Function) { f.log = log } }

// WithRefusals calls observe for each refused request, with the IDs of the rules that it
// breaks and the reason of its condition Valid.
func WithRefusals(observe func(rules []string, reason string)) Option {
	return func(f *Function) { f.refused = observe }
}

// WithDiscovery makes the function remember for so long that the cluster serves a kind, so that not each new claim asks.
// All requests must be of one cluster. The default is to remember nothing.
func WithDiscovery(holds time.Duration) Option {
	return func(f *Function) { f.kinds.holds = holds }
}

// New returns a Function.
func New(options ...Option) *Function {
	f := &Function{log: logging.NewNopLogger(), now: time.Now, refused: func([]string, string) {}}
	f.kinds.until = map[string]time.Time{}
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

// maxName is how much of a name that a request chooses is repeated, in bytes: all of any
// name in Kubernetes.
const maxName = 253

// RunFunction answers one request. Whatever is wrong with it is told by a Fatal result, so
// that Crossplane changes nothing. An error is for transport alone, and a panic is for the
// server, which answers by InternalError.
func (f *Function) RunFunction(_ context.Context, in *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	req := composite.Read(in, f.now())
	req.SettingsRequired = f.require
	req.Served = f.kinds.learn(req.Fetched, req.Now)
	answer := compose(req)
	f.report(req.XR, in.GetMeta().GetTag(), answer)
	return composite.Respond(in, req.XR, answer), nil
}

// Answer answers one request as RunFunction does, and says it in values.
func (f *Function) Answer(in *fnv1.RunFunctionRequest) composite.Answer {
	return compose(composite.Read(in, f.now()))
}

// compose answers a request for the kind of its composite resource.
func compose(req composite.Request) composite.Answer {
	x := req.XR
	switch (kind{x.APIVersion, x.Kind}) {
	case claimedRegistry, namespacedRegistry:
		answer := registry.Render(req)
		answer.Listed = true // in status.repositories
		return answer
	case claimedOrgAccess, namespacedOrgAccess:
		return orgaccess.Render(req)
	default:
		return composite.Answer{Refused: true, Valid: composite.Verdict{
			Reason:  v1alpha1.ReasonInvalidSpec,
			Message: fmt.Sprintf("this function does not compose %s %q", fault.Cut(x.Kind, maxName), fault.Cut(x.APIVersion, maxName)),
		}}
	}
}

// InternalError answers a request that the function failed on: nothing changes. The answer
// holds nothing that is desired, since that may be what is too large.
func (f *Function) InternalError(in *fnv1.RunFunctionRequest, message string) *fnv1.RunFunctionResponse {
	x := composite.ReadXR(in.GetObserved().GetComposite().GetResource())
	verdict := composite.Verdict{Reason: v1alpha1.ReasonInternalError, Message: message}
	f.report(x, in.GetMeta().GetTag(), composite.Answer{Refused: true, Valid: verdict})
	return composite.Fail(in, x, verdict)
}

// report logs an answer, and counts it if it refuses. It names the claim, or the composite
// resource if there is none, and nothing of the spec.
func (f *Function) report(x *composite.XR, tag string, answer composite.Answer) {
	object := *cmp.Or(x.Claim, &composite.Claim{Kind: x.Kind, Namespace: x.Namespace, Name: x.Name})
	log := f.log.WithValues(
		"kind", fault.Cut(object.Kind, maxName), "namespace", fault.Cut(object.Namespace, maxName), "name", fault.Cut(object.Name, maxName),
		"composite", fault.Cut(x.Name, maxName), "tag", fault.Cut(tag, maxName))
	if !answer.Refused {
		log.Debug("Answered a request")
		return
	}
	rules := make([]string, len(answer.Faults))
	for i, fault := range answer.Faults {
		rules[i] = fault.ID
	}
	slices.Sort(rules)
	rules = slices.Compact(rules)
	log.Info("Refused a request", "reason", answer.Valid.Reason, "rules", rules)
	f.refused(rules, answer.Valid.Reason)
}
