package protostruct

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/agext/levenshtein"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/ontopix/crossplane-ecr/fn/fault"
)

// Bounds of what is looked for, and of what a message lists.
const (
	maxSuggesting = 20 // unknown fields of an object; with more, none gets a suggestion
	maxListed     = 8  // fields of an object
	maxDepth      = 2  // below the struct that lacks a field
	maxPlaces     = 2  // that a field may belong to; with more, its name is a common word
)

// wanted says what must be in place of a value that does not fit, and what to write where it is clear what is meant.
func (p place) wanted(v *structpb.Value) string {
	want, yaml := words[p.t.Kind()], instead(v, p.t)
	switch k := v.GetKind().(type) {
	case *structpb.Value_BoolValue, *structpb.Value_NumberValue: // YAML takes a text that looks like one for that.
		if p.t.Kind() == reflect.String {
			return want + ": quote it"
		}
		if p.t.Kind() == reflect.Int64 && math.Abs(v.GetNumberValue()) > maxInteger {
			return fmt.Sprintf("between %d and %d", -maxInteger, maxInteger)
		}
	case *structpb.Value_StringValue:
		// YAML takes True and TRUE for true.
		if yaml == "" && json.Unmarshal([]byte(strings.ToLower(k.StringValue)), reflect.New(p.t).Interface()) == nil {
			return want + ": leave out the quotes"
		}
	}
	if p.t.Kind() == reflect.Struct {
		if names := structTypeOf(p.t).names; yaml == "" && len(names) <= maxListed {
			return want + " with " + strings.Join(names, ", ")
		} else if yaml != "" && strings.HasSuffix(p.path.String(), "]") {
			yaml = "- " + yaml
		}
	}
	if yaml != "" {
		return want + ": write `" + yaml + "`"
	}
	return want
}

// instead returns the YAML of a type of which people write a part alone: the one item of a list, or the first field of
// an object, such as its name. It is empty if it is not clear what is meant.
func instead(v *structpb.Value, t reflect.Type) string {
	text := v.GetStringValue()
	switch t.Kind() {
	case reflect.String:
		if text != "" {
			return scalar(text)
		}
	case reflect.Struct:
		first := structTypeOf(t).fields[0]
		switch {
		case first.typ.Kind() == reflect.String && text != "":
			return first.name + ": " + scalar(text)
		case first.typ.Kind() == reflect.Slice && v.GetListValue() != nil:
			return first.name + ": [...]"
		}
	case reflect.Slice: // Or an object of which the keys are the names of the items.
		item := pointed(t.Elem())
		if names := v.GetStructValue().GetFields(); len(names) > 0 && item.Kind() == reflect.Struct {
			v = structpb.NewStringValue(slices.Min(slices.Collect(maps.Keys(names))))
		}
		if yaml := instead(v, item); yaml != "" {
			return "- " + yaml
		}
	case reflect.Map: // AWS writes a list of pairs.
		for _, pair := range v.GetListValue().GetValues() {
			f := pair.GetStructValue().GetFields()
			if key := cmp.Or(f["Key"].GetStringValue(), f["key"].GetStringValue()); key != "" {
				return scalar(key) + ": " + scalar(cmp.Or(f["Value"].GetStringValue(), f["value"].GetStringValue()))
			}
		}
	}
	return ""
}

// plainText are strings that YAML needs no quotes for.
var plainText = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._/-]*$`)

// scalar writes the beginning of a string as YAML takes it for one.
func scalar(s string) string {
	if _, err := strconv.ParseBool(s); err != nil && plainText.MatchString(s) {
		return clip(s)
	}
	return strconv.Quote(clip(s))
}

// A Hinter is a struct that knows what people write in place of its fields.
type Hinter interface {
	// Hints returns what to do instead, by the name of the field that there is not.
	Hints() map[string]string
}

// checkUnknown returns a fault for each value that is none of the fields.
func (p place) checkUnknown(values map[string]*structpb.Value) fault.List {
	var unknown []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !isNull(values[name]) && !p.has(name) {
			unknown = append(unknown, name)
		}
	}
	hints := map[string]string{}
	if h, ok := reflect.Zero(p.t).Interface().(Hinter); ok {
		for name, hint := range h.Hints() {
			hints[fold(name)] = hint
		}
	}
	var l fault.List
	for _, name := range unknown {
		rule := "unknown field"
		if hint := hints[fold(name)]; hint != "" {
			rule += ": " + hint
		} else if len(unknown) <= maxSuggesting {
			rule += p.meant(name)
		}
		l.Add(place{path: p.path.Child(clip(name))}.fault(nil, "%s", rule)...)
	}
	return l
}

// meant says what an unknown field was probably meant to be: one of the same struct that is a letter off, one of
// the same name in another struct, or one of the same struct that is a few letters off.
func (p place) meant(name string) string {
	near, distance := p.nearest(name)
	if near == "" || distance > 1 {
		if places := p.elsewhere(name); 0 < len(places) && len(places) <= maxPlaces {
			return ": belongs to " + strings.Join(places, " or ")
		}
	}
	if near == "" {
		return ""
	}
	return fmt.Sprintf(", did you mean %q?", near)
}

// joints are how other languages join the words of a name.
var joints = strings.NewReplacer("_", "", "-", "")

// fold returns the letters of a name, in which neither case nor joints count.
func fold(name string) string { return strings.ToLower(joints.Replace(name)) }

// nearest returns the field of which the name is nearest to an unknown one, and how many letters off it is. It is
// empty if none is near.
func (p place) nearest(name string) (best string, distance int) {
	name = fold(name)
	distance = max(2, len(name)/3) + 1
	for _, f := range structTypeOf(p.t).fields {
		known := fold(f.name)
		// Of a name that is much longer no distance is computed. With every letter replaced any two short names are near.
		if longer := len(known) - len(name); max(longer, -longer) >= distance {
			continue
		}
		if n := levenshtein.Distance(name, known, nil); n < distance && n < min(len(name), len(known)) {
			best, distance = f.name, n
		}
	}
	return best, distance
}

// elsewhere returns the paths of the structs that have a field which this one lacks: those below it, of the least
// depth at which there are any, or the nearest one around it.
func (p place) elsewhere(name string) []string {
	for depth := range maxDepth {
		if places := p.below(name, depth); len(places) > 0 {
			return places
		}
	}
	for outer := p.around; outer != nil; outer = outer.around {
		if outer.has(name) {
			return []string{outer.path.String()}
		}
	}
	return nil
}

// below returns the paths of the structs that have a field, with as many structs between them and this one.
func (p place) below(name string, between int) []string {
	var places []string
	for _, f := range structTypeOf(p.t).fields {
		inner := place{t: f.typ, path: p.path.Child(f.name)}
		switch {
		case f.typ.Kind() != reflect.Struct || strings.HasSuffix(f.name, "Ref"): // A reference has a name and a kind, as everything has.
		case between > 0:
			places = append(places, inner.below(name, between-1)...)
		case inner.has(name):
			places = append(places, inner.path.String())
		}
	}
	return places
}

// has reports whether the struct has a field.
func (p place) has(name string) bool { return slices.Contains(structTypeOf(p.t).names, name) }
