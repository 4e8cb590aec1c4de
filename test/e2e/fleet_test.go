package e2e_test

import (
	"fmt"
	"maps"
	"os"
	"testing"
	"time"

	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
)

// TestFleet measures a fleet of claims and one large claim. It fails only if something does not converge. It runs on
// demand: make e2e-fleet.
func TestFleet(t *testing.T) {
	onDemand(t)
	for _, version := range versions(t) {
		breakers := map[string][]string{"own": nil, "recommended": recommendedBreaker}
		if !version.Modern {
			breakers = map[string][]string{"none": nil}
		}
		for name, args := range breakers {
			if only := os.Getenv("E2E_BREAKER"); only != "" && only != name && version.Modern {
				continue
			}
			t.Run("crossplane-"+version.Name+"/breaker-"+name, func(t *testing.T) {
				f := &fleet{bench: newBench(t, claimed, plane.Options{Crossplane: version, CrossplaneArgs: args})}
				t.Cleanup(f.table) // a failed run shows what it has measured
				f.run()
			})
		}
	}
}

// A fleet records the costs of each step.
type fleet struct {
	*bench
	steps []string
	costs []costs
}

func (f *fleet) run() {
	product := f.product()
	wave := envInt("E2E_WAVE", 100)
	for _, size := range []struct{ claims, images int }{
		{1, envInt("E2E_MOST_IMAGES", 100)},
		{envInt("E2E_CLAIMS", 1000), envInt("E2E_IMAGES", 5)},
	} {
		if size.claims == 0 || size.images == 0 {
			continue
		}
		name := fmt.Sprintf("%d × %d images", size.claims, size.images)
		h := f.newHerd(product, fmt.Sprintf("of-%d", size.images), size.claims, size.images)
		f.step(product, name, func() {
			for from := 0; from < size.claims; from += wave {
				h.make(h.claims[from:min(from+wave, size.claims)])
			}
		})
		f.step(product, "an edit of one image of "+name, h.edit)
	}
	f.step(product, "nothing changes", func() { time.Sleep(time.Duration(envInt("E2E_REST_MINUTES", 3)) * time.Minute) })
}

// step measures a step.
func (f *fleet) step(s *subject, name string, do func()) {
	f.Helper()
	f.lab.Steps.Sayf("%s ...", name)
	costs := f.measure(s, do)
	_, gauges := f.read(s)
	maps.Copy(costs, gauges)
	for _, u := range f.listAll(s.group+"/v1alpha1", s.xrKind) {
		if plane.ConditionOf(u, "Responsive").Status == "False" {
			costs[open]++
		}
	}
	f.lab.Steps.Sayf("%s: %s s", name, figure(costs[elapsed]))
	f.steps, f.costs = append(f.steps, name), append(f.costs, costs)
}

// table prints a row per measure and a column per step.
func (f *fleet) table() {
	t := newTable(append([]string{f.Name()}, f.steps...)...)
	for _, name := range []string{
		elapsed, calls, functionCPU, coreCPU, kubeCPU, functionMemory, coreMemory, kubeMemory, requests, stored, storedSize, opened, open,
	} {
		cells := []string{name}
		for _, costs := range f.costs {
			cells = append(cells, figure(costs[name]))
		}
		t.row(cells...)
	}
	f.Log("\n" + t.String())
}
