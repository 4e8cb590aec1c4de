package composite

import (
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/structpb"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/crossplane/function-sdk-go/response"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/protostruct"
)

// How long an answer holds. Crossplane calls again after it where nothing else
// makes it call.
const (
	ttlSettled   = 10 * time.Minute
	ttlUnsettled = time.Minute
)

// A Verdict is the outcome of a run in one condition: True with the reason that is
// the condition's own name, or False with another reason and a message.
type Verdict struct {
	Reason  string
	Message string
}

// Start returns the response to a request: what other functions of the pipeline
// desired, and their context, is passed on.
func Start(req *fnv1.RunFunctionRequest) *fnv1.RunFunctionResponse {
	rsp := response.To(req, ttlSettled)
	if rsp.GetDesired() == nil {
		rsp.Desired = &fnv1.State{}
	}
	if rsp.Desired.Resources == nil {
		rsp.Desired.Resources = map[string]*fnv1.Resource{}
	}
	return rsp
}

// Wait answers with nothing but what is asked for. It holds no longer than that:
// Crossplane 1.20's response cache would take it for the last word.
func Wait(rsp *fnv1.RunFunctionResponse) {
	rsp.Meta.Ttl = durationpb.New(0)
}

// Refuse answers that nothing may change. The conditions come first, since what
// follows a Fatal result is lost, and they are all that reaches a claim.
func (x *XR) Refuse(rsp *fnv1.RunFunctionResponse, v Verdict) {
	rsp.Meta.Ttl = durationpb.New(ttlUnsettled)
	rsp.Conditions, rsp.Results = nil, nil
	x.conclude(rsp, v1alpha1.ConditionValid, fnv1.Status_STATUS_CONDITION_FALSE, v)
	x.conclude(rsp, v1alpha1.ConditionCompliant, fnv1.Status_STATUS_CONDITION_UNKNOWN, Verdict{
		Reason:  v1alpha1.ReasonNotChecked,
		Message: "not checked, since the composite resource is not valid",
	})
	stall(rsp, fnv1.Status_STATUS_CONDITION_TRUE, v)
	rsp.Results = append(rsp.Results, &fnv1.Result{
		Severity: fnv1.Severity_SEVERITY_FATAL,
		Message:  v.Message,
		Reason:   &v.Reason,
		Target:   fnv1.Target_TARGET_COMPOSITE.Enum(),
	})
}

// Accept answers with what was rendered. It holds for ten minutes, or for one if
// something is missing or not in sync; also while Crossplane 2 does not respond to the
// events of a composite resource that had too many, since an edit waits that long then.
func (x *XR) Accept(rsp *fnv1.RunFunctionResponse, valid, compliant Verdict, settled bool) {
	if !settled || x.Conditions["Responsive"].Status == "False" {
		rsp.Meta.Ttl = durationpb.New(ttlUnsettled)
	}
	x.conclude(rsp, v1alpha1.ConditionValid, statusOf(v1alpha1.ConditionValid, valid), valid)
	x.conclude(rsp, v1alpha1.ConditionCompliant, statusOf(v1alpha1.ConditionCompliant, compliant), compliant)
	stalled := fnv1.Status_STATUS_CONDITION_FALSE
	if valid.Reason != v1alpha1.ReasonValid {
		stalled = fnv1.Status_STATUS_CONDITION_TRUE
	}
	stall(rsp, stalled, valid)
}

// stall adds the condition Stalled, the opposite of a verdict on Valid. What it says is no news, so it brings no event.
func stall(rsp *fnv1.RunFunctionResponse, s fnv1.Status, valid Verdict) {
	rsp.Conditions = append(rsp.Conditions, condition(v1alpha1.ConditionStalled, s, valid))
}

func statusOf(typ string, v Verdict) fnv1.Status {
	if v.Reason == typ {
		return fnv1.Status_STATUS_CONDITION_TRUE
	}
	return fnv1.Status_STATUS_CONDITION_FALSE
}

