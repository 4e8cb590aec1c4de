// Package fault describes what is wrong with what a person wrote: where it is, what they
// wrote, which rule it breaks and who made the rule.
package fault

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Owner of a rule that was broken, so that people know whom to ask.
type Owner string

// Owners of rules.
const (
	AWS      Owner = "AWS"
	GitHub   Owner = "GitHub"
	API      Owner = "API"
	Platform Owner = "platform team"
)

// A Fault is one thing that is wrong.
type Fault struct {
	// Path of the field, as Kubernetes writes paths.
	Path *field.Path

	// Value that was written; nil if there is none to show.
	Value any

	// Rule that it breaks, in the words of its owner.
	Rule string

	// Owner of the rule.
	Owner Owner

	// ID of the rule: short, stable and few, for metrics. A guardrail's is its path
	// below guardrails.
	ID string
}

// String returns the fault as people read it.
func (f Fault) String() string {
	path, value, rule := f.Words()
	if value != "" {
		path += " " + value
	}
	return path + ": " + rule
}

// Words returns what String is made of: the path, the value and, with its owner, the rule.
func (f Fault) Words() (path, value, rule string) {
	rule = fmt.Sprintf("%s (%s)", Cut(f.Rule, MaxText), f.owner())
	return printable(Cut(f.Path.String(), maxPath)), printable(show(f.Value)), printable(rule)
}

// owner says who made the rule. The platform team's rules have names, by which people ask
// for an exception.
func (f Fault) owner() string {
	switch f.Owner {
	case API:
		return "the API's rule"
	case Platform:
		return "the platform team's rule " + f.ID
	default:
		return string(f.Owner) + "'s rule"
	}
}

// Bounds of how much of a path, which may hold keys, and of a value is repeated to its
// author, in bytes.
const (
	maxPath  = 400
	maxShown = 120
)

// MaxText is how much is told at most of a rule, which may list what is allowed instead,
// or in one piece of advice, in bytes.
const MaxText = 1000

// show returns a value as it was written, as far as it is shown.
func show(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return quote(v)
	case []string:
		v = v[:min(len(v), maxShown)] // a list of many thousands would be written for each of its items
		quoted := make([]string, len(v))
		for i, s := range v {
			quoted[i] = quote(s)
		}
		return Cut("["+strings.Join(quoted, ", ")+"]", maxShown)
	case []any, map[string]any, float64: // of numbers, 1000000 and not 1e+06
		if text, err := json.Marshal(v); err == nil {
			return Cut(string(text), maxShown)
		}
	}
	return Cut(fmt.Sprint(v), maxShown)
}

// quote quotes no more of a text than is shown.
func quote(s string) string {
	return Cut(strconv.Quote(Cut(s, maxShown)), maxShown)
}

// printable returns a text with its control characters and the like escaped: a key that people choose
// must not write lines, or colours of a terminal, into a message.
func printable(s string) string {
	b := &strings.Builder{}
	for _, r := range s {
		if strconv.IsPrint(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return b.String()
}

// Cut returns at most the first bytes of a text, and then an ellipsis.
func Cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most] + "…"
}

// A List is all that is wrong.
type List []Fault

// maxKept is how many faults a list keeps: far more than are told, and few enough that
// a list of a million things, each of them wrong, costs no memory to speak of.
const maxKept = 1000

// Add adds faults, up to as many as a list keeps.
func (l *List) Add(faults ...Fault) {
	*l = append(*l, faults[:max(0, min(len(faults), maxKept-len(*l)))]...)
}

// Each returns what is wrong with the items of a list at a path, given what is wrong with one item.
func Each[T any](items []T, path *field.Path, validate func(item T, path *field.Path) List) List {
	var l List
	for i, item := range items {
		l.Add(validate(item, path.Index(i))...)
	}
	return l
}

// Items returns what is wrong with a list that may have so many items, and with each of these. A list that is there and
// has none is wrong too, if empty says what to write instead.
func Items[T any](items []T, path *field.Path, most int, empty string, validate func(item T, path *field.Path) List) List {
	var l List
	switch n := len(items); {
	case n > most:
		l.Invalid(path, nil, "has %d items, at most %d are allowed", n, most)
		items = items[:most]
	case n == 0 && items != nil && empty != "":
		l.Invalid(path, nil, "%s", empty)
	}
	return append(l, Each(items, path, validate)...)
}

