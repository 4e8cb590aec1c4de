package protostruct

import (
	"fmt"
	"maps"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/agext/levenshtein"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/fn/fault"
)

// Bounds of what a message repeats: what people write has none of its own.
const (
	maxQuoted     = 100 // bytes of a value, name or key
	maxSuggesting = 20  // unknown fields of an object; with more, none gets a suggestion
	maxListed     = 8   // fields of an object
	maxFaults     = 1000
)

// fail adds a fault, unless there are more than anybody reads. It returns false, for value to return.
func (d *decoder) fail(path *field.Path, value any, format string, args ...any) bool {
	if d.strict && len(d.faults) < maxFaults {
		rule := fmt.Sprintf(format, args...)
		d.faults = append(d.faults, fault.Fault{Path: path, Value: value, Rule: rule, Owner: fault.API, ID: fault.IDDecode})
	}
	return false
}

// wrongType adds a fault for a value that is not of the type that is wanted, and says what to do where it is one in
// quotes.
func (d *decoder) wrongType(v *structpb.Value, want string, path *field.Path) bool {
	if _, ok := v.GetKind().(*structpb.Value_StringValue); ok && isQuoted(v.GetStringValue(), want) {
		want += ": leave out the quotes"
	}
	return d.fail(path, readable(v), "must be %s", want)
}

// isQuoted reports whether a string is the text of what is wanted.
func isQuoted(text, want string) bool {
	var err error
	switch want {
	case "true or false":
		_, err = strconv.ParseBool(text)
	case "an integer":
		_, err = strconv.ParseInt(text, 10, 64)
	case "a number":
		_, err = strconv.ParseFloat(text, 64)
	default:
		return false
	}
	return err == nil
}

// wrongString is wrongType where a string is wanted: YAML takes one that looks like a number or a
// boolean for that.
func (d *decoder) wrongString(v *structpb.Value, path *field.Path) bool {
	switch v.GetKind().(type) {
	case *structpb.Value_NumberValue, *structpb.Value_BoolValue:
		return d.fail(path, readable(v), "must be a string: quote it")
	}
	return d.wrongType(v, "a string", path)
}

// wrongList is wrongType where a list is wanted: people write its one item, or an object of which the keys are the
// names of the items.
func (d *decoder) wrongList(v *structpb.Value, item reflect.Type, path *field.Path) bool {
	want := "a list"
	switch k := v.GetKind().(type) {
	case *structpb.Value_StringValue:
		if name, ok := firstField(item, reflect.String); ok {
			want += write("- " + name + ": " + scalar(k.StringValue))
		} else if item.Kind() == reflect.String {
			want += write("- " + scalar(k.StringValue))
		}
	case *structpb.Value_StructValue:
		if names := k.StructValue.GetFields(); len(names) > 0 {
			if name, ok := firstField(item, reflect.String); ok {
				want += write("- " + name + ": " + scalar(slices.Min(slices.Collect(maps.Keys(names)))))
			}
		}
	}
	return d.wrongType(v, want, path)
}

// wrongObject is wrongType where a struct is wanted: people write the value of its first field alone, such as its name.
func (d *decoder) wrongObject(v *structpb.Value, t reflect.Type, path *field.Path) bool {
	item := ""
	if strings.HasSuffix(path.String(), "]") {
		item = "- "
	}
	switch k := v.GetKind().(type) {
	case *structpb.Value_StringValue:
		if name, ok := firstField(t, reflect.String); ok && k.StringValue != "" {
			return d.wrongType(v, "an object"+write(item+name+": "+scalar(k.StringValue)), path)
		}
	case *structpb.Value_ListValue:
		if name, ok := firstField(t, reflect.Slice); ok {
			return d.wrongType(v, "an object"+write(item+name+": [...]"), path)
		}
	}
	return d.wrongType(v, "an object"+withFields(t), path)
}

// withFields lists the fields of a struct, unless there are more than a message can tell.
func withFields(t reflect.Type) string {
	fields := structTypeOf(t).fields
	if len(fields) == 0 || len(fields) > maxListed {
		return ""
	}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	return " with " + strings.Join(names, ", ")
}

// wrongMap is wrongType where keys and values are wanted: AWS writes them as a list of pairs.
func (d *decoder) wrongMap(v *structpb.Value, path *field.Path) bool {
	want := "an object of keys and values"
	for _, pair := range v.GetListValue().GetValues() {
		var key, value string
		for name, v := range pair.GetStructValue().GetFields() {
			switch strings.ToLower(name) {
			case "key":
				key = v.GetStringValue()
			case "value":
				value = v.GetStringValue()
			}
		}
		if key != "" {
			want += write(scalar(key) + ": " + scalar(value))
			break
		}
	}
	return d.wrongType(v, want, path)
}

func write(instead string) string { return ": write `" + instead + "`" }

