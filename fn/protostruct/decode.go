package protostruct

import (
	"fmt"
	"math"
	"reflect"

	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/fn/fault"
)

// Decode fills into, a pointer to a struct, from s. It returns a fault for each unknown field, value
// of a wrong type, integer out of range and null in a list, with its path below path: those of known
// fields in the order of the Go fields, then the unknown ones by name; no more than a fault.List keeps.
// What fits is filled in even then. Fields that s does not have stay as they are.
func Decode(s *structpb.Struct, into any, path *field.Path) fault.List {
	DecodeLenient(s, into)
	return place{t: reflect.TypeOf(into).Elem(), path: path}.checkFields(s.GetFields())
}

// DecodeLenient fills into, a pointer to a struct, with what fits of s, and ignores the rest. It is
// for what others write: status, observed objects. A list item that does not fit is the zero value.
func DecodeLenient(s *structpb.Struct, into any) {
	fillFields(reflect.ValueOf(into).Elem(), s.GetFields())
}

func fillFields(into reflect.Value, values map[string]*structpb.Value) {
	for _, f := range structTypeOf(into.Type()).fields {
		if v := values[f.name]; !isNull(v) {
			fill(into.FieldByIndex(f.index), v)
		}
	}
}

// fill sets into from v, which is not null. It reports whether v as a whole fits, and leaves into
// alone if it does not.
func fill(into reflect.Value, v *structpb.Value) bool {
	t := into.Type()
	switch {
	case t == rawValue:
		into.Set(reflect.ValueOf(v))
		return true
	case t.Kind() == reflect.Pointer:
		to := reflect.New(t.Elem())
		ok := fill(to.Elem(), v)
		if ok {
			into.Set(to)
		}
		return ok
	case !fits(v, t):
		return false
	}

	switch t.Kind() {
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

// words are what people call the values that are decoded into a kind of type.
var words = map[reflect.Kind]string{
	reflect.String: "a string",
	reflect.Bool:   "true or false",
	reflect.Int64:  "an integer",
	reflect.Slice:  "a list",
	reflect.Map:    "an object of keys and values",
	reflect.Struct: "an object",
}

// fits reports whether v is what is decoded into a type, which is no pointer.
func fits(v *structpb.Value, t reflect.Type) bool {
	if words[t.Kind()] == "" {
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
