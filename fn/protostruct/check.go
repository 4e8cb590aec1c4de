package protostruct

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/fn/fault"
)

// maxQuoted is how much a message repeats of a value, name or key, in bytes.
const maxQuoted = 100

// A place is what values are decoded into: a type at a path.
type place struct {
	t      reflect.Type // no pointer, unless it stands for itself
	path   *field.Path
	around *place // the struct that it is part of; nil for the outermost
}

// check returns what of v, which is not null, does not fit.
func (p place) check(v *structpb.Value) fault.List {
	switch {
	case p.t == rawValue:
		return nil
	case !fits(v, p.t):
		return p.fault(readable(v), "must be %s", p.wanted(v))
	}

	var l fault.List
	switch p.t.Kind() {
	case reflect.Struct:
		return p.checkFields(v.GetStructValue().GetFields())
	case reflect.Slice:
		for i, item := range v.GetListValue().GetValues() {
			at := place{pointed(p.t.Elem()), p.path.Index(i), p.around}
			if isNull(item) {
				l.Add(at.fault(nil, "must not be null")...)
			} else {
				l.Add(at.check(item)...)
			}
		}
	case reflect.Map:
		entries := v.GetStructValue().GetFields()
		for _, key := range slices.Sorted(maps.Keys(entries)) {
			if !isNull(entries[key]) {
				l.Add(place{pointed(p.t.Elem()), p.path.Key(clip(key)), p.around}.check(entries[key])...)
			}
		}
	}
	return l
}

// checkFields returns what of the fields of a struct does not fit, and then those that it does not have.
func (p place) checkFields(values map[string]*structpb.Value) fault.List {
	var l fault.List
	known := 0
	for _, f := range structTypeOf(p.t).fields {
		v, ok := values[f.name]
		if ok {
			known++
		}
		if !isNull(v) {
			l.Add(place{f.typ, p.path.Child(f.name), &p}.check(v)...)
		}
	}
	if known < len(values) {
		l.Add(p.checkUnknown(values)...)
	}
	return l
}

func (p place) fault(value any, format string, args ...any) fault.List {
	return fault.List{{Path: p.path, Value: value, Rule: fmt.Sprintf(format, args...), Owner: fault.API, ID: fault.IDDecode}}
}

// readable returns v as a fault shows it: the beginning of a text, and of what else is long nothing.
func readable(v *structpb.Value) any {
	if k, isText := v.GetKind().(*structpb.Value_StringValue); isText {
		return clip(k.StringValue)
	}
	if proto.Size(v) > maxQuoted {
		return nil
	}
	return v.AsInterface()
}

// clip returns the beginning of s that is fit for a message.
func clip(s string) string { return fault.Cut(s, maxQuoted) }
