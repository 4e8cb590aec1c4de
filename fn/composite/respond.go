package composite

import (
	"cmp"
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

// ttlUnsettled is the time to live of an answer that is not settled. Crossplane calls again after it, if no event makes
// it call earlier.
const ttlUnsettled = time.Minute

// Respond writes an answer to a request. It passes on the context, and what other functions of the pipeline desire.
func Respond(in *fnv1.RunFunctionRequest, x *XR, a Answer) *fnv1.RunFunctionResponse {
	rsp := response.To(in, a.ttl(x))
	rsp.Desired = cmp.Or(rsp.Desired, &fnv1.State{})
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

// Fail writes an answer that lets nothing change because the function failed. It passes on nothing, since the desired
// state may be what is too large for an answer.
func Fail(in *fnv1.RunFunctionRequest, x *XR, v Verdict) *fnv1.RunFunctionResponse {
	rsp := &fnv1.RunFunctionResponse{Meta: &fnv1.ResponseMeta{Tag: in.GetMeta().GetTag(), Ttl: durationpb.New(ttlUnsettled)}}
	x.refuse(rsp, v)
	return rsp
}

// ttl returns the time to live of the answer. It is a minute if something is refused, missing or not in sync, and while
// Crossplane 2 ignores the events of a composite resource that had too many, since an edit then waits for the next run.
// It is 0 for an answer that waits: the response cache of Crossplane 1.20 would take it for the final one.
func (a Answer) ttl(x *XR) time.Duration {
	switch {
	case a.Waits:
		return 0
	case a.Refused, !a.Settled, x.Conditions["Responsive"].Status == "False":
		return ttlUnsettled
	}
	return a.Holds
}

// desire adds what the answer desires to what other functions of the pipeline desire.
//
// If the status lists which resources are ready, an unready resource makes the composite resource unready, and is not
// reported as unready itself. For each resource that is reported so, Crossplane writes an event whenever it composes,
// and names it in the condition Ready, which changes as often: a quarter of all writes while a composite resource is
// created.
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
	state.Composite = cmp.Or(state.Composite, &fnv1.Resource{})
	x.setStatus(state.Composite, a.Status)
	if unready {
		state.Composite.Ready = fnv1.Ready_READY_FALSE
	}
	if a.Connection != nil {
		x.connect(state, a.Connection)
	}
}

// refuse adds a Fatal result, so that nothing changes. The conditions come first: Crossplane drops what follows a Fatal
// result, and only the conditions reach a claim.
func (x *XR) refuse(rsp *fnv1.RunFunctionResponse, v Verdict) {
	x.conclude(rsp, v, Verdict{Reason: v1alpha1.ReasonNotChecked, Message: "not checked, since the composite resource is not valid"})
	rsp.Results = append(rsp.Results, &fnv1.Result{
		Severity: fnv1.Severity_SEVERITY_FATAL,
		Message:  v.Message,
		Reason:   &v.Reason,
		Target:   fnv1.Target_TARGET_COMPOSITE.Enum(),
	})
}

// conclude adds the conditions, and a warning event for each new verdict that makes its condition False: Crossplane
// asks functions to be silent otherwise. Stalled only repeats Valid, so it has no event.
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

// status returns the status of the verdict's condition.
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

// setStatus desires status, a pointer to a struct, for the composite resource. Fields that other functions of the
// pipeline desire, and that status does not have, stay.
func (x *XR) setStatus(c *fnv1.Resource, status any) {
	if c.Resource.GetFields() == nil {
		c.Resource = &structpb.Struct{Fields: map[string]*structpb.Value{}}
	}
	f := c.Resource.Fields
	f["apiVersion"] = structpb.NewStringValue(x.APIVersion)
	f["kind"] = structpb.NewStringValue(x.Kind)
	merged := map[string]*structpb.Value{}
	maps.Copy(merged, f["status"].GetStructValue().GetFields())
	maps.Copy(merged, protostruct.Encode(status).GetFields())
	f["status"] = structpb.NewStructValue(&structpb.Struct{Fields: merged})
}

// KeyConnection is the composition resource name of the ConfigMap with connection details.
const KeyConnection = "connection"

// connect publishes the connection details that are not empty: in the secret of a claim, or in a ConfigMap beside a
// namespaced composite resource, which has no secret.
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
