package registry

import (
	"slices"

	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
	"github.com/ontopix/crossplane-ecr/fn/managed"
)

// The provider refuses to update a LifecyclePolicy. But creating one overwrites what AWS has, and deleting an object
// without Delete leaves AWS as it is. So a changed policy is a new object, named after its content, and the old one is
// dropped: AWS is never without a policy.

// renderLifecycle renders an image's LifecyclePolicy, and for one more run those that must not be dropped yet. It
// reports whether AWS has what is wanted.
func (o *Outcome) renderLifecycle(p *Plan, i *image) bool {
	seen := p.observed.lifecycles[i.name]
	if p.observeOnly {
		return o.renderObserveOnly(p, p.observed.lifecycleKeys(i.name)...)
	}
	at := slices.IndexFunc(seen, func(l observedLifecycle) bool {
		return i.lifecycle != "" && l.holds(i.lifecycle) && !l.drifted() && !l.Deleting()
	})
	for n, l := range seen {
		key := lifecycleKey(i.name, l.hash)
		switch {
		case i.lifecycle == "" && l.Outlives():
			o.desireOnce(key, p.asObserved(key, managed.OwnLate)) // AWS must delete the policy with it
		case i.lifecycle != "" && n != at && l.MayDelete():
			o.desireOnce(key, p.asObserved(key, managed.KeepLate)) // AWS must keep the policy, now its successor's
		}
	}
	if i.lifecycle == "" {
		return true
	}
	var current observedLifecycle
	if at >= 0 {
		current = seen[at]
	} else {
		current.hash = nextHash(i.lifecycle, seen)
	}
	key := lifecycleKey(i.name, current.hash)
	if p.observed.Misplaced[key] != nil || at < 0 && !p.attachable(i) {
		o.unready = true
		return false
	}
	o.desired.Set(key, p.lifecyclePolicy(i, current.hash), current.Ready())
	return current.Ready()
}

// hashDigits is the length of a policy's hash in object names.
const hashDigits = 8

// nextHash returns the hash of a new object for the wanted policy. An object that drifted or is being deleted cannot
// hold that policy again, so its successor's hash is over the policy and the hash of that object.
func nextHash(want string, seen []observedLifecycle) string {
	predecessor := -1
	for n, o := range seen {
		// An object that is not being deleted is the later one.
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

// holds reports whether the object's spec has a policy.
func (o observedLifecycle) holds(policy string) bool {
	has := o.Spec.ForProvider.Policy
	return has == policy || lifecycle.Equal(has, policy)
}

// drifted reports whether somebody changed the policy in AWS: the provider sees the difference, but refuses to update.
func (o observedLifecycle) drifted() bool {
	_, unsynced := o.Unsynced()
	has := o.Status.AtProvider.Policy
	return unsynced && has != "" && !o.holds(has)
}
