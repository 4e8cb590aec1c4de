package managed

import (
	"slices"

	xpv1 "github.com/crossplane/crossplane-runtime/v2/apis/common/v1"
)

// Management policies that are rendered. Only a LifecyclePolicy has LateInitialize, and would lose its external-name
// without it. In the spec of a Repository it leaves values that block the way back from …_WITH_EXCLUSION.
var (
	// Observe changes nothing in AWS.
	Observe = xpv1.ManagementPolicies{xpv1.ManagementActionObserve}

	// End only observes, but deletes what is in AWS with the object. An object that did not have Delete gets it for one
	// run, and is dropped in the next.
	End = xpv1.ManagementPolicies{xpv1.ManagementActionObserve, xpv1.ManagementActionDelete}

	// Keep manages, and keeps what is in AWS when the object is deleted.
	Keep = xpv1.ManagementPolicies{xpv1.ManagementActionObserve, xpv1.ManagementActionCreate, xpv1.ManagementActionUpdate}

	// Own manages, and deletes what is in AWS with the object.
	Own = append(slices.Clone(Keep), xpv1.ManagementActionDelete)

	// KeepLate is Keep with LateInitialize.
	KeepLate = append(slices.Clone(Keep), xpv1.ManagementActionLateInitialize)

	// OwnLate is Own with LateInitialize.
	OwnLate = append(slices.Clone(KeepLate), xpv1.ManagementActionDelete)

	// Make creates what is missing in AWS, and never updates or deletes it.
	Make = xpv1.ManagementPolicies{xpv1.ManagementActionObserve, xpv1.ManagementActionCreate}
)
