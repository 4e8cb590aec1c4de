package protostruct

import (
	"encoding/json"
	"fmt"
	"reflect"

	"google.golang.org/protobuf/types/known/structpb"
)

// Encode returns v, a struct or a pointer to one, as a protobuf Struct. The package's comment says what
// is left out.
func Encode(v any) *structpb.Struct {
	return &structpb.Struct{Fields: encodeFields(reflect.Indirect(reflect.ValueOf(v)))}
}

func encodeFields(v reflect.Value) map[string]*structpb.Value {
	t := structTypeOf(v.Type())
	values := map[string]*structpb.Value{}
	for i := range t.fields {
		f := &t.fields[i]
		in := v.FieldByIndex(f.index)
		if f.omits(in) {
			continue
		}
		out := encode(in)
		if isNull(out) || f.omitEmpty && in.Kind() == reflect.Struct && isEmptyObject(out) {
			continue
		}
		values[f.name] = out
	}
	return values
}

// omits reports whether a field is left out for its Go value.
func (f *structField) omits(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map:
		return v.IsNil() || f.omitEmpty && v.Len() == 0
	case reflect.Pointer:
		return v.IsNil()
	}
	return (f.omitEmpty || f.omitZero) && v.IsZero()
}

func isEmptyObject(v *structpb.Value) bool {
	s, ok := v.GetKind().(*structpb.Value_StructValue)
	return ok && len(s.StructValue.GetFields()) == 0
}

// encode returns v as a protobuf Value, or nil if it is null.
func encode(v reflect.Value) *structpb.Value {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		switch v.Type() {
		case rawValue:
			return v.Interface().(*structpb.Value)
		case rawStruct:
			return structpb.NewStructValue(v.Interface().(*structpb.Struct))
		}
		return encode(v.Elem())
	case reflect.Struct:
		if structTypeOf(v.Type()).marshals {
			return byJSON(v.Interface())
		}
		return newObject(encodeFields(v))
	case reflect.Slice:
		values := make([]*structpb.Value, v.Len())
		for i := range values {
			values[i] = encode(v.Index(i))
		}
		return structpb.NewListValue(&structpb.ListValue{Values: values})
	case reflect.Map:
		values := make(map[string]*structpb.Value, v.Len())
		for entries := v.MapRange(); entries.Next(); {
			if out := encode(entries.Value()); !isNull(out) {
				values[entries.Key().String()] = out
			}
		}
		return newObject(values)
	case reflect.String:
		return newString(v.String())
	case reflect.Bool:
		return structpb.NewBoolValue(v.Bool())
	case reflect.Float64:
		return structpb.NewNumberValue(v.Float())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return structpb.NewNumberValue(float64(v.Int()))
	}
	panic(fmt.Sprintf("protostruct: cannot encode %s", v.Type()))
}

// byJSON returns what a value's own method makes of it.
func byJSON(v any) *structpb.Value {
	text, err := json.Marshal(v)
	out := &structpb.Value{}
	if err == nil {
		err = out.UnmarshalJSON(text)
	}
	if err != nil {
		panic(fmt.Sprintf("protostruct: cannot encode %T: %s", v, err))
	}
	return out
}

// A Value points to a wrapper that holds its content. Made together they are one allocation instead of
// two; strings and objects are nearly all that is rendered.

func newString(s string) *structpb.Value {
	v := &struct {
		structpb.Value
		kind structpb.Value_StringValue
	}{kind: structpb.Value_StringValue{StringValue: s}}
	v.Kind = &v.kind
	return &v.Value
}

func newObject(fields map[string]*structpb.Value) *structpb.Value {
	v := &struct {
		structpb.Value
		kind   structpb.Value_StructValue
		object structpb.Struct
	}{object: structpb.Struct{Fields: fields}}
	v.kind.StructValue = &v.object
	v.Kind = &v.kind
	return &v.Value
}
