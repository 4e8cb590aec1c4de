package protostruct

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"google.golang.org/protobuf/types/known/structpb"
)

// Decode fills into, a pointer to a struct, from s. It returns every unknown
// field, value of a wrong type and number out of range, with its path below
// path: those of known fields in the order of the Go fields, then the unknown
// ones by name. What fits is filled in even then. Values replace those that into
// has; fields that s does not have stay as they are.
func Decode(s *structpb.Struct, into any, path *field.Path) field.ErrorList {
	target, ok := target(into)
	if !ok {
		return field.ErrorList{field.InternalError(path, fmt.Errorf("cannot decode into %T: not a pointer to a struct", into))}
	}
	p, v := planOf(target.Type()).ready(), structpb.NewStructValue(s)

	// Paths are wanted only for errors: look for one without them, and only if
	// there is one walk again to report them all.
	d := decoder{strict: true}
	if p.decode(&d, v, target, nil); !d.failed {
		return nil
	}
	d = decoder{strict: true, reports: true}
	p.decode(&d, v, target, path)
	return d.errs
}

// DecodeLenient fills into, a pointer to a struct, with what fits of s, and
// ignores the rest. It is for what others write: status, observed objects. A
// list item that does not fit is the zero value. Anything but a pointer to a
// struct is left alone.
func DecodeLenient(s *structpb.Struct, into any) {
	if target, ok := target(into); ok {
		planOf(target.Type()).ready().decode(&decoder{}, structpb.NewStructValue(s), target, nil)
	}
}

func target(into any) (reflect.Value, bool) {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return reflect.Value{}, false
	}
	return v.Elem(), true
}

// A decodeFunc sets into from v, which is not null. It returns false, and leaves
// into alone, if v as a whole does not fit.
type decodeFunc func(d *decoder, v *structpb.Value, into reflect.Value, path *field.Path) bool

// A decoder holds the errors of one walk.
type decoder struct {
	strict  bool // unknown fields and null items are errors
	reports bool // errors are kept; without it there are no paths
	failed  bool
	errs    field.ErrorList
}

// decoder returns how values of the plan's type are decoded.
func (p *plan) decoder() decodeFunc {
	t := p.typ
	switch {
	case t == valueType:
		return decodeRawValue
	case t == structType:
		return decodeRawStruct
	case t.Kind() == reflect.Pointer:
		return p.decodePointer(planOf(t.Elem()))
	case t == timeType:
		return decodeTime
	case unmarshalsItself(t):
		return decodeJSON
	}
	switch t.Kind() {
	case reflect.Struct:
		return p.decodeStruct
	case reflect.Slice:
		return p.decodeList(planOf(t.Elem()))
	case reflect.Map:
		if t.Key().Kind() == reflect.String {
			return p.decodeMap(planOf(t.Elem()))
		}
	case reflect.String:
		return decodeString
	case reflect.Bool:
		return decodeBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return decodeInt
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return decodeUint
	case reflect.Float32, reflect.Float64:
		return decodeFloat
	}
	return decodeUnsupported
}

func (p *plan) decodeStruct(d *decoder, v *structpb.Value, into reflect.Value, path *field.Path) bool {
	k, ok := v.GetKind().(*structpb.Value_StructValue)
	if !ok {
		return d.wrongType(path, v, "an object")
	}
	values := k.StructValue.GetFields()
	known := 0
	for i := range p.fields {
		f := &p.fields[i]
		val, ok := values[f.name]
		if !ok {
			continue
		}
		known++
		if !isNull(val) {
			f.plan.ready().decode(d, val, f.settable(into), d.child(path, f.name))
		}
	}
	if d.strict && known != len(values) {
		d.unknownFields(p.fields, values, path)
	}
	return true
}

func (p *plan) decodePointer(elem *plan) decodeFunc {
	return func(d *decoder, v *structpb.Value, into reflect.Value, path *field.Path) bool {
		n := reflect.New(elem.typ)
		if !elem.ready().decode(d, v, n.Elem(), path) {
			return false
		}
		into.Set(n.Convert(p.typ))
		return true
	}
}

func (p *plan) decodeList(elem *plan) decodeFunc {
	return func(d *decoder, v *structpb.Value, into reflect.Value, path *field.Path) bool {
		k, ok := v.GetKind().(*structpb.Value_ListValue)
		if !ok {
			return d.wrongType(path, v, "a list")
		}
		elem.ready()
		values := k.ListValue.GetValues()
		items := reflect.MakeSlice(p.typ, len(values), len(values))
		for i, val := range values {
			if isNull(val) {
				d.nullItem(path, i)
				continue
			}
			elem.decode(d, val, items.Index(i), d.index(path, i))
		}
		into.Set(items)
		return true
	}
}

