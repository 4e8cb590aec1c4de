package composite

import (
	"errors"
	"maps"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/structpb"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/crossplane/function-sdk-go/response"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/protostruct"
)

// ttlUnsettled is how long an answer holds that is not settled. Crossplane calls again after
// it where nothing else makes it call.
const ttlUnsettled = time.Minute

// Respond writes an answer to a request. What other functions of the pipeline desired, and their context, is passed
// on.
func Respond(in *fnv1.RunFunctionRequest, x *XR, a Answer) *fnv1.RunFunctionResponse {
	rsp := response.To(in, a.ttl(x))
	if rsp.GetDesired() == nil {
		rsp.Desired = &fnv1.State{}
	}
	if rsp.Desired.Resources == nil {
		rsp.Desired.Resources = map[string]*fnv1.Resource{}
	}
	rsp.Requirements = a.Lookups.requirements(in)
	switch {
	case a.Waits:
	case a.Refused:
		x.refuse(rsp, a.Valid)
	default:
		x.desire(rsp.Desired, a)
		x.conclude(rsp, a.Valid, a.Compliant)
	}
	return rsp
}

// Fail answers that the function failed, so nothing may change. It passes nothing on, since that may be what is too
// large to be answered.
func Fail(in *fnv1.RunFunctionRequest, x *XR, v Verdict) *fnv1.RunFunctionResponse {
	rsp := &fnv1.RunFunctionResponse{Meta: &fnv1.ResponseMeta{Tag: in.GetMeta().GetTag(), Ttl: durationpb.New(ttlUnsettled)}}
	x.refuse(rsp, v)
	return rsp
}

// ttl is how long the answer holds: as it says, or one minute if something is refused, missing or not in sync. One minute,
// too, while Crossplane 2 does not respond to the events of a composite resource that had too many, since an edit
// waits that long then. An answer that waits holds no longer than that: Crossplane 1.20's response cache would take it
// for the final one.
func (a Answer) ttl(x *XR) time.Duration {
	switch {
	case a.Waits:
		return 0
	case a.Refused, !a.Settled, x.Conditions["Responsive"].Status == "False":
		return ttlUnsettled
	}
	return a.Holds
}

// desire adds what the answer desires to what other functions of the pipeline do.
//
// Where the status lists what is ready, it is the composite resource that is not ready while anything is missing, and
// not its resources. Of each resource that is not ready Crossplane writes an event whenever it composes, and names it in
// the condition Ready, which changes as often: a quarter of all writes while a composite resource is made.
func (x *XR) desire(state *fnv1.State, a Answer) {
	unready := a.Unready
	for key, d := range a.Desired {
		ready := fnv1.Ready_READY_TRUE
		if !d.Ready && a.Listed {
			unready = true
		} else if !d.Ready {
			ready = fnv1.Ready_READY_FALSE
		}
		state.Resources[key] = &fnv1.Resource{Resource: x.Generation.Encode(d), Ready: ready}
	}
	if state.Composite == nil {
		state.Composite = &fnv1.Resource{}
	}
	x.setStatus(state.Composite, a.Status)
	if unready {
		state.Composite.Ready = fnv1.Ready_READY_FALSE
	}
	if a.Connection != nil {
		x.connect(state, a.Connection)
	}
}

// refuse says that nothing may change. The conditions come first, since what follows a Fatal result is lost, and they
// are all that reaches a claim.
func (x *XR) refuse(rsp *fnv1.RunFunctionResponse, v Verdict) {
	x.conclude(rsp, v, Verdict{Reason: v1alpha1.ReasonNotChecked, Message: "not checked, since the composite resource is not valid"})
	rsp.Results = append(rsp.Results, &fnv1.Result{
		Severity: fnv1.Severity_SEVERITY_FATAL,
		Message:  v.Message,
		Reason:   &v.Reason,
		Target:   fnv1.Target_TARGET_COMPOSITE.Enum(),
	})
}

