package report

import (
	"fmt"
	"slices"
	"strings"
)

// counted is a kind of thing that a report counts, by the name that --fail-on knows it by.
type counted struct {
	Name string

	// One and Many say how many there are.
	One, Many string

	of func(*Report) int
}

// counts are all of them, the worst first.
var counts = []counted{
	{"invalid", "is not valid", "are not valid", rowsThat(func(r *Row) bool { return r.Valid == statusFalse })},
	{"paused", "is paused", "are paused", rowsThat(func(r *Row) bool { return r.Paused })},
	{"notsynced", "is not synced", "are not synced", rowsThat(func(r *Row) bool { return r.Synced == statusFalse })},
	{"notready", "is not ready", "are not ready", rowsThat(func(r *Row) bool { return r.Ready != statusTrue })},
	{"noncompliant", "is not compliant", "are not compliant", rowsThat(func(r *Row) bool { return r.Compliant == statusFalse })},
	{"exceptions", "exception ends soon", "exceptions end soon", func(r *Report) int { return len(r.Exceptions) }},
	{"retained", "repository is retained", "repositories are retained", sum(func(r *Row) int { return len(r.Retained) })},
	{"advice", "piece of advice", "pieces of advice", sum(func(r *Row) int { return len(r.Advice) })},
}

// rowsThat counts the rows that something holds for.
func rowsThat(holds func(*Row) bool) func(*Report) int {
	return sum(func(r *Row) int {
		if holds(r) {
			return 1
		}
		return 0
	})
}

// sum adds up what the rows have.
func sum(of func(*Row) int) func(*Report) int {
	return func(r *Report) int {
		n := 0
		for i := range r.Objects {
			n += of(&r.Objects[i])
		}
		return n
	}
}

// names that --fail-on knows.
func names() []string {
	all := make([]string, len(counts))
	for i, c := range counts {
		all[i] = c.Name
	}
	return all
}

// fails reports whether there is any of what is named.
func (r *Report) fails(on []string) bool {
	return slices.ContainsFunc(on, func(name string) bool { return r.Totals[name] > 0 })
}

// checkNames returns an error for a name that is not counted.
func checkNames(given []string) error {
	for _, name := range given {
		if !slices.Contains(names(), name) {
			return fmt.Errorf("--fail-on %q: must be one or several of %s", name, strings.Join(names(), ","))
		}
	}
	return nil
}
