package serve

import (
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
)

// InternalError answers req with a Fatal result that says message, and with the conditions Valid=False,
// Compliant=Unknown and Stalled=True on the composite resource and its claim, which a Fatal result alone does not reach.
//
// It holds nothing else. Crossplane stops at a Fatal result and leaves all resources as they are, whatever is desired;
// so an answer that was too large cannot be too large again. Without a TTL it is not cached.
func InternalError(req *fnv1.RunFunctionRequest, message string) *fnv1.RunFunctionResponse {
	target := fnv1.Target_TARGET_COMPOSITE_AND_CLAIM
	return &fnv1.RunFunctionResponse{
		Meta: &fnv1.ResponseMeta{Tag: req.GetMeta().GetTag()},
		Conditions: []*fnv1.Condition{
			{Type: v1alpha1.ConditionValid, Status: fnv1.Status_STATUS_CONDITION_FALSE, Reason: v1alpha1.ReasonInternalError, Message: &message, Target: &target},
			{Type: v1alpha1.ConditionCompliant, Status: fnv1.Status_STATUS_CONDITION_UNKNOWN, Reason: v1alpha1.ReasonNotChecked, Target: &target},
			{Type: v1alpha1.ConditionStalled, Status: fnv1.Status_STATUS_CONDITION_TRUE, Reason: v1alpha1.ReasonInternalError, Message: &message, Target: &target},
		},
		Results: []*fnv1.Result{{Severity: fnv1.Severity_SEVERITY_FATAL, Message: message, Reason: new(v1alpha1.ReasonInternalError)}},
	}
}
