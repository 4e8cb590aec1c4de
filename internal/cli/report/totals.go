package report

import (
	"fmt"
	"slices"
	"strings"
)

// A counter counts something in a report. Name is its name for --fail-on.
type counter struct {
	Name string

	// One and Many follow the number in a text.
	One, Many string

	of func(*Report) int
}

// counters are all of them, the worst first.
var counters = []counter{
	{"invalid", "is not valid", "are not valid", rowsThat(func(r *Row) bool { return r.Valid == statusFalse })},
	{"paused", "is paused", "are paused", rowsThat(func(r *Row) bool { return r.Paused })},
	{"notsynced", "is not synced", "are not synced", rowsThat(func(r *Row) bool { return r.Synced == statusFalse })},
	{"notready", "is not ready", "are not ready", rowsThat(func(r *Row) bool { return r.Ready != statusTrue })},
	{"noncompliant", "is not compliant", "are not compliant", rowsThat(func(r *Row) bool { return r.Compliant == statusFalse })},
	{"exceptions", "exception ends soon", "exceptions end soon", func(r *Report) int { return len(r.Exceptions) }},
	{"retained", "repository is retained", "repositories are retained", sum(func(r *Row) int { return len(r.Retained) })},
	{"advice", "piece of advice", "pieces of advice", sum(func(r *Row) int { return len(r.Advice) })},
}

// rowsThat returns a function that counts the rows for which something holds.
func rowsThat(holds func(*Row) bool) func(*Report) int {
	return sum(func(r *Row) int {
		if holds(r) {
			return 1
		}
		return 0
	})
}

// sum returns a function that adds up a number of each row.
func sum(of func(*Row) int) func(*Report) int {
	return func(r *Report) int {
		n := 0
		for i := range r.Objects {
			n += of(&r.Objects[i])
		}
		return n
	}
}

// names returns the values of --fail-on.
func names() []string {
	all := make([]string, len(counters))
	for i, c := range counters {
		all[i] = c.Name
	}
	return all
}

// fails reports whether a total with one of the names is not zero.
func (r *Report) fails(on []string) bool {
	return slices.ContainsFunc(on, func(name string) bool { return r.Totals[name] > 0 })
}

// checkNames returns an error if a name is not a value of --fail-on.
func checkNames(given []string) error {
	for _, name := range given {
		if !slices.Contains(names(), name) {
			return fmt.Errorf("--fail-on %q: must be one or more of %s", name, strings.Join(names(), ","))
		}
	}
	return nil
}
