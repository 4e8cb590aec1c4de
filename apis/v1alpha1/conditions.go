package v1alpha1

// Types of the conditions that every run of the function sets, on the composite resource and on its claim: a Fatal
// result alone never reaches a claim.
const (
	// ConditionValid is True while everything that was written can be done, and False while something is refused
	// or belongs to another object. Its message says what to change.
	ConditionValid = "Valid"

	// ConditionCompliant is True while no guardrail that only warns finds anything, False while one does, and
	// Unknown while nothing was checked.
	ConditionCompliant = "Compliant"

	// ConditionStalled is the opposite of ConditionValid, with the same reason and message. kstatus, and so Flux,
	// take a True one for a failure that only an edit ends.
	ConditionStalled = "Stalled"
)

// Reasons of the condition Valid, and of Stalled.
const (
	// ReasonValid: everything that was written can be done.
	ReasonValid = "Valid"

	// ReasonInvalidSpec: the spec breaks a rule of AWS, of GitHub or of this API. Whoever wrote it has to change it.
	ReasonInvalidSpec = "InvalidSpec"

	// ReasonInvalidInput: the platform team's own settings cannot be read or break a rule. The platform team has to
	// change them.
	ReasonInvalidInput = "InvalidInput"

	// ReasonGuardrailViolation: the spec breaks nothing but rules of the platform team.
	ReasonGuardrailViolation = "GuardrailViolation"

	// ReasonOrgAccessNotFound: the org access that a registry names does not exist.
	ReasonOrgAccessNotFound = "OrgAccessNotFound"

	// ReasonRepositoryTaken: another object manages a repository of the registry. The rest of the registry goes on.
	ReasonRepositoryTaken = "RepositoryTaken"

	// ReasonResourceTaken: another object manages a role, an identity provider or a setting of the whole registry.
	// Everything else goes on.
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

	// ReasonNotChecked: nothing was checked, and the status is Unknown.
	ReasonNotChecked = "NotChecked"
)
