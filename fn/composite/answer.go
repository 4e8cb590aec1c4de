package composite

import (
	"time"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/managed"
)

// An Answer is what the function says to one request: that it waits, that it refuses, or what it desires.
type Answer struct {
	// Lookups of the run, whatever else it says.
	Lookups Lookups

	// Waits is true while Crossplane has not looked for everything yet. Nothing else is said then.
	Waits bool

	// Refused is true if nothing may change; Valid says why, and Faults are what is wrong.
	Refused bool
	Faults  fault.List

	// Desired resources by composition resource name.
	Desired managed.Desired

	// Status of the composite resource, a pointer to a struct.
	Status any

	// Listed is true if the status lists which resources are ready.
	Listed bool

	// Connection details of the composite resource; nil if it has none.
	Connection map[string]string

	// Unready is true if the composite resource is not ready, even when all its resources are.
	Unready bool

	// Holds is how long the answer holds if it is settled.
	Holds time.Duration

	// Settled is true if AWS has everything that is desired.
	Settled bool

	// Warnings are what the guardrails warn of; Compliant says them in words.
	Warnings fault.List

	// Valid and Compliant are what the conditions of these names say.
	Valid, Compliant Verdict
}

// A Verdict is what one condition says: that all is well, with the reason that is the condition's own name, or another
// reason and a message.
type Verdict struct {
	Reason  string
	Message string
}

// Wait answers with nothing but what is asked for.
func Wait(lookups Lookups) Answer { return Answer{Lookups: lookups, Waits: true} }

// Refuse answers that nothing may change before the faults are mended. A fault below a field that could not be read at
// all says nothing new, and is left out.
func Refuse(lookups Lookups, faults fault.List) Answer {
	told := faults.Tell()
	return Answer{Lookups: lookups, Refused: true, Faults: told, Valid: Verdict{Reason: reasonFor(told), Message: told.Message()}}
}

// reasonFor returns who has to act: the platform team on its own settings, those who
// wrote the spec on the spec.
func reasonFor(faults fault.List) string {
	reason, missing := v1alpha1.ReasonGuardrailViolation, 0
	for _, f := range faults {
		switch {
		case f.ID == fault.IDNotFound:
			missing++
		case f.InSettings():
			return v1alpha1.ReasonInvalidInput
		case f.Owner != fault.Platform:
			reason = v1alpha1.ReasonInvalidSpec
		}
	}
	if missing == len(faults) {
		return v1alpha1.ReasonOrgAccessNotFound
	}
	return reason
}

// Compliance is the verdict on what the guardrails only warn of.
func Compliance(warnings fault.List) Verdict {
	if len(warnings) == 0 {
		return Verdict{Reason: v1alpha1.ReasonCompliant}
	}
	return Verdict{Reason: v1alpha1.ReasonGuardrailWarning, Message: warnings.Tell().Message()}
}
