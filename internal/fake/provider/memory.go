package provider

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/ontopix/crossplane-ecr/internal/fake/cloud"
)

// A Memory is what the provider's process knows of objects but does not save. A restart loses it.
type Memory struct {
	mu     sync.Mutex
	things map[types.UID]*remembered
	polls  int
}

// remembered is the memory of one object. Only the object's reconcile uses it.
type remembered struct {
	made  *cloud.Key // the key of the thing that this process created
	found *cloud.Key // the key of the thing that was found first

	failed bool      // whether the creation failed
	quiet  time.Time // the end of the pause after a failed creation

	// The object's resource version and the number of polls when it was first seen.
	version string
	polls   int
}

// NewMemory returns the empty Memory of a process that has just started.
func NewMemory() *Memory { return &Memory{things: map[types.UID]*remembered{}} }

// of returns the memory of an object, which is new if there is none.
func (m *Memory) of(u *unstructured.Unstructured) *remembered {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.things[u.GetUID()]
	if r == nil {
		r = &remembered{version: u.GetResourceVersion(), polls: m.polls}
		m.things[u.GetUID()] = r
	}
	return r
}

// appeared reports whether an object has neither changed nor been polled since it was first seen.
func (m *Memory) appeared(u *unstructured.Unstructured) bool {
	r := m.of(u)
	m.mu.Lock()
	defer m.mu.Unlock()
	return r.version == u.GetResourceVersion() && r.polls == m.polls
}

// Poll lets every object be observed.
func (m *Memory) Poll() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.polls++
}

// forget forgets an object.
func (m *Memory) forget(uid types.UID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.things, uid)
}
