// Package function answers Crossplane's requests. It dispatches each one on the kind of its composite resource.
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

	log              logging.Logger
	now              func() time.Time
	settingsRequired bool
	refused          func(rules []string, reason string)
	discovery        discovery
}

// An Option changes a Function.
type Option func(*Function)

// WithClock sets the clock. Its day decides which dated exceptions hold. The default is time.Now.
func WithClock(now func() time.Time) Option { return func(f *Function) { f.now = now } }

// WithSettingsRequired makes the function refuse composite resources while the platform team's EnvironmentConfig does
// not exist, even where the Composition says that it is optional.
func WithSettingsRequired() Option { return func(f *Function) { f.settingsRequired = true } }

// WithLog makes the function log refused requests, and all others at debug level. The default is not to log.
func WithLog(log logging.Logger) Option { return func(f *Function) { f.log = log } }

// WithRefusals makes the function call observe for each refused request, with the IDs of the rules that it breaks and
// the reason of its condition Valid.
func WithRefusals(observe func(rules []string, reason string)) Option {
	return func(f *Function) { f.refused = observe }
}

// WithDiscovery makes the function remember for a time that the cluster serves a kind, so that not every new claim
// asks. All requests must come from one cluster. The default is to remember nothing.
func WithDiscovery(holds time.Duration) Option {
	return func(f *Function) { f.discovery.holds = holds }
}

// New returns a Function.
func New(options ...Option) *Function {
	f := &Function{log: logging.NewNopLogger(), now: time.Now, refused: func([]string, string) {}}
	f.discovery.until = map[string]time.Time{}
	for _, o := range options {
		o(f)
	}
	return f
}

// A kind of composite resource.
type kind struct{ apiVersion, kind string }

var (
	claimedRegistry     = kind{v1alpha1.Group + "/" + v1alpha1.Version, v1alpha1.XProjectRegistryKind}
	claimedOrgAccess    = kind{v1alpha1.Group + "/" + v1alpha1.Version, v1alpha1.XEcrOrgAccessKind}
	namespacedRegistry  = kind{mv1alpha1.Group + "/" + mv1alpha1.Version, mv1alpha1.ProjectRegistryKind}
	namespacedOrgAccess = kind{mv1alpha1.Group + "/" + mv1alpha1.Version, mv1alpha1.EcrOrgAccessKind}
)

// maxName is the length in bytes to which the names in a request are cut where they are repeated. No name in Kubernetes
// is longer.
const maxName = 253

// RunFunction answers one request. It reports whatever is wrong with the request as a Fatal result, so that Crossplane
// changes nothing. It never returns an error: errors are for transport. The server answers a panic with InternalError.
func (f *Function) RunFunction(_ context.Context, in *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	req := composite.Read(in, f.now())
	req.SettingsRequired = f.settingsRequired
	req.Served = f.discovery.learn(req.Served, req.Now)
	answer := compose(req)
	f.report(req.XR, in.GetMeta().GetTag(), answer)
	return composite.Respond(in, req.XR, answer), nil
}

// Answer answers one request as RunFunction does, and returns the answer as values.
func (f *Function) Answer(in *fnv1.RunFunctionRequest) composite.Answer {
	return compose(composite.Read(in, f.now()))
}

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
			Message: fmt.Sprintf("this function does not compose %s %q", fault.Truncate(x.Kind, maxName), fault.Truncate(x.APIVersion, maxName)),
		}}
	}
}

// InternalError answers a request on which the function failed, so that nothing changes. The answer has no desired
// state, since that may be what is too large.
func (f *Function) InternalError(in *fnv1.RunFunctionRequest, message string) *fnv1.RunFunctionResponse {
	x := composite.ReadXR(in.GetObserved().GetComposite().GetResource())
	verdict := composite.Verdict{Reason: v1alpha1.ReasonInternalError, Message: message}
	f.report(x, in.GetMeta().GetTag(), composite.Answer{Refused: true, Valid: verdict})
	return composite.Fail(in, x, verdict)
}

// report logs an answer, and counts it if it refuses. The log names the claim, or the composite resource if there is
// none, and holds nothing of the spec.
func (f *Function) report(x *composite.XR, tag string, answer composite.Answer) {
	object := *cmp.Or(x.Claim, &composite.Claim{Kind: x.Kind, Namespace: x.Namespace, Name: x.Name})
	log := f.log.WithValues(
		"kind", fault.Truncate(object.Kind, maxName), "namespace", fault.Truncate(object.Namespace, maxName), "name", fault.Truncate(object.Name, maxName),
		"composite", fault.Truncate(x.Name, maxName), "tag", fault.Truncate(tag, maxName))
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
