package provider

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/ontopix/crossplane-ecr/internal/fake/cloud"
)

// A Memory is what the provider's process knows of objects and does not write down. A restart loses it.
type Memory struct {
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

// NewMemory returns that of a process that has just started.
func NewMemory() *Memory { return &Memory{things: map[types.UID]*remembered{}} }

// of returns what is known of an object. The caller holds the lock.
func (m *Memory) of(uid types.UID) *remembered {
	r := m.things[uid]
	if r == nil {
		r = &remembered{}
		m.things[uid] = r
	}
	return r
}

// creates notes what was created for an object.
func (m *Memory) creates(uid types.UID, k cloud.Key) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.of(uid)
	r.made, r.failed, r.quiet = &k, false, time.Time{}
}

// created returns what was created for an object.
func (m *Memory) created(uid types.UID) (cloud.Key, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r := m.of(uid); r.made != nil {
		return *r.made, true
	}
	return cloud.Key{}, false
}

// failed notes that an object's creation failed, and returns whether it did so before. If not, nothing is tried until the
// given time.
func (m *Memory) failed(uid types.UID, quiet time.Time) (again bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.of(uid)
	again, r.failed = r.failed, true
	if !again {
		r.quiet = quiet
	}
	return again
}

// quiet returns until when nothing is tried for an object.
func (m *Memory) quiet(uid types.UID) time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.of(uid).quiet
}

// moved notes what an existing object is in AWS and returns what it was before, if that was something else: then its region or
// its external-name was changed, which the provider refuses.
func (m *Memory) moved(uid types.UID, k cloud.Key) *cloud.Key {
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
func (m *Memory) sees(u *unstructured.Unstructured) bool {
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

// Poll lets every object be looked at.
func (m *Memory) Poll() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.things {
		r.version = ""
	}
}

// forget forgets an object.
func (m *Memory) forget(uid types.UID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.things, uid)
}
