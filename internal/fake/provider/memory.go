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
	polls  int
}

// remembered is what is known of one object. Only the reconcile of that object uses it.
type remembered struct {
	made  *cloud.Key // what this process created for it
	found *cloud.Key // what it was when it was first found to exist

	failed bool      // whether its creation failed
	quiet  time.Time // until then nothing is tried after a failed creation

	// The object's version, and how many polls there had been, when it was first seen.
	version string
	polls   int
}

// NewMemory returns that of a process that has just started.
func NewMemory() *Memory { return &Memory{things: map[types.UID]*remembered{}} }

// of returns what is known of an object.
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

// appeared reports whether an object is as it was when it was first seen, and was not polled since.
func (m *Memory) appeared(u *unstructured.Unstructured) bool {
	r := m.of(u)
	m.mu.Lock()
	defer m.mu.Unlock()
	return r.version == u.GetResourceVersion() && r.polls == m.polls
}

// Poll lets every object be looked at.
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
