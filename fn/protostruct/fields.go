// Package protostruct converts between Go structs and google.protobuf.Struct, the form in which a
// function gets and returns Kubernetes objects.
//
// A field's name is that of its json tag. Fields of embedded structs without a tag of their own are
// the outer struct's. A *structpb.Value or *structpb.Struct stands for itself, and a struct with JSON
// methods of its own, such as metav1.Time, is converted by them. Besides structs there are strings,
// booleans, signed integers, float64, and pointers, slices and maps of all of these; Encode takes an
// interface for what it holds. Any other type is a mistake of the program, and panics.
//
// Absent and empty are two things, since all that is applied is an opinion. Decode leaves nil what is
// absent or null, and makes an empty slice, an empty map or a pointer to an empty struct of [] and {}.
// Encode leaves out nil, and under omitempty what is empty, where encoding/json would send null and {}
// for structs.
package protostruct

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"sync"

	"google.golang.org/protobuf/types/known/structpb"
)

// maxInteger is the largest integer that a float64, and so a protobuf Value, holds exactly together
// with all smaller ones.
const maxInteger = 1 << 53

// Types that stand for themselves.
var (
	rawValue  = reflect.TypeFor[*structpb.Value]()
	rawStruct = reflect.TypeFor[*structpb.Struct]()
)

// A structType is what there is to know of a struct's type.
type structType struct {
	fields              []structField
	marshals, unmarshal bool // by JSON methods of its own
}

// A structField is a field of a struct, or of one that is embedded in it.
type structField struct {
	name      string
	index     []int // for reflect.Value.FieldByIndex
	omitEmpty bool
	omitZero  bool
}

var structTypes sync.Map // reflect.Type to *structType

func structTypeOf(t reflect.Type) *structType {
	if known, ok := structTypes.Load(t); ok {
		return known.(*structType)
	}
	known, _ := structTypes.LoadOrStore(t, &structType{
		fields:    appendFields(nil, t, nil),
		marshals:  t.Implements(reflect.TypeFor[json.Marshaler]()),
		unmarshal: reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()),
	})
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
			omit := strings.Split(options, ",")
			fields = append(fields, structField{
				name:      name,
				index:     index,
				omitEmpty: slices.Contains(omit, "omitempty"),
				omitZero:  slices.Contains(omit, "omitzero"),
			})
		}
	}
	return fields
}

// isNull reports whether v is null or nothing at all: a Value may lack a kind.
func isNull(v *structpb.Value) bool {
	_, null := v.GetKind().(*structpb.Value_NullValue)
	return null || v.GetKind() == nil
}
