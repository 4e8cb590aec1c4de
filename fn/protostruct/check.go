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

// maxQuoted is the length in bytes to which a message cuts a value, name or key.
const maxQuoted = 100

// A place is where a value is decoded: a type at a path.
type place struct {
	t      reflect.Type // not a pointer, except for rawValue
	path   *field.Path
	around *place // the struct that the place is in; nil for the outermost
}

// check validates v, which must not be null.
func (p place) check(v *structpb.Value) fault.List {
	if !fits(v, p.t) {
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

// checkFields validates the fields of a struct. The faults of unknown fields come last.
func (p place) checkFields(values map[string]*structpb.Value) fault.List {
	var l fault.List
	known := 0
	for _, f := range fieldsOf(p.t) {
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

// readable returns v as a fault shows it. It cuts a long string, and leaves out any other long value.
func readable(v *structpb.Value) any {
	if k, ok := v.GetKind().(*structpb.Value_StringValue); ok {
		return clip(k.StringValue)
	}
	if proto.Size(v) > maxQuoted {
		return nil
	}
	return v.AsInterface()
}

// clip truncates s for a message.
func clip(s string) string { return fault.Truncate(s, maxQuoted) }