// plainText are strings that YAML needs no quotes for.
var plainText = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._/-]*$`)

// scalar writes the beginning of a string as YAML takes it for one.
func scalar(s string) string {
	if plainText.MatchString(s) && !isQuoted(s, "true or false") {
		return clip(s)
	}
	return strconv.Quote(clip(s))
}

// firstField returns the name of a struct's first field if that is of a kind.
func firstField(t reflect.Type, kind reflect.Kind) (string, bool) {
	if t.Kind() != reflect.Struct {
		return "", false
	}
	fields := structTypeOf(t).fields
	if len(fields) == 0 {
		return "", false
	}
	first := t.FieldByIndex(fields[0].index).Type
	if first.Kind() == reflect.Pointer {
		first = first.Elem()
	}
	return fields[0].name, first.Kind() == kind
}

// A Hinter is a struct that knows what people write in place of its fields.
type Hinter interface {
	// Hints returns what to do instead, by the name of the field that there is not.
	Hints() map[string]string
}

// unknown adds a fault for each value that is not one of fields.
func (d *decoder) unknown(fields []structField, values map[string]*structpb.Value, into reflect.Value, path *field.Path) {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	var unknown []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !isNull(values[name]) && !slices.Contains(names, name) {
			unknown = append(unknown, name)
		}
	}
	var hints map[string]string
	if h, ok := into.Interface().(Hinter); ok {
		hints = h.Hints()
	}
	for _, name := range unknown {
		rule := "unknown field"
		if hint := hintFor(name, hints); hint != "" {
			rule += ": " + hint
		} else if len(unknown) <= maxSuggesting {
			rule += d.instead(name, names)
		}
		d.fail(d.child(path, name), nil, "%s", rule)
	}
}

// hintFor returns the hint for a name, however its words are joined; empty if there is none.
func hintFor(name string, hints map[string]string) string {
	plain := joints.Replace(name)
	for known, hint := range hints {
		if strings.EqualFold(known, plain) {
			return hint
		}
	}
	return ""
}

// instead says what an unknown field was probably meant to be: one of the same struct in another case or a
// letter off, one of the same name in another struct, or one of the same struct that is a few letters off.
func (d *decoder) instead(name string, known []string) string {
	near, distance := nearest(name, known)
	if near == "" || distance > 1 {
		if places := d.elsewhere(name); places != "" {
			return ": belongs to " + places
		}
	}
	if near == "" {
		return ""
	}
	return fmt.Sprintf(", did you mean %q?", near)
}

// joints are how other languages join the words of a name.
var joints = strings.NewReplacer("_", "", "-", "")

// nearest returns the name that an unknown one is nearest to, and how many letters off it is: none if only
// the case or the joints differ. It is empty if none is near.
func nearest(name string, known []string) (string, int) {
	best, distance := "", max(2, len(name)/3)+1
	plain := joints.Replace(name)
	for _, k := range known {
		if strings.EqualFold(k, plain) {
			return k, 0
		}
		if n := len(k) - len(name); max(n, -n) >= distance {
			continue
		}
		// With every letter replaced any two short names are near.
		if n := levenshtein.Distance(name, k, nil); n < distance && n < min(len(name), len(k)) {
			best, distance = k, n
		}
	}
	return best, distance
}

// Bounds of the search for structs that have a field.
const (
	maxDepth  = 2 // below the struct that lacks it
	maxPlaces = 2 // with more, its name is a common word
)

// elsewhere returns the paths of the structs that have a field which the innermost one lacks: those below it, or
// the nearest around it. It is empty if there is none.
func (d *decoder) elsewhere(name string) string {
	inner := d.within[len(d.within)-1]
	places := below(inner, name, maxDepth)
	for _, outer := range slices.Backward(d.within[:len(d.within)-1]) {
		if len(places) == 0 && has(outer.t, name) {
			places = append(places, outer.path.String())
		}
	}
	if len(places) > maxPlaces {
		return ""
	}
	return strings.Join(places, " or ")
}

// below returns the paths of the structs below one that have a field, of the least depth at which there are any.
func below(l level, name string, depth int) []string {
	var places []string
	var inner []level
	for _, f := range structTypeOf(l.t).fields {
		t := l.t.FieldByIndex(f.index).Type
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		// A reference has a name and a kind, as everything has.
		if t.Kind() != reflect.Struct || t == rawValue.Elem() || t == rawStruct.Elem() || strings.HasSuffix(f.name, "Ref") {
			continue
		}
		at := level{t, l.path.Child(f.name)}
		if inner = append(inner, at); has(t, name) {
			places = append(places, at.path.String())
		}
	}
	if len(places) > 0 || depth == 1 {
		return places
	}
	for _, at := range inner {
		places = append(places, below(at, name, depth-1)...)
	}
	return places
}

// has reports whether a struct has a field.
func has(t reflect.Type, name string) bool {
	return slices.ContainsFunc(structTypeOf(t).fields, func(f structField) bool { return f.name == name })
}

// Only a strict decoder needs paths.

func (d *decoder) child(path *field.Path, name string) *field.Path {
	if !d.strict {
		return nil
	}
	return path.Child(clip(name))
}

func (d *decoder) key(path *field.Path, key string) *field.Path {
	if !d.strict {
		return nil
	}
	return path.Key(clip(key))
}

func (d *decoder) index(path *field.Path, i int) *field.Path {
	if !d.strict {
		return nil
	}
	return path.Index(i)
}

// readable returns v as a fault shows it. Long strings are cut, long objects and lists are not shown.
func readable(v *structpb.Value) any {
	switch k := v.GetKind().(type) {
	case *structpb.Value_StringValue:
		return clip(k.StringValue)
	case *structpb.Value_NumberValue:
		if n := k.NumberValue; n == math.Trunc(n) && math.Abs(n) <= maxInteger {
			return int64(n) // 1000000, not 1e+06
		}
	}
	if proto.Size(v) > maxQuoted {
		return nil
	}
	return v.AsInterface()
}

// clip returns the beginning of s that is fit for a message.
func clip(s string) string { return fault.Cut(s, maxQuoted) }