func (p *plan) decodeMap(elem *plan) decodeFunc {
	return func(d *decoder, v *structpb.Value, into reflect.Value, path *field.Path) bool {
		k, ok := v.GetKind().(*structpb.Value_StructValue)
		if !ok {
			return d.wrongType(path, v, "an object")
		}
		elem.ready()
		values := k.StructValue.GetFields()
		entries := reflect.MakeMapWithSize(p.typ, len(values))
		decode := func(key string, val *structpb.Value) {
			if isNull(val) {
				return
			}
			item := reflect.New(elem.typ).Elem()
			if elem.decode(d, val, item, d.key(path, key)) {
				entries.SetMapIndex(reflect.ValueOf(key).Convert(p.typ.Key()), item)
			}
		}
		if d.reports {
			for _, key := range slices.Sorted(maps.Keys(values)) {
				decode(key, values[key])
			}
		} else {
			for key, val := range values {
				decode(key, val)
			}
		}
		into.Set(entries)
		return true
	}
}

func decodeString(d *decoder, v *structpb.Value, into reflect.Value, path *field.Path) bool {
	k, ok := v.GetKind().(*structpb.Value_StringValue)
	if !ok {
		return d.wrongType(path, v, "a string")
	}
	into.SetString(k.StringValue)
	return true
}

func decodeBool(d *decoder, v *structpb.Value, into reflect.Value, path *field.Path) bool {
	k, ok := v.GetKind().(*structpb.Value_BoolValue)
	if !ok {
		return d.wrongType(path, v, "a boolean")
	}
	into.SetBool(k.BoolValue)
	return true
}

func decodeInt(d *decoder, v *structpb.Value, into reflect.Value, path *field.Path) bool {
	k, ok := v.GetKind().(*structpb.Value_NumberValue)
	if !ok || k.NumberValue != math.Trunc(k.NumberValue) || math.IsInf(k.NumberValue, 0) {
		return d.wrongType(path, v, "an integer")
	}
	limit := min(float64(maxInteger), math.Ldexp(1, into.Type().Bits()-1)-1)
	low := max(-float64(maxInteger), -limit-1)
	if k.NumberValue < low || k.NumberValue > limit {
		return d.outOfRange(path, v, low, limit)
	}
	into.SetInt(int64(k.NumberValue))
	return true
}

func decodeUint(d *decoder, v *structpb.Value, into reflect.Value, path *field.Path) bool {
	k, ok := v.GetKind().(*structpb.Value_NumberValue)
	if !ok || k.NumberValue != math.Trunc(k.NumberValue) || math.IsInf(k.NumberValue, 0) {
		return d.wrongType(path, v, "an integer")
	}
	limit := min(float64(maxInteger), math.Ldexp(1, into.Type().Bits())-1)
	if k.NumberValue < 0 || k.NumberValue > limit {
		return d.outOfRange(path, v, 0, limit)
	}
	into.SetUint(uint64(k.NumberValue))
	return true
}

func decodeFloat(d *decoder, v *structpb.Value, into reflect.Value, path *field.Path) bool {
	k, ok := v.GetKind().(*structpb.Value_NumberValue)
	if !ok || math.IsNaN(k.NumberValue) || math.IsInf(k.NumberValue, 0) {
		return d.wrongType(path, v, "a number")
	}
	if into.OverflowFloat(k.NumberValue) {
		return d.outOfRange(path, v, -math.MaxFloat32, math.MaxFloat32)
	}
	into.SetFloat(k.NumberValue)
	return true
}

func decodeTime(d *decoder, v *structpb.Value, into reflect.Value, path *field.Path) bool {
	k, ok := v.GetKind().(*structpb.Value_StringValue)
	if !ok {
		return d.wrongType(path, v, "a string")
	}
	t, err := time.Parse(time.RFC3339, k.StringValue)
	if err != nil {
		return d.wrongType(path, v, "a time as of RFC 3339")
	}
	*into.Addr().Interface().(*metav1.Time) = metav1.Time{Time: t.Local()}
	return true
}

// decodeJSON decodes a value by its own methods.
func decodeJSON(d *decoder, v *structpb.Value, into reflect.Value, path *field.Path) bool {
	n := reflect.New(into.Type())
	b, err := v.MarshalJSON()
	if err == nil {
		err = json.Unmarshal(b, n.Interface())
	}
	if err != nil {
		return d.fail(func() *field.Error { return field.TypeInvalid(path, readable(v), clip(err.Error())) })
	}
	into.Set(n.Elem())
	return true
}

func decodeRawValue(_ *decoder, v *structpb.Value, into reflect.Value, _ *field.Path) bool {
	into.Set(reflect.ValueOf(v))
	return true
}

func decodeRawStruct(d *decoder, v *structpb.Value, into reflect.Value, path *field.Path) bool {
	k, ok := v.GetKind().(*structpb.Value_StructValue)
	if !ok {
		return d.wrongType(path, v, "an object")
	}
	s := k.StructValue
	if s == nil {
		s = &structpb.Struct{}
	}
	into.Set(reflect.ValueOf(s))
	return true
}

func decodeUnsupported(d *decoder, _ *structpb.Value, into reflect.Value, path *field.Path) bool {
	return d.fail(func() *field.Error {
		return field.InternalError(path, fmt.Errorf("cannot decode into %s: not supported", into.Type()))
	})
}
