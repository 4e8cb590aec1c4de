// Package protostruct converts between Go structs and google.protobuf.Struct, the form in which a function gets and
// returns Kubernetes objects.
//
// The json tag of a field is its name. Fields of embedded structs without a tag count as those of the outer struct.
// Fields can be strings, booleans, int64, structs, and pointers, slices and maps of these. Decode also sets a
// *structpb.Value to the value as it is, and Encode also takes a float64, and an interface for the value in it. Any
// other type panics.
//
// Absent and empty differ, since every field that is applied is an opinion. Decode leaves a field nil that is absent or
// null, and makes an empty slice, an empty map or a pointer to an empty struct from [] and {}. Encode leaves out nil,
// and empty or zero values under omitempty or omitzero, where encoding/json would send null, and {} for structs.
package protostruct

import (
	"reflect"
	"slices"
	"strings"
	"sync"

	"google.golang.org/protobuf/types/known/structpb"
)

// maxInteger is the largest integer up to which a float64, and so a protobuf Value, holds every integer exactly.
const maxInteger = 1 << 53

// rawValue is the type of fields that are decoded as they are.
var rawValue = reflect.TypeFor[*structpb.Value]()

// A structField is a field of a struct, or of one that is embedded in it.
type structField struct {
	name      string
	typ       reflect.Type // of the field, or what it points to
	index     []int        // for reflect.Value.FieldByIndex
	omitEmpty bool
}

var structFields sync.Map // reflect.Type of a struct to []structField

// fieldsOf returns the fields of a struct type.
func fieldsOf(t reflect.Type) []structField {
	fields, ok := structFields.Load(t)
	if !ok {
		fields, _ = structFields.LoadOrStore(t, appendFields(nil, t, nil))
	}
	return fields.([]structField)
}

// appendFields appends the fields of t, which the outer struct embeds at an index.
func appendFields(fields []structField, t reflect.Type, at []int) []structField {
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		index := append(slices.Clip(at), f.Index...)
		switch {
		case f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct:
			fields = appendFields(fields, f.Type, index)
		case name != "" && name != "-":
			fields = append(fields, structField{
				name:      name,
				typ:       pointed(f.Type),
				index:     index,
				omitEmpty: strings.Contains(options, "omit"),
			})
		}
	}
	return fields
}

// pointed returns the type that a pointer type points to. It returns other types, and rawValue, as they are.
func pointed(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer && t != rawValue {
		return t.Elem()
	}
	return t
}

// isNull reports whether v is null, or has no kind.
func isNull(v *structpb.Value) bool {
	_, null := v.GetKind().(*structpb.Value_NullValue)
	return null || v.GetKind() == nil
}
