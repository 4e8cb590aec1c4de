// Package protostruct converts between Go structs and google.protobuf.Struct, the form in which a
// function gets and returns Kubernetes objects.
//
// A field's name is that of its json tag. Fields of embedded structs without a tag of their own are
// the outer struct's. There are strings, booleans, int64, structs, and pointers, slices and
// maps of these. Any other type is a mistake of the program, and panics, except that Decode sets a
// *structpb.Value to what is there, and Encode takes a float64, and an interface for what it holds.
//
// Absent and empty are two things, since all that is applied is an opinion. Decode leaves nil what is
// absent or null, and makes an empty slice, an empty map or a pointer to an empty struct of [] and {}.
// Encode leaves out nil, and under omitempty or omitzero what is empty or zero, where encoding/json
// would send null and {} for structs.
package protostruct

import (
	"reflect"
	"slices"
	"strings"
	"sync"

	"google.golang.org/protobuf/types/known/structpb"
)

// maxInteger is the largest integer that a float64, and so a protobuf Value, holds exactly together
// with all smaller ones.
const maxInteger = 1 << 53

// rawValue is the type that stands for itself.
var rawValue = reflect.TypeFor[*structpb.Value]()

// A structType is what there is to know of a struct's type.
type structType struct {
	fields []structField
	names  []string // of the fields
}

// A structField is a field of a struct, or of one that is embedded in it.
type structField struct {
	name      string
	typ       reflect.Type // what it points to, if it is a pointer
	index     []int        // for reflect.Value.FieldByIndex
	omitEmpty bool
}

var structTypes sync.Map // reflect.Type to *structType

func structTypeOf(t reflect.Type) *structType {
	if known, ok := structTypes.Load(t); ok {
		return known.(*structType)
	}
	st := &structType{fields: appendFields(nil, t, nil)}
	for _, f := range st.fields {
		st.names = append(st.names, f.name)
	}
	known, _ := structTypes.LoadOrStore(t, st)
	return known.(*structType)
}

// appendFields appends the fields of t, which is embedded at an index.
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

// pointed returns the type that a pointer's type points to, and any other type as it is.
func pointed(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer && t != rawValue {
		return t.Elem()
	}
	return t
}

// isNull reports whether v is null or nothing at all: a Value may lack a kind.
func isNull(v *structpb.Value) bool {
	_, null := v.GetKind().(*structpb.Value_NullValue)
	return null || v.GetKind() == nil
}
