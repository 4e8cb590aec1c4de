package composite

import (
	"slices"
	"time"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/managed"
)

// An Answer is what the function answers to one request: it waits, refuses, or desires resources.
type Answer struct {
	// Lookups of the run, whatever else the answer holds.
	Lookups Lookups

	// Waits is true until Crossplane has answered every lookup. Until then the answer holds nothing else.
	Waits bool

	// Refused is true if nothing may change. Valid says why, and Faults lists what is wrong.
	Refused bool
	Faults  fault.List

	// Desired composed resources by composition resource name.
	Desired managed.Desired

	// Status of the composite resource, a pointer to a struct.
	Status any

	// Listed is true if the status lists which resources are ready.
	Listed bool

	// Connection details of the composite resource; nil if it has none.
	Connection map[string]string

	// Unready is true if the composite resource is not ready, even when all its resources are.
	Unready bool

	// Holds is the time to live of a settled answer.
	Holds time.Duration

	// Settled is true if AWS has everything that is desired.
	Settled bool

	// Warnings are the findings of guardrails that only warn. Compliant repeats them as text.
	Warnings fault.List

	// Valid and Compliant are the verdicts of the conditions of these names.
	Valid, Compliant Verdict
}

// A Verdict is the reason and the message of a condition. The reason decides the condition's status.
type Verdict struct {
	Reason  string
	Message string
}

// Wait returns an answer that asks for objects and says nothing else.
func Wait(lookups Lookups) Answer { return Answer{Lookups: lookups, Waits: true} }

// Refuse returns an answer that lets nothing change until the faults are fixed.
func Refuse(lookups Lookups, faults fault.List) Answer {
	told := faults.Reported()
	return Answer{Lookups: lookups, Refused: true, Faults: told, Valid: Verdict{Reason: reasonFor(told), Message: told.Message()}}
}

// reasonFor returns the reason that tells who has to act: the platform team on its settings, the author on the spec.
func reasonFor(faults fault.List) string {
	others := slices.DeleteFunc(slices.Clone(faults), func(f fault.Fault) bool { return f.ID == fault.IDNotFound })
	switch {
	case len(others) == 0:
		return v1alpha1.ReasonOrgAccessNotFound
	case slices.ContainsFunc(others, fault.Fault.InSettings):
		return v1alpha1.ReasonInvalidInput
	case slices.ContainsFunc(others, func(f fault.Fault) bool { return f.Owner != fault.Platform }):
		return v1alpha1.ReasonInvalidSpec
	}
	return v1alpha1.ReasonGuardrailViolation
}

// Compliance returns the verdict of the condition Compliant on the findings of guardrails that only warn.
func Compliance(warnings fault.List) Verdict {
	if len(warnings) == 0 {
		return Verdict{Reason: v1alpha1.ReasonCompliant}
	}
	return Verdict{Reason: v1alpha1.ReasonGuardrailWarning, Message: warnings.Reported().Message()}
}
