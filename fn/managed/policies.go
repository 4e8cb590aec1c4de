package managed

import (
	"slices"

	xpv1 "github.com/crossplane/crossplane-runtime/v2/apis/common/v1"
)

// Management policies that are rendered. LateInitialize is left out but for a LifecyclePolicy: what it leaves in a
// Repository's spec wedges the way back from …_WITH_EXCLUSION, while a LifecyclePolicy loses its external name without it.
var (
	// Observe only looks.
	Observe = xpv1.ManagementPolicies{xpv1.ManagementActionObserve}

	// End only looks, and deletes what is in AWS when the object goes: for the run before an object is dropped that left
	// it there so far.
	End = xpv1.ManagementPolicies{xpv1.ManagementActionObserve, xpv1.ManagementActionDelete}

	// Keep manages, and leaves what is in AWS when the object goes.
	Keep = xpv1.ManagementPolicies{xpv1.ManagementActionObserve, xpv1.ManagementActionCreate, xpv1.ManagementActionUpdate}

	// Own manages, and deletes what is in AWS when the object goes.
	Own = append(slices.Clone(Keep), xpv1.ManagementActionDelete)

	// KeepLate is Keep for what needs late initialisation to keep its external name.
	KeepLate = append(slices.Clone(Keep), xpv1.ManagementActionLateInitialize)

	// OwnLate is Own for what needs late initialisation to keep its external name.
	OwnLate = append(slices.Clone(KeepLate), xpv1.ManagementActionDelete)

	// Make makes it where it is missing, and never changes or deletes it.
	Make = xpv1.ManagementPolicies{xpv1.ManagementActionObserve, xpv1.ManagementActionCreate}
)
