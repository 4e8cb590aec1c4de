package registry

import (
	"slices"

	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
	"github.com/ontopix/crossplane-ecr/fn/managed"
)

// The provider cannot update a LifecyclePolicy: it refuses each time. But creating one overwrites what AWS has, and an
// object without Delete takes nothing with it when it goes. So a changed policy is a new object, named after its content,
// and the old one is dropped: AWS is never without a policy.

// renderLifecycle renders an image's LifecyclePolicy, and those on their way out, which are not waited for. It reports
// whether AWS has the policy that is wanted.
func (o *Outcome) renderLifecycle(p *Plan, i *image) bool {
	seen := p.observed.lifecycles[i.name]
	if p.observeOnly {
		return o.look(p, p.observed.lifecycleKeys(i.name)...)
	}
	holder := slices.IndexFunc(seen, func(l observedLifecycle) bool {
		return i.lifecycle != "" && l.holds(i.lifecycle) && !l.drifted() && !l.Deleting()
	})
	for n, l := range seen {
		key := lifecycleKey(i.name, l.hash)
		switch {
		case i.lifecycle == "" && l.Outlives():
			o.once(key, p.again(key, managed.OwnLate)) // it takes the policy with it
		case i.lifecycle != "" && n != holder && l.MayDelete():
			o.once(key, p.again(key, managed.KeepLate)) // it must not take the policy of its successor with it
		}
	}
	if i.lifecycle == "" {
		return true
	}
	var held observedLifecycle
	if holder >= 0 {
		held = seen[holder]
	} else {
		held.hash = nextHash(i.lifecycle, seen)
	}
	key := lifecycleKey(i.name, held.hash)
	if p.observed.elsewhere[key] != nil || holder < 0 && !p.attachable(i) {
		o.unready = true
		return false
	}
	o.desired.Set(key, p.lifecyclePolicy(i, held.hash), held.Ready())
	return held.Ready()
}

// hashDigits is how long the hash of a policy is in names.
const hashDigits = 8

// nextHash returns the hash of a new object for the wanted policy. One that had it and drifted, or is being deleted,
// cannot hold it again, so its successor's hash is that of the policy and its own hash together.
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

// drifted reports whether somebody changed the policy by hand in AWS: the provider sees the difference, and refuses to
// mend it.
func (o observedLifecycle) drifted() bool {
	_, unsynced := o.Unsynced()
	has := o.Status.AtProvider.Policy
	return unsynced && has != "" && !o.holds(has)
}