// conclude adds the conditions, and a warning event for each verdict that is new and not good: Crossplane asks functions
// to be silent otherwise. Stalled is the opposite of Valid, and no news.
func (x *XR) conclude(rsp *fnv1.RunFunctionResponse, valid, compliant Verdict) {
	x.warn(rsp, v1alpha1.ConditionValid, valid)
	x.warn(rsp, v1alpha1.ConditionCompliant, compliant)
	stalled := fnv1.Status_STATUS_CONDITION_TRUE
	if valid.status() == fnv1.Status_STATUS_CONDITION_TRUE {
		stalled = fnv1.Status_STATUS_CONDITION_FALSE
	}
	rsp.Conditions = append(rsp.Conditions,
		condition(v1alpha1.ConditionValid, valid.status(), valid),
		condition(v1alpha1.ConditionCompliant, compliant.status(), compliant),
		condition(v1alpha1.ConditionStalled, stalled, valid))
}

// status of the condition that a verdict is about.
func (v Verdict) status() fnv1.Status {
	switch v.Reason {
	case v1alpha1.ReasonValid, v1alpha1.ReasonCompliant:
		return fnv1.Status_STATUS_CONDITION_TRUE
	case v1alpha1.ReasonNotChecked:
		return fnv1.Status_STATUS_CONDITION_UNKNOWN
	}
	return fnv1.Status_STATUS_CONDITION_FALSE
}

func (x *XR) warn(rsp *fnv1.RunFunctionResponse, typ string, v Verdict) {
	before := x.Conditions[typ]
	if v.status() == fnv1.Status_STATUS_CONDITION_FALSE && (before.Reason != v.Reason || before.Message != v.Message) {
		response.Warning(rsp, errors.New(v.Message)).WithReason(v.Reason).TargetCompositeAndClaim()
	}
}

func condition(typ string, s fnv1.Status, v Verdict) *fnv1.Condition {
	c := &fnv1.Condition{Type: typ, Status: s, Reason: v.Reason, Target: fnv1.Target_TARGET_COMPOSITE_AND_CLAIM.Enum()}
	if v.Message != "" {
		c.Message = &v.Message
	}
	return c
}

// setStatus makes status, a struct, the desired status of the composite resource. Fields that other functions of the
// pipeline desired, and this one does not know, stay.
func (x *XR) setStatus(c *fnv1.Resource, status any) {
	s := protostruct.Encode(status)
	if c.Resource.GetFields() == nil {
		c.Resource = &structpb.Struct{Fields: map[string]*structpb.Value{}}
	}
	f := c.Resource.Fields
	f["apiVersion"] = structpb.NewStringValue(x.APIVersion)
	f["kind"] = structpb.NewStringValue(x.Kind)
	for k, v := range f["status"].GetStructValue().GetFields() {
		if _, ours := s.GetFields()[k]; !ours {
			s.Fields[k] = v
		}
	}
	f["status"] = structpb.NewStructValue(s)
}

// KeyConnection is the composition resource name of the ConfigMap with connection details.
const KeyConnection = "connection"

// connect gives what a pipeline needs to those who run it, but for what is empty: in the secret of a claim, or beside a
// namespaced composite resource, which has none, in a ConfigMap.
func (x *XR) connect(state *fnv1.State, details map[string]string) {
	known := maps.Clone(details)
	maps.DeleteFunc(known, func(_, v string) bool { return v == "" })
	if !x.Generation.Namespaced {
		if state.Composite.ConnectionDetails == nil {
			state.Composite.ConnectionDetails = map[string][]byte{}
		}
		for k, v := range known {
			state.Composite.ConnectionDetails[k] = []byte(v)
		}
		return
	}
	m := configMap{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
		ObjectMeta: metav1.ObjectMeta{Name: x.Name + "-ecr"},
		Data:       known,
	}
	state.Resources[KeyConnection] = &fnv1.Resource{Ready: fnv1.Ready_READY_TRUE, Resource: protostruct.Encode(m)}
}

type configMap struct {
	metav1.TypeMeta
	metav1.ObjectMeta `json:"metadata"`
	Data              map[string]string `json:"data"`
}
