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

// Bounds of suggestions.
const (
	maxSuggesting = 20 // unknown fields of an object; if there are more, none gets a suggestion
	maxListed     = 8  // fields of an object that a message lists
	maxDepth      = 2  // structs below the one that lacks a field
	maxPlaces     = 2  // places to which a field may belong; if there are more, its name is a common word
)

// wanted says what must replace a value that does not fit and, if the intention is clear, what to write instead.
func (p place) wanted(v *structpb.Value) string {
	kind := p.t.Kind()
	want := nouns[kind]
	if yaml := instead(v, p.t); yaml != "" {
		if kind == reflect.Struct && strings.HasSuffix(p.path.String(), "]") {
			yaml = "- " + yaml
		}
		return want + ": write `" + yaml + "`"
	}
	switch v.GetKind().(type) {
	case *structpb.Value_BoolValue, *structpb.Value_NumberValue:
		if kind == reflect.String { // YAML reads unquoted text such as true or 12 as a boolean or a number.
			return want + ": quote it"
		}
		if kind == reflect.Int64 && math.Abs(v.GetNumberValue()) > maxInteger {
			return fmt.Sprintf("between %d and %d", -maxInteger, maxInteger)
		}
	case *structpb.Value_StringValue: // YAML reads True and TRUE as true.
		if json.Unmarshal([]byte(strings.ToLower(v.GetStringValue())), reflect.New(p.t).Interface()) == nil {
			return want + ": leave out the quotes"
		}
	}
	if kind != reflect.Struct || len(fieldsOf(p.t)) > maxListed {
		return want
	}
	var names []string
	for _, f := range fieldsOf(p.t) {
		names = append(names, f.name)
	}
	return want + " with " + strings.Join(names, ", ")
}

// instead returns the YAML to write where somebody wrote only a part of a value of type t: the one item of a list, or
// the first field of an object, such as its name. It is empty if the intention is not clear.
func instead(v *structpb.Value, t reflect.Type) string {
	text := v.GetStringValue()
	switch t.Kind() {
	case reflect.String:
		if text != "" {
			return scalar(text)
		}
	case reflect.Struct:
		first := fieldsOf(t)[0]
		switch {
		case first.typ.Kind() == reflect.String && text != "":
			return first.name + ": " + scalar(text)
		case first.typ.Kind() == reflect.Slice && v.GetListValue() != nil:
			return first.name + ": [...]"
		}
	case reflect.Slice: // People also write an object with the names of the items as its keys.
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

// plainText matches strings that need no quotes in YAML.
var plainText = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._/-]*$`)

// scalar returns s, cut for a message, as a string in YAML.
func scalar(s string) string {
	if _, err := strconv.ParseBool(s); err != nil && plainText.MatchString(s) {
		return clip(s)
	}
	return strconv.Quote(clip(s))
}

// A Hinter is a struct that knows which unknown fields people write instead of its own.
type Hinter interface {
	// Hints returns what to do instead, by the name of the unknown field.
	Hints() map[string]string
}

// checkUnknown returns a fault for each unknown field among values.
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

// meant says which field was probably meant by an unknown name: one of this struct that differs by a letter, one of
// that name in another struct, or one of this struct that differs by a few letters.
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

// separators join the words of a name in other languages.
var separators = strings.NewReplacer("_", "", "-", "")

// fold returns a name in lower case, without separators.
func fold(name string) string { return strings.ToLower(separators.Replace(name)) }

// nearest returns the name of a field that is nearest to an unknown name, and their distance in letters. It is empty if
// no field is near.
func (p place) nearest(name string) (best string, distance int) {
	name = fold(name)
	distance = max(2, len(name)/3) + 1
	for _, f := range fieldsOf(p.t) {
		known := fold(f.name)
		// Names of very different lengths are never near. Nor are short names that differ in every letter.
		if longer := len(known) - len(name); max(longer, -longer) >= distance {
			continue
		}
		if n := levenshtein.Distance(name, known, nil); n < distance && n < min(len(name), len(known)) {
			best, distance = f.name, n
		}
	}
	return best, distance
}

// elsewhere returns the paths of other structs with a field that this one lacks: those below it at the least depth that
// has any, or else the nearest one around it.
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

// below returns the paths of the structs below this one that have a field, with the given number of structs in between.
func (p place) below(name string, between int) []string {
	var places []string
	for _, f := range fieldsOf(p.t) {
		inner := place{t: f.typ, path: p.path.Child(f.name)}
		switch {
		case f.typ.Kind() != reflect.Struct || strings.HasSuffix(f.name, "Ref"): // The fields of a reference have common names.
		case between > 0:
			places = append(places, inner.below(name, between-1)...)
		case inner.has(name):
			places = append(places, inner.path.String())
		}
	}
	return places
}

// has reports whether the struct has a field.
func (p place) has(name string) bool {
	return slices.ContainsFunc(fieldsOf(p.t), func(f structField) bool { return f.name == name })
}
