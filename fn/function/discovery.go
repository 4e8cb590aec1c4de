package function

import (
	"maps"
	"sync"
	"time"
)

// A discovery remembers for a while which kinds the cluster serves. To find out, Crossplane needs one more call, in
// which it parses the OpenAPI document of the kind's whole group.
//
// It changes the lookups of a run, and never what is rendered. If the cluster stops serving a kind that is remembered,
// Crossplane fails to fetch its objects until the discovery forgets the kind.
type discovery struct {
	holds time.Duration

	mu    sync.Mutex
	until map[string]time.Time // by the key of the lookup
}

// maxKinds is the number of kinds that are remembered. The function asks for fewer: more can only come from a caller
// that is not Crossplane.
const maxKinds = 100

// learn remembers the kinds that are served according to a request, by the keys of their lookups. It returns them
// together with those that it remembers of earlier requests.
func (d *discovery) learn(served map[string]bool, now time.Time) map[string]bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	maps.DeleteFunc(d.until, func(_ string, until time.Time) bool { return !now.Before(until) })
	for key, ok := range served {
		switch {
		case !ok:
			delete(d.until, key)
		case d.holds > 0 && len(d.until) < maxKinds:
			d.until[key] = now.Add(d.holds)
		}
	}
	known := maps.Clone(served)
	for key := range d.until {
		known[key] = true
	}
	return known
}