// conclude adds a condition, and a warning event if it says something new that is
// not good.
func (x *XR) conclude(rsp *fnv1.RunFunctionResponse, typ string, s fnv1.Status, v Verdict) {
	rsp.Conditions = append(rsp.Conditions, condition(typ, s, v))
	if s != fnv1.Status_STATUS_CONDITION_FALSE {
		return
	}
	before := x.Conditions[typ]
	x.Warn(rsp, v, before.Reason != v.Reason || before.Message != v.Message)
}

func condition(typ string, s fnv1.Status, v Verdict) *fnv1.Condition {
	c := &fnv1.Condition{Type: typ, Status: s, Reason: v.Reason, Target: fnv1.Target_TARGET_COMPOSITE_AND_CLAIM.Enum()}
	if v.Message != "" {
		c.Message = &v.Message
	}
	return c
}

// Warn adds a warning event on the composite resource and its claim if something
// changed: Crossplane asks functions to be silent otherwise.
func (x *XR) Warn(rsp *fnv1.RunFunctionResponse, v Verdict, changed bool) {
	if !changed {
		return
	}
	rsp.Results = append(rsp.Results, &fnv1.Result{
		Severity: fnv1.Severity_SEVERITY_WARNING,
		Message:  v.Message,
		Reason:   &v.Reason,
		Target:   fnv1.Target_TARGET_COMPOSITE_AND_CLAIM.Enum(),
	})
}

// SetStatus makes status, a struct, the desired status of the composite resource.
// Fields that other functions of the pipeline desired, and this one does not know,
// stay.
func (x *XR) SetStatus(rsp *fnv1.RunFunctionResponse, status any) error {
	s := protostruct.Encode(status)
	if rsp.Desired.Composite == nil {
		rsp.Desired.Composite = &fnv1.Resource{}
	}
	c := rsp.Desired.Composite
	if c.Resource.GetFields() == nil {
		c.Resource = &structpb.Struct{Fields: map[string]*structpb.Value{}}
	}
	f := c.Resource.Fields
	f["apiVersion"] = structpb.NewStringValue(x.APIVersion)
	f["kind"] = structpb.NewStringValue(x.Kind)

	others := f["status"].GetStructValue().GetFields()
	for k, v := range others {
		if _, ours := s.GetFields()[k]; !ours {
			s.Fields[k] = v
		}
	}
	f["status"] = structpb.NewStructValue(s)
	return nil
}

// SetConnection adds connection details of the composite resource, which become its
// claim's secret. Empty values are left out.
func SetConnection(rsp *fnv1.RunFunctionResponse, details map[string]string) {
	c := rsp.Desired.Composite
	if c.ConnectionDetails == nil {
		c.ConnectionDetails = map[string][]byte{}
	}
	for k, v := range details {
		if v != "" {
			c.ConnectionDetails[k] = []byte(v)
		}
	}
}

// Compliance is the verdict on what the guardrails only warn of.
func Compliance(warnings fault.List) Verdict {
	if len(warnings) == 0 {
		return Verdict{Reason: v1alpha1.ReasonCompliant}
	}
	return Verdict{Reason: v1alpha1.ReasonGuardrailWarning, Message: warnings.Tell().Message()}
}

// RefuseFaults refuses what is wrong, and returns what it told: a fault below a field
// that could not be read at all says nothing new.
func (x *XR) RefuseFaults(rsp *fnv1.RunFunctionResponse, faults fault.List) fault.List {
	told := faults.Tell()
	x.Refuse(rsp, Verdict{Reason: reasonFor(told), Message: told.Message()})
	return told
}

// reasonFor returns who has to act: the platform team on its own settings, those who
// wrote the spec on the spec.
func reasonFor(faults fault.List) string {
	reason, missing := v1alpha1.ReasonGuardrailViolation, 0
	for _, f := range faults {
		switch {
		case f.InSettings():
			return v1alpha1.ReasonInvalidInput
		case f.ID == fault.IDNotFound:
			missing++
		case f.Owner != fault.Platform:
			reason = v1alpha1.ReasonInvalidSpec
		}
	}
	if missing == len(faults) {
		return v1alpha1.ReasonOrgAccessNotFound
	}
	return reason
}
