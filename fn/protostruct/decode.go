package protostruct

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"

	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/fn/fault"
)

// Decode fills into, a pointer to a struct, from s. It returns a fault for each unknown field, value
// of a wrong type, integer out of range and null in a list, with its path below path: those of known
// fields in the order of the Go fields, then the unknown ones by name; at most 1000. What fits is
// filled in even then. Fields that s does not have stay as they are.
func Decode(s *structpb.Struct, into any, path *field.Path) fault.List {
	d := decoder{strict: true}
	d.fields(s.GetFields(), reflect.ValueOf(into).Elem(), path)
	return d.faults
}

// DecodeLenient fills into, a pointer to a struct, with what fits of s, and ignores the rest. It is
// for what others write: status, observed objects. A list item that does not fit is the zero value.
func DecodeLenient(s *structpb.Struct, into any) {
	d := decoder{}
	d.fields(s.GetFields(), reflect.ValueOf(into).Elem(), nil)
}

// A decoder collects the faults of one Decode. A lenient one has none, and makes no paths.
type decoder struct {
	strict bool
	faults fault.List

	// within are the structs that are being decoded, the outermost first.
	within []level
}

// A level is a struct and where it is.
type level struct {
	t    reflect.Type
	path *field.Path
}

// fields sets the fields of into, a struct, from values.
func (d *decoder) fields(values map[string]*structpb.Value, into reflect.Value, path *field.Path) {
	t := structTypeOf(into.Type())
	if d.strict {
		d.within = append(d.within, level{into.Type(), path})
	}
	known := 0
	for i := range t.fields {
		f := &t.fields[i]
		v, ok := values[f.name]
		if !ok {
			continue
		}
		known++
		if !isNull(v) {
			d.value(v, into.FieldByIndex(f.index), d.child(path, f.name))
		}
	}
	if d.strict && known < len(values) {
		d.unknown(t.fields, values, into, path)
	}
	if d.strict {
		d.within = d.within[:len(d.within)-1]
	}
}

// value sets into from v, which is not null. It reports whether v as a whole fits, and leaves into
// alone if it does not.
func (d *decoder) value(v *structpb.Value, into reflect.Value, path *field.Path) bool {
	switch into.Type() {
	case rawValue:
		into.Set(reflect.ValueOf(v))
		return true
	case rawStruct:
		if k, ok := v.GetKind().(*structpb.Value_StructValue); ok {
			into.Set(reflect.ValueOf(k.StructValue))
			return true
		}
		return d.wrongType(v, "an object", path)
	}

	switch into.Kind() {
	case reflect.Pointer:
		to := reflect.New(into.Type().Elem())
		ok := d.value(v, to.Elem(), path)
		if ok {
			into.Set(to)
		}
		return ok
	case reflect.Struct:
		if structTypeOf(into.Type()).unmarshal {
			return d.byJSON(v, into, path)
		}
		k, ok := v.GetKind().(*structpb.Value_StructValue)
		if !ok {
			return d.wrongObject(v, into.Type(), path)
		}
		d.fields(k.StructValue.GetFields(), into, path)
		return true
	case reflect.Slice:
		k, ok := v.GetKind().(*structpb.Value_ListValue)
		if !ok {
			return d.wrongList(v, into.Type().Elem(), path)
		}
		d.list(k.ListValue.GetValues(), into, path)
		return true
	case reflect.Map:
		k, ok := v.GetKind().(*structpb.Value_StructValue)
		if !ok {
			return d.wrongMap(v, path)
		}
		d.entries(k.StructValue.GetFields(), into, path)
		return true
	case reflect.String:
		k, ok := v.GetKind().(*structpb.Value_StringValue)
		if !ok {
			return d.wrongString(v, path)
		}
		into.SetString(k.StringValue)
		return true
	case reflect.Bool:
		k, ok := v.GetKind().(*structpb.Value_BoolValue)
		if !ok {
			return d.wrongType(v, "true or false", path)
		}
		into.SetBool(k.BoolValue)
		return true
	case reflect.Float64:
		k, ok := v.GetKind().(*structpb.Value_NumberValue)
		if !ok || math.IsNaN(k.NumberValue) || math.IsInf(k.NumberValue, 0) {
			return d.wrongType(v, "a number", path)
		}
		into.SetFloat(k.NumberValue)
		return true
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return d.integer(v, into, path)
	}
	panic(fmt.Sprintf("protostruct: cannot decode into %s", into.Type()))
}

func (d *decoder) integer(v *structpb.Value, into reflect.Value, path *field.Path) bool {
	k, ok := v.GetKind().(*structpb.Value_NumberValue)
	if !ok || k.NumberValue != math.Trunc(k.NumberValue) || math.IsInf(k.NumberValue, 0) {
		return d.wrongType(v, "an integer", path)
	}
	half := math.Ldexp(1, into.Type().Bits()-1)
	low, high := max(-half, -maxInteger), min(half-1, maxInteger)
	if k.NumberValue < low || k.NumberValue > high {
		return d.fail(path, readable(v), "must be between %d and %d", int64(low), int64(high))
	}
	into.SetInt(int64(k.NumberValue))
	return true
}

func (d *decoder) list(values []*structpb.Value, into reflect.Value, path *field.Path) {
	items := reflect.MakeSlice(into.Type(), len(values), len(values))
	for i, v := range values {
		switch at := d.index(path, i); {
		case !isNull(v):
			d.value(v, items.Index(i), at)
		case d.strict:
			d.fail(at, nil, "must not be null")
		}
	}
	into.Set(items)
}

func (d *decoder) entries(values map[string]*structpb.Value, into reflect.Value, path *field.Path) {
	t := into.Type()
	entries := reflect.MakeMapWithSize(t, len(values))
	for _, key := range slices.Sorted(maps.Keys(values)) {
		entry := reflect.New(t.Elem()).Elem()
		if v := values[key]; !isNull(v) && d.value(v, entry, d.key(path, key)) {
			entries.SetMapIndex(reflect.ValueOf(key).Convert(t.Key()), entry)
		}
	}
	into.Set(entries)
}

// byJSON sets into by its own method.
func (d *decoder) byJSON(v *structpb.Value, into reflect.Value, path *field.Path) bool {
	to := reflect.New(into.Type())
	text, err := v.MarshalJSON()
	if err == nil {
		err = json.Unmarshal(text, to.Interface())
	}
	if err != nil {
		return d.fail(path, readable(v), "%s", clip(err.Error()))
	}
	into.Set(to.Elem())
	return true
}
