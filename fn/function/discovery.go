package function

import (
	"maps"
	"sync"
	"time"

	"github.com/ontopix/crossplane-ecr/fn/composite"
)

// A discovery remembers for a while which kinds the cluster serves. To find out costs Crossplane one more call, in which it
// parses the OpenAPI document of the kind's whole group.
//
// It changes what is asked for and never what is rendered. A kind that the cluster stopped serving in the meantime is an
// error of Crossplane's, which fetches its objects, until the memory of it ends.
type discovery struct {
	holds time.Duration

	mu    sync.Mutex
	until map[string]time.Time // by the key of the lookup
}

// maxKinds is how many kinds are remembered. The function asks for fewer; only who calls it without Crossplane tells more.
const maxKinds = 100

// learn remembers what a request tells of kinds, and returns those that the cluster serves, or served a short while ago, by
// the keys of their lookups.
func (d *discovery) learn(f composite.Fetched, now time.Time) map[string]bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	maps.DeleteFunc(d.until, func(_ string, until time.Time) bool { return !now.Before(until) })
	for key, served := range f.Kinds() {
		switch {
		case !served:
			delete(d.until, key)
		case d.holds > 0 && len(d.until) < maxKinds:
			d.until[key] = now.Add(d.holds)
		}
	}
	known := make(map[string]bool, len(d.until))
	for key := range d.until {
		known[key] = true
	}
	return known
}
