package protostruct

import (
	"fmt"
	"math"
	"reflect"

	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/fn/fault"
)

// Decode decodes s into a pointer to a struct. It returns a fault for each unknown field, value of a wrong type,
// integer out of range and null in a list, with its path below path. The faults of known fields are in the order of the
// Go fields, those of unknown fields follow by name, and there are no more than a fault.List keeps. Decode sets the
// fields that fit even then. Fields that s lacks keep their values.
func Decode(s *structpb.Struct, into any, path *field.Path) fault.List {
	DecodeLenient(s, into)
	return place{t: reflect.TypeOf(into).Elem(), path: path}.checkFields(s.GetFields())
}

// DecodeLenient decodes what fits of s into a pointer to a struct, and ignores the rest. It is for what others write:
// status, observed objects. A list item that does not fit is the zero value.
func DecodeLenient(s *structpb.Struct, into any) {
	fillFields(reflect.ValueOf(into).Elem(), s.GetFields())
}

func fillFields(into reflect.Value, values map[string]*structpb.Value) {
	for _, f := range fieldsOf(into.Type()) {
		if v := values[f.name]; !isNull(v) {
			fill(into.FieldByIndex(f.index), v)
		}
	}
}

// fill sets into to v, which must not be null, and reports whether v fits. If it does not, into stays as it is. A part
// of v that does not fit is left out.
func fill(into reflect.Value, v *structpb.Value) bool {
	t := pointed(into.Type())
	if !fits(v, t) {
		return false
	}
	if t != into.Type() {
		into.Set(reflect.New(t))
		into = into.Elem()
	}

	switch t.Kind() {
	case reflect.Pointer: // rawValue
		into.Set(reflect.ValueOf(v))
	case reflect.Struct:
		fillFields(into, v.GetStructValue().GetFields())
	case reflect.Slice:
		values := v.GetListValue().GetValues()
		into.Set(reflect.MakeSlice(t, len(values), len(values)))
		for i, item := range values {
			if !isNull(item) {
				fill(into.Index(i), item)
			}
		}
	case reflect.Map:
		values := v.GetStructValue().GetFields()
		into.Set(reflect.MakeMapWithSize(t, len(values)))
		for key, value := range values {
			entry := reflect.New(t.Elem()).Elem()
			if !isNull(value) && fill(entry, value) {
				into.SetMapIndex(reflect.ValueOf(key).Convert(t.Key()), entry)
			}
		}
	case reflect.String:
		into.SetString(v.GetStringValue())
	case reflect.Bool:
		into.SetBool(v.GetBoolValue())
	default:
		into.SetInt(int64(v.GetNumberValue()))
	}
	return true
}

// nouns name the value that is decoded into a kind of type.
var nouns = map[reflect.Kind]string{
	reflect.String: "a string",
	reflect.Bool:   "true or false",
	reflect.Int64:  "an integer",
	reflect.Slice:  "a list",
	reflect.Map:    "an object of keys and values",
	reflect.Struct: "an object",
}

// fits reports whether v can be decoded into t, a type of a place. It does not look at the parts of v.
func fits(v *structpb.Value, t reflect.Type) bool {
	if t == rawValue {
		return true
	}
	if nouns[t.Kind()] == "" {
		panic(fmt.Sprintf("protostruct: cannot decode into %s", t))
	}
	switch k := v.GetKind().(type) {
	case *structpb.Value_StringValue:
		return t.Kind() == reflect.String
	case *structpb.Value_BoolValue:
		return t.Kind() == reflect.Bool
	case *structpb.Value_ListValue:
		return t.Kind() == reflect.Slice
	case *structpb.Value_StructValue:
		return t.Kind() == reflect.Struct || t.Kind() == reflect.Map
	case *structpb.Value_NumberValue:
		return t.Kind() == reflect.Int64 && k.NumberValue == math.Trunc(k.NumberValue) && math.Abs(k.NumberValue) <= maxInteger
	}
	return false
}
