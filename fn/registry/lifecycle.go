package registry

import (
	"slices"

	xpv1 "github.com/crossplane/crossplane-runtime/v2/apis/common/v1"

	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/observed"
)

// The provider cannot update a LifecyclePolicy: it refuses each time. But creating one overwrites what AWS has, and an
// object without Delete takes nothing with it when it goes. So a changed policy is a new object, named after its content,
// and the old one is dropped: AWS is never without a policy.

// A lifecycleObject is a LifecyclePolicy that is desired.
type lifecycleObject struct {
	hash     string
	policy   string
	policies xpv1.ManagementPolicies

	// held is true for the object that holds the wanted policy, false for one that is
	// only on its way out.
	held bool
	seen *observed.Resource // nil if it is new
}

// as returns the object as it is, with what may be done to it.
func (o observedLifecycle) as(policies xpv1.ManagementPolicies) lifecycleObject {
	return lifecycleObject{hash: o.hash, policy: o.Spec.ForProvider.Policy, policies: policies, seen: o.Resource}
}

// observedLifecycles returns the LifecyclePolicies as they are only observed.
func observedLifecycles(seen []observedLifecycle) []lifecycleObject {
	objects := make([]lifecycleObject, len(seen))
	for n, o := range seen {
		objects[n] = o.as(managed.Observe)
		objects[n].held = true
	}
	return objects
}

// hashDigits is how long the hash of a policy is in names.
const hashDigits = 8

// lifecycleObjects returns the LifecyclePolicies that are desired, given what is
// wanted, "" for none, and what is observed.
func lifecycleObjects(want string, seen []observedLifecycle) []lifecycleObject {
	if want == "" {
		return removeLifecycles(seen)
	}
	holder := slices.IndexFunc(seen, func(o observedLifecycle) bool {
		return o.holds(want) && !o.drifted() && !o.Deleting()
	})
	held := lifecycleObject{hash: nextHash(want, seen), policy: want, policies: managed.KeepLate, held: true}
	if holder >= 0 {
		held.hash, held.seen = seen[holder].hash, seen[holder].Resource
	}
	objects := []lifecycleObject{held}
	for n, o := range seen {
		// An object that goes must not take the policy of its successor with it.
		if n != holder && o.MayDelete() {
			objects = append(objects, o.as(managed.KeepLate))
		}
	}
	return objects
}

// removeLifecycles takes the policy away from AWS: an object gets Delete in one run,
// and is dropped in the next.
func removeLifecycles(seen []observedLifecycle) []lifecycleObject {
	var objects []lifecycleObject
	for _, o := range seen {
		if o.Outlives() {
			objects = append(objects, o.as(managed.OwnLate))
		}
	}
	return objects
}

// nextHash returns the hash of a new object for the wanted policy. One that had it and
// drifted, or is being deleted, cannot hold it again, so its successor's hash is that
// of the policy and its own hash together.
func nextHash(want string, seen []observedLifecycle) string {
	predecessor := -1
	for n, o := range seen {
		// One that is not yet on its way out is the later one.
		if o.holds(want) && (predecessor < 0 || !o.Deleting()) {
			predecessor = n
		}
	}
	if predecessor < 0 {
		return managed.Hash(hashDigits, want)
	}
	next := managed.Hash(hashDigits, want, seen[predecessor].hash)
	for slices.ContainsFunc(seen, func(o observedLifecycle) bool { return o.hash == next }) {
		next = managed.Hash(hashDigits, want, next)
	}
	return next
}

// holds reports whether the object asks for a policy.
func (o observedLifecycle) holds(policy string) bool {
	has := o.Spec.ForProvider.Policy
	return has == policy || lifecycle.Equal(has, policy)
}

// drifted reports whether somebody changed the policy by hand in AWS: the provider sees
// the difference, and refuses to mend it.
func (o observedLifecycle) drifted() bool {
	_, unsynced := o.Unsynced()
	has := o.Status.AtProvider.Policy
	return unsynced && has != "" && !o.holds(has)
}