// OneOf returns what is wrong with a word that is none of those that the API allows; nil is no word.
func OneOf[T ~string](word *T, path *field.Path, allowed ...T) List {
	var l List
	if word != nil && !slices.Contains(allowed, *word) {
		words := make([]string, len(allowed))
		for i, w := range allowed {
			words[i] = string(w)
		}
		l.Invalid(path, string(*word), "must be %s", strings.Join(words, " or "))
	}
	return l
}

// Invalid adds a value that breaks a rule of the API.
func (l *List) Invalid(p *field.Path, value any, format string, args ...any) {
	l.Add(Fault{Path: p, Value: value, Rule: fmt.Sprintf(format, args...), Owner: API, ID: "invalid"})
}

// Required adds a value that is missing.
func (l *List) Required(p *field.Path, format string, args ...any) {
	l.Add(Fault{Path: p, Rule: "required: " + fmt.Sprintf(format, args...), Owner: API, ID: "required"})
}

// AWS adds a value that breaks the named rule of AWS.
func (l *List) AWS(id string, p *field.Path, value any, format string, args ...any) {
	l.Add(Fault{Path: p, Value: value, Rule: fmt.Sprintf(format, args...), Owner: AWS, ID: id})
}

// GitHub adds a value that breaks the named rule of GitHub.
func (l *List) GitHub(id string, p *field.Path, value any, format string, args ...any) {
	l.Add(Fault{Path: p, Value: value, Rule: fmt.Sprintf(format, args...), Owner: GitHub, ID: id})
}

// Platform adds a value that breaks the named guardrail.
func (l *List) Platform(id string, p *field.Path, value any, format string, args ...any) {
	l.Add(Fault{Path: p, Value: value, Rule: fmt.Sprintf(format, args...), Owner: Platform, ID: id})
}

// IDNotFound is the ID of a reference to something that is not there.
const IDNotFound = "orgAccess.notFound"

// IDDecode is the ID of what a strict decoder finds.
const IDDecode = "decode"

// InSettings reports whether the fault is in the platform team's own settings.
func (f Fault) InSettings() bool {
	root := f.Path.Root().String()
	return root == "input" || root == "platformConfig"
}

// Tell returns what is told of all that is wrong: in the order of what was written,
// each fault once, and none below a field that could not be read at all. A value that AWS,
// GitHub or the API cannot take needs no guardrail to refuse it.
func (l List) Tell() List {
	l = l[:min(len(l), maxKept)]
	unread, impossible := map[string]bool{}, map[string]bool{}
	place := make(map[*field.Path][]int, len(l))
	for _, f := range l {
		path := f.Path.String()
		place[f.Path] = placeOf(path)
		if f.ID == IDDecode {
			unread[path] = true
		}
		if f.Owner != Platform && f.Value != nil {
			impossible[path+" "+show(f.Value)] = true
		}
	}
	seen := make(map[string]bool, len(l))
	told := slices.DeleteFunc(slices.Clone(l), func(f Fault) bool {
		s, path := f.String(), f.Path.String()
		known := seen[s]
		seen[s] = true
		return known || f.ID != IDDecode && within(path, unread) || f.Owner == Platform && impossible[path+" "+show(f.Value)]
	})
	slices.SortStableFunc(told, func(a, b Fault) int { return slices.Compare(place[a.Path], place[b.Path]) })
	return told
}

// within reports whether a path or one that it lies below is among some.
func within(path string, some map[string]bool) bool {
	for at := len(path); at > 0; at = strings.LastIndexAny(path[:at], ".[") {
		if some[path[:at]] {
			return true
		}
	}
	return false
}

// maxTold is how many lines one message tells.
const maxTold = 20

// Lines returns at most 20 lines, and how many more there are.
func Lines(lines []string) string {
	if more := len(lines) - maxTold; more > 0 {
		lines = append(lines[:maxTold:maxTold], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(lines, "\n")
}

// Message returns what is wrong, a line each.
func (l List) Message() string {
	lines := make([]string, len(l))
	for i, f := range l {
		lines[i] = f.String()
	}
	return Lines(lines)
}
