// Package fault describes the faults in what people write: the field, the value, the rule that it breaks and who made
// the rule.
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

// An Owner is who made a rule. Messages name the owner, so that people know whom to ask.
type Owner string

// Owners of rules.
const (
	AWS      Owner = "AWS"
	GitHub   Owner = "GitHub"
	API      Owner = "API"
	Platform Owner = "platform team"
)

// A Fault is a value that breaks a rule, or one that is missing.
type Fault struct {
	// Path of the field, in Kubernetes' notation.
	Path *field.Path

	// Value as it was written; nil if there is none to show.
	Value any

	// Rule that the value breaks, in the words of its owner.
	Rule string

	// Owner of the rule.
	Owner Owner

	// ID of the rule, for metrics: short, stable and one of few. The ID of a guardrail is its path below guardrails.
	ID string
}

// String returns the fault as a line of a message.
func (f Fault) String() string {
	path, value, rule := f.Words()
	if value != "" {
		path += " " + value
	}
	return path + ": " + rule
}

// Words returns the parts of String: the path, the value, and the rule with its owner.
func (f Fault) Words() (path, value, rule string) {
	rule = fmt.Sprintf("%s (%s)", Truncate(f.Rule, MaxText), f.owner())
	return printable(Truncate(f.Path.String(), maxPath)), printable(show(f.Value)), printable(rule)
}

// owner returns who made the rule, in words. The platform team's rules have names, by which people ask for an
// exception.
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

// Maximum lengths of a path, which may hold keys, and of a value in a message, in bytes.
const (
	maxPath  = 400
	maxShown = 120
)

// MaxText is the maximum length of a rule, which may list what is allowed instead, and of a piece of advice, in bytes.
const MaxText = 1000

// show returns a value as a message shows it.
func show(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return quote(v)
	case []string:
		v = v[:min(len(v), maxShown)] // Each item of a list of many thousands may have a fault that shows the list.
		quoted := make([]string, len(v))
		for i, s := range v {
			quoted[i] = quote(s)
		}
		return Truncate("["+strings.Join(quoted, ", ")+"]", maxShown)
	case []any, map[string]any, float64: // JSON writes 1000000, fmt 1e+06.
		if text, err := json.Marshal(v); err == nil {
			return Truncate(string(text), maxShown)
		}
	}
	return Truncate(fmt.Sprint(v), maxShown)
}

// quote quotes a text, up to the length that a message shows.
func quote(s string) string {
	return Truncate(strconv.Quote(Truncate(s, maxShown)), maxShown)
}

// printable escapes control characters and the like in a text: a key that people choose must not write lines, or
// colours of a terminal, into a message.
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

// Truncate returns a text of up to most bytes as it is, and the beginning of a longer text with an ellipsis.
func Truncate(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most] + "…"
}

// A List has the faults of an input, in the order in which they were found.
type List []Fault

// maxKept is the maximum number of faults in a list: far more than messages show, and few enough that a million wrong
// values cost little memory.
const maxKept = 1000

// Add adds faults, as long as the list has fewer than maxKept.
func (l *List) Add(faults ...Fault) {
	*l = append(*l, faults[:max(0, min(len(faults), maxKept-len(*l)))]...)
}

// Each validates each item of the list at a path.
func Each[T any](items []T, path *field.Path, validate func(item T, path *field.Path) List) List {
	var l List
	for i, item := range items {
		l.Add(validate(item, path.Index(i))...)
	}
	return l
}

// Items validates a list, which may have up to most items, and each item up to that number. Unless empty is "", it is
// the rule that a list without items breaks; nil does not break it.
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

// OneOf validates a word, which must be nil or one of those that the API allows.
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

// IDNotFound is the ID of the rule that a reference to a missing object breaks.
const IDNotFound = "orgAccess.notFound"

// IDDecode is the ID of the rules of the strict decoder.
const IDDecode = "decode"

// InSettings reports whether the fault is in the platform team's settings.
func (f Fault) InSettings() bool {
	root := f.Path.Root().String()
	return root == "input" || root == "platformConfig"
}

// Reported returns the faults that are reported: in the order of the fields, each once, and none below a field that
// could not be read. A guardrail's fault is left out if its value breaks a rule of AWS, GitHub or the API as well.
func (l List) Reported() List {
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
	reported := slices.DeleteFunc(slices.Clone(l), func(f Fault) bool {
		s, path := f.String(), f.Path.String()
		known := seen[s]
		seen[s] = true
		return known || f.ID != IDDecode && within(path, unread) || f.Owner == Platform && impossible[path+" "+show(f.Value)]
	})
	slices.SortStableFunc(reported, func(a, b Fault) int { return slices.Compare(place[a.Path], place[b.Path]) })
	return reported
}

// within reports whether a set has a path, or a path above it.
func within(path string, set map[string]bool) bool {
	for at := len(path); at > 0; at = strings.LastIndexAny(path[:at], ".[") {
		if set[path[:at]] {
			return true
		}
	}
	return false
}

// maxLines is the maximum number of lines in a message.
const maxLines = 20

// Lines joins at most 20 lines, and adds the number of those that are left out.
func Lines(lines []string) string {
	if n := len(lines) - maxLines; n > 0 {
		lines = append(lines[:maxLines:maxLines], fmt.Sprintf("and %d more", n))
	}
	return strings.Join(lines, "\n")
}

// Message returns the faults, a line for each.
func (l List) Message() string {
	lines := make([]string, len(l))
	for i, f := range l {
		lines[i] = f.String()
	}
	return Lines(lines)
}
