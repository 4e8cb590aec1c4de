package v1alpha1

// Types of the conditions that every run of the function sets on the composite resource and on its claim. A Fatal
// result alone does not reach a claim.
const (
	// ConditionValid is True while everything in the spec can be done, and False while something is refused or belongs
	// to another object. Its message says what to change.
	ConditionValid = "Valid"

	// ConditionCompliant is True while no guardrail that only warns finds anything, False while one does, and
	// Unknown while nothing was checked.
	ConditionCompliant = "Compliant"

	// ConditionStalled is the opposite of ConditionValid, with the same reason and message. kstatus, and so Flux, treats
	// True as a failure that only an edit ends.
	ConditionStalled = "Stalled"
)

// Reasons of the condition Valid, and of Stalled.
const (
	// ReasonValid: everything in the spec can be done.
	ReasonValid = "Valid"

	// ReasonInvalidSpec: the spec breaks a rule of AWS, of GitHub or of this API. Its author has to change it.
	ReasonInvalidSpec = "InvalidSpec"

	// ReasonInvalidInput: the platform team's settings cannot be read or break a rule. The platform team has to change
	// them.
	ReasonInvalidInput = "InvalidInput"

	// ReasonGuardrailViolation: the spec breaks only rules of the platform team.
	ReasonGuardrailViolation = "GuardrailViolation"

	// ReasonOrgAccessNotFound: the org access that a registry names does not exist.
	ReasonOrgAccessNotFound = "OrgAccessNotFound"

	// ReasonRepositoryTaken: another object manages a repository of the registry. The rest of the registry is managed.
	ReasonRepositoryTaken = "RepositoryTaken"

	// ReasonResourceTaken: another object manages a role, an identity provider or a setting of the whole registry.
	// Everything else is managed.
	ReasonResourceTaken = "ResourceTaken"

	// ReasonInternalError: the function failed; its log has the details. Nothing was changed.
	ReasonInternalError = "InternalError"
)

// Reasons of the condition Compliant.
const (
	// ReasonCompliant: no guardrail that only warns finds anything.
	ReasonCompliant = "Compliant"

	// ReasonGuardrailWarning: guardrails that only warn find what the message says.
	ReasonGuardrailWarning = "GuardrailWarning"

	// ReasonNotChecked: nothing was checked. The condition is Unknown.
	ReasonNotChecked = "NotChecked"
)
