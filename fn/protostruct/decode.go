package protostruct

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"unsafe"

	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Decode fills into, a pointer to a struct, from s. It returns every unknown
// field, value of a wrong type and number out of range, with its path below
// path: those of known fields in the order of the Go fields, then the unknown
// ones by name; not more than 1000. What fits is filled in even then. Values replace those that into
// has; fields that s does not have stay as they are.
func Decode(s *structpb.Struct, into any, path *field.Path) field.ErrorList {
	p, at := target(into)
	if p == nil {
		return field.ErrorList{field.InternalError(path, fmt.Errorf("cannot decode into %T: not a pointer to a struct", into))}
	}
	v := structpb.NewStructValue(s)

	// Paths are wanted only for errors: look for one without them, and only if
	// there is one walk again to report them all.
	d := decoder{strict: true}
	if p.decode(&d, v, at, nil); !d.failed {
		return nil
	}
	d = decoder{strict: true, reports: true}
	p.decode(&d, v, at, path)
	return d.errs
}

// DecodeLenient fills into, a pointer to a struct, with what fits of s, and
// ignores the rest. It is for what others write: status, observed objects. A
// list item that does not fit is the zero value. Anything but a pointer to a
// struct is left alone.
func DecodeLenient(s *structpb.Struct, into any) {
	if p, at := target(into); p != nil {
		p.decode(&decoder{}, structpb.NewStructValue(s), at, nil)
	}
}

// target returns the plan and the address of the struct that into points to.
func target(into any) (*plan, unsafe.Pointer) {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return nil, nil
	}
	return planOf(v.Type().Elem()).ready(), v.UnsafePointer()
}

// A decodeFunc sets the value at an address from v, which is not null. It
// returns false, and leaves the value alone, if v as a whole does not fit.
type decodeFunc func(d *decoder, v *structpb.Value, at unsafe.Pointer, path *field.Path) bool

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
		return decodePointer(planOf(t.Elem()))
	case t == timeType:
		return decodeTime
	case t == stringMapType:
		return decodeStrings(p.decodeMap(planOf(t.Elem())), func(s string) string { return s })
	case t == stringPtrMapType:
		return decodeStrings(p.decodeMap(planOf(t.Elem())), func(s string) *string { return &s })
	case unmarshalsItself(t):
		return p.decodeJSON
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
	case reflect.Int:
		return decodeInt[int]
	case reflect.Int8:
		return decodeInt[int8]
	case reflect.Int16:
		return decodeInt[int16]
	case reflect.Int32:
		return decodeInt[int32]
	case reflect.Int64:
		return decodeInt[int64]
	case reflect.Uint:
		return decodeUint[uint]
	case reflect.Uint8:
		return decodeUint[uint8]
	case reflect.Uint16:
		return decodeUint[uint16]
	case reflect.Uint32:
		return decodeUint[uint32]
	case reflect.Uint64:
		return decodeUint[uint64]
	case reflect.Float32:
		return decodeFloat32
	case reflect.Float64:
		return decodeFloat64
	}
	return p.decodeUnsupported
}

func (p *plan) decodeStruct(d *decoder, v *structpb.Value, at unsafe.Pointer, path *field.Path) bool {
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
			f.plan.ready().decode(d, val, f.made(at), d.child(path, f.name))
		}
	}
	if d.strict && known != len(values) {
		d.unknownFields(p.fields, values, path)
	}
	return true
}

func decodePointer(elem *plan) decodeFunc {
	return func(d *decoder, v *structpb.Value, at unsafe.Pointer, path *field.Path) bool {
		n := reflect.New(elem.typ).UnsafePointer()
		if !elem.ready().decode(d, v, n, path) {
			return false
		}
		*(*unsafe.Pointer)(at) = n
		return true
	}
}

func (p *plan) decodeList(elem *plan) decodeFunc {
	return func(d *decoder, v *structpb.Value, at unsafe.Pointer, path *field.Path) bool {
		k, ok := v.GetKind().(*structpb.Value_ListValue)
		if !ok {
			return d.wrongType(path, v, "a list")
		}
		elem.ready()
		values := k.ListValue.GetValues()
		items := reflect.MakeSlice(p.typ, len(values), len(values))
		first, size := items.UnsafePointer(), elem.typ.Size()
		for i, val := range values {
			if isNull(val) {
				d.nullItem(path, i)
				continue
			}
			elem.decode(d, val, unsafe.Add(first, uintptr(i)*size), d.index(path, i))
		}
		p.value(at).Set(items)
		return true
	}
}

func (p *plan) decodeMap(elem *plan) decodeFunc {
	return func(d *decoder, v *structpb.Value, at unsafe.Pointer, path *field.Path) bool {
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
			item := reflect.New(elem.typ)
			if elem.decode(d, val, item.UnsafePointer(), d.key(path, key)) {
				entries.SetMapIndex(reflect.ValueOf(key).Convert(p.typ.Key()), item.Elem())
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
		p.value(at).Set(entries)
		return true
	}
}

// decodeStrings is decodeMap without reflection, as long as all values are
// strings; any other map is left to slow.
func decodeStrings[T any](slow decodeFunc, item func(string) T) decodeFunc {
	return func(d *decoder, v *structpb.Value, at unsafe.Pointer, path *field.Path) bool {
		values := v.GetStructValue().GetFields()
		entries := make(map[string]T, len(values))
		for key, val := range values {
			k, ok := val.GetKind().(*structpb.Value_StringValue)
			if !ok || k == nil {
				return slow(d, v, at, path)
			}
			entries[key] = item(k.StringValue)
		}
		if len(entries) == 0 { // an empty object, or none
			return slow(d, v, at, path)
		}
		*(*map[string]T)(at) = entries
		return true
	}
}

func (p *plan) decodeUnsupported(d *decoder, _ *structpb.Value, _ unsafe.Pointer, path *field.Path) bool {
	return d.fail(func() *field.Error {
		return field.InternalError(path, fmt.Errorf("cannot decode into %s: not supported", p.typ))
	})
}
