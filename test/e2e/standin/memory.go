package standin

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/ontopix/crossplane-ecr/test/e2e/cloud"
)

// A memory is what the provider's process knows of objects and does not write down. A restart loses it.
type memory struct {
	mu     sync.Mutex
	things map[types.UID]*remembered
}

// remembered is what is known of one object.
type remembered struct {
	made    *cloud.Key // what this process created for it
	last    *cloud.Key // what it was when it was last found to exist
	failed  bool       // whether its creation failed
	quiet   time.Time  // until then nothing is tried after a failed creation
	version string     // of the object when it was first seen; empty once it was looked at
}

func newMemory() *memory { return &memory{things: map[types.UID]*remembered{}} }

// of returns what is known of an object. The caller holds the lock.
func (m *memory) of(uid types.UID) *remembered {
	r := m.things[uid]
	if r == nil {
		r = &remembered{}
		m.things[uid] = r
	}
	return r
}

// creates notes what was created for an object.
func (m *memory) creates(uid types.UID, k cloud.Key) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.of(uid)
	r.made, r.failed, r.quiet = &k, false, time.Time{}
}

// created returns what was created for an object.
func (m *memory) created(uid types.UID) (cloud.Key, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r := m.of(uid); r.made != nil {
		return *r.made, true
	}
	return cloud.Key{}, false
}

// failed notes that an object's creation failed, and returns whether it did so before.
func (m *memory) failed(uid types.UID, quiet time.Duration) (again bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.of(uid)
	again, r.failed = r.failed, true
	if !again {
		r.quiet = time.Now().Add(quiet)
	}
	return again
}

// waitsFor returns how long nothing is tried for an object yet.
func (m *memory) waitsFor(uid types.UID) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return time.Until(m.of(uid).quiet)
}

// moved notes what an existing object is in AWS and returns what it was before, if that was something else: then its region or
// its external-name was changed, which the provider refuses.
func (m *memory) moved(uid types.UID, k cloud.Key) *cloud.Key {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.of(uid)
	if r.last == nil {
		r.last = &k
	}
	if *r.last == k {
		return nil
	}
	return r.last
}

// sees notes that an object was seen, and returns whether it is still the very version that was seen first.
func (m *memory) sees(u *unstructured.Unstructured) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, known := m.things[u.GetUID()]
	if !known {
		m.of(u.GetUID()).version = u.GetResourceVersion()
		return true
	}
	if r.version == u.GetResourceVersion() {
		return true
	}
	r.version = ""
	return false
}

// poll lets every object be looked at.
func (m *memory) poll() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.things {
		r.version = ""
	}
}

// forget forgets an object.
func (m *memory) forget(uid types.UID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.things, uid)
}
