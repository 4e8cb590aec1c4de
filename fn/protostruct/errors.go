package protostruct

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// What others wrote is quoted in messages, and has no bounds of its own.
const (
	maxQuoted     = 100 // bytes of a value, name or key
	maxSuggesting = 20  // unknown fields of an object; with more, none gets a suggestion
	maxErrors     = 1000
)

// fail notes an error, which is made only if it is reported, and if there are not
// more than anybody will read. It returns false for the decodeFunc to return.
func (d *decoder) fail(err func() *field.Error) bool {
	d.failed = true
	if d.reports && len(d.errs) < maxErrors {
		d.errs = append(d.errs, err())
	}
	return false
}

func (d *decoder) wrongType(path *field.Path, v *structpb.Value, want string) bool {
	return d.fail(func() *field.Error { return field.TypeInvalid(path, readable(v), "must be "+want) })
}

func (d *decoder) outOfRange(path *field.Path, v *structpb.Value, low, high float64) bool {
	return d.fail(func() *field.Error {
		return field.Invalid(path, readable(v), fmt.Sprintf("must be between %v and %v", number(low), number(high)))
	})
}

func (d *decoder) nullItem(path *field.Path, i int) {
	if d.strict {
		d.fail(func() *field.Error { return field.TypeInvalid(path.Index(i), nil, "must not be null") })
	}
}

// unknownFields notes the values that none of the fields has the name of.
func (d *decoder) unknownFields(fields []structField, values map[string]*structpb.Value, path *field.Path) {
	known := make(map[string]bool, len(fields))
	for _, f := range fields {
		known[f.name] = true
	}
	var unknown []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !known[name] && !isNull(values[name]) {
			unknown = append(unknown, name)
		}
	}
	for _, name := range unknown {
		d.fail(func() *field.Error {
			detail := "unknown field"
			if s := suggest(name, fields); s != "" && len(unknown) <= maxSuggesting {
				detail += fmt.Sprintf(", did you mean %q?", s)
			}
			return field.Forbidden(d.child(path, name), detail)
		})
	}
}

// suggest returns the field that an unknown name was probably meant to be, or
// nothing.
func suggest(name string, fields []structField) string {
	best, nearest := "", 3
	for _, f := range fields {
		if strings.EqualFold(f.name, name) {
			return f.name
		}
		// With every letter replaced any two short names are near.
		if n := distance(name, f.name); n < nearest && n < min(len(name), len(f.name)) {
			best, nearest = f.name, n
		}
	}
	return best
}

// distance returns how many bytes have to be inserted, removed or replaced to
// make b of a, or 3 if their lengths alone say that it is more than two.
func distance(a, b string) int {
	if len(a)-len(b) > 2 || len(b)-len(a) > 2 {
		return 3
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// Paths are made only when errors are reported.

func (d *decoder) child(path *field.Path, name string) *field.Path {
	if !d.reports {
		return nil
	}
	return path.Child(clip(name))
}

func (d *decoder) key(path *field.Path, key string) *field.Path {
	if !d.reports {
		return nil
	}
	return path.Key(clip(key))
}

func (d *decoder) index(path *field.Path, i int) *field.Path {
	if !d.reports {
		return nil
	}
	return path.Index(i)
}

// readable returns v as a Go value that field.Error prints well. Long strings are
// cut, long objects and lists are not shown.
func readable(v *structpb.Value) any {
	switch k := v.GetKind().(type) {
	case *structpb.Value_StringValue:
		return clip(k.StringValue)
	case *structpb.Value_BoolValue:
		return k.BoolValue
	case *structpb.Value_NumberValue:
		return number(k.NumberValue)
	}
	if proto.Size(v) > maxQuoted {
		return field.OmitValueType{}
	}
	return v.AsInterface()
}

// number returns n as an integer if it is one: 1000000, not 1e+06.
func number(n float64) any {
	if n == math.Trunc(n) && math.Abs(n) <= maxInteger {
		return int64(n)
	}
	return n
}

// clip returns the beginning of s that is fit for a message.
func clip(s string) string {
	if len(s) <= maxQuoted {
		return s
	}
	return strings.ToValidUTF8(s[:maxQuoted], "") + "…"
}

// A locatedError is an error and the path of the field that it is about.
type locatedError struct {
	path string
	err  error
}

func (e *locatedError) Error() string { return e.path + ": " + e.err.Error() }
func (e *locatedError) Unwrap() error { return e.err }

// locate puts an element in front of the path of err.
func locate(element string, err error) error {
	l, ok := err.(*locatedError)
	switch {
	case !ok:
		return &locatedError{element, err}
	case strings.HasPrefix(l.path, "["):
		l.path = element + l.path
	default:
		l.path = element + "." + l.path
	}
	return l
}

func locateKey(key string, err error) error {
	return locate("["+strings.ToValidUTF8(key, "\uFFFD")+"]", err)
}
