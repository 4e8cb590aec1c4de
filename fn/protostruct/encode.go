package protostruct

import (
	"fmt"
	"reflect"

	"google.golang.org/protobuf/types/known/structpb"
)

// Encode returns v, a struct or a pointer to one, as a protobuf Struct. The package comment says what it leaves out.
func Encode(v any) *structpb.Struct { return encodeFields(reflect.Indirect(reflect.ValueOf(v))) }

func encodeFields(v reflect.Value) *structpb.Struct {
	values := map[string]*structpb.Value{}
	for _, f := range fieldsOf(v.Type()) {
		in := v.FieldByIndex(f.index)
		if f.omits(in) {
			continue
		}
		if out := encode(in); out != nil {
			values[f.name] = out
		}
	}
	return &structpb.Struct{Fields: values}
}

// omits reports whether Encode leaves out the field if its value is v.
func (f structField) omits(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map:
		return v.IsNil() || f.omitEmpty && v.Len() == 0
	}
	return f.omitEmpty && v.IsZero()
}

// encode returns v as a protobuf Value, or nil if it is nil.
func encode(v reflect.Value) *structpb.Value {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return encode(v.Elem())
	case reflect.Struct:
		return structpb.NewStructValue(encodeFields(v))
	case reflect.Slice:
		values := make([]*structpb.Value, v.Len())
		for i := range values {
			values[i] = encode(v.Index(i))
		}
		return structpb.NewListValue(&structpb.ListValue{Values: values})
	case reflect.Map:
		values := make(map[string]*structpb.Value, v.Len())
		for entries := v.MapRange(); entries.Next(); {
			if out := encode(entries.Value()); out != nil {
				values[entries.Key().String()] = out
			}
		}
		return structpb.NewStructValue(&structpb.Struct{Fields: values})
	case reflect.String:
		return structpb.NewStringValue(v.String())
	case reflect.Bool:
		return structpb.NewBoolValue(v.Bool())
	case reflect.Float64:
		return structpb.NewNumberValue(v.Float())
	case reflect.Int64:
		return structpb.NewNumberValue(float64(v.Int()))
	}
	panic(fmt.Sprintf("protostruct: cannot encode %s", v.Type()))
}
