package protostruct

import (
	"fmt"
	"reflect"
	"strconv"
	"sync"
	"unicode/utf8"
	"unsafe"

	"google.golang.org/protobuf/types/known/structpb"
)

// maxDepth stops Encode at a value that contains itself.
const maxDepth = 1000

// Encode returns v, a struct or a pointer to one, as a protobuf Struct. An error
// names the field by its path. The package comment says what is left out.
func Encode(v any) (*structpb.Struct, error) {
	rv := reflect.ValueOf(v)
	if rv.Kind() == reflect.Struct {
		c := reflect.New(rv.Type())
		c.Elem().Set(rv)
		rv = c
	}
	if rv.Kind() != reflect.Pointer || rv.IsNil() || rv.Elem().Kind() != reflect.Struct {
		return nil, fmt.Errorf("cannot encode %T: not a struct or a pointer to one", v)
	}
	e := encoders.Get().(*encoder)
	e.depth = 0
	out, err := planOf(rv.Type().Elem()).ready().encode(e, rv.UnsafePointer())
	encoders.Put(e)
	if err != nil {
		return nil, err
	}
	s := out.GetStructValue()
	if s == nil {
		return nil, fmt.Errorf("cannot encode %T: its JSON is not an object", v)
	}
	return s, nil
}

// An encodeFunc returns the value at an address as a protobuf Value; nil means
// that it is left out.
type encodeFunc func(e *encoder, at unsafe.Pointer) (*structpb.Value, error)

// An encoder holds what one Encode needs besides the message that it builds.
type encoder struct {
	blocks
	depth int
}

var encoders = sync.Pool{New: func() any { return &encoder{} }}

// encoder returns how values of the plan's type are encoded.
func (p *plan) encoder() encodeFunc {
	t := p.typ
	switch {
	case t == valueType:
		return encodeRawValue
	case t == structType:
		return encodeRawStruct
	case t.Kind() == reflect.Pointer:
		return encodePointer(planOf(t.Elem()))
	case t == timeType:
		return encodeTime
	case t == stringMapType:
		return encodeStringMap
	case t == stringPtrMapType:
		return encodeStringPtrMap
	case marshalsItself(t):
		return p.encodeJSON
	}
	switch t.Kind() {
	case reflect.Struct:
		return p.encodeStruct
	case reflect.Slice:
		return encodeList(planOf(t.Elem()))
	case reflect.Map:
		if t.Key().Kind() == reflect.String {
			return p.encodeMap(planOf(t.Elem()))
		}
	case reflect.String:
		return encodeString
	case reflect.Bool:
		return encodeBool
	case reflect.Int:
		return encodeInt[int]
	case reflect.Int8:
		return encodeInt[int8]
	case reflect.Int16:
		return encodeInt[int16]
	case reflect.Int32:
		return encodeInt[int32]
	case reflect.Int64:
		return encodeInt[int64]
	case reflect.Uint:
		return encodeUint[uint]
	case reflect.Uint8:
		return encodeUint[uint8]
	case reflect.Uint16:
		return encodeUint[uint16]
	case reflect.Uint32:
		return encodeUint[uint32]
	case reflect.Uint64:
		return encodeUint[uint64]
	case reflect.Float32:
		return encodeFloat32
	case reflect.Float64:
		return encodeFloat64
	}
	return p.encodeUnsupported
}

func (p *plan) encodeStruct(e *encoder, at unsafe.Pointer) (*structpb.Value, error) {
	if e.depth++; e.depth > maxDepth {
		return nil, fmt.Errorf("cannot encode %s: more than %d structs deep", p.typ, maxDepth)
	}
	out, fields := newStruct(0) // room for 8 fields; few objects have more
	for i := range p.fields {
		f := &p.fields[i]
		v := f.in(at)
		if v == nil || f.omits(v) {
			continue
		}
		val, err := f.plan.ready().encode(e, v)
		if err != nil {
			return nil, locate(f.name, err)
		}
		if val == nil || f.hollow && isHollow(val) {
			continue
		}
		fields[f.name] = val
	}
	e.depth--
	return out, nil
}

func isHollow(v *structpb.Value) bool {
	s, ok := v.GetKind().(*structpb.Value_StructValue)
	return ok && len(s.StructValue.GetFields()) == 0
}

func encodePointer(elem *plan) encodeFunc {
	return func(e *encoder, at unsafe.Pointer) (*structpb.Value, error) {
		v := *(*unsafe.Pointer)(at)
		if v == nil {
			return nil, nil
		}
		return elem.ready().encode(e, v)
	}
}

// A sliceHeader is what a slice of any type is in memory.
type sliceHeader struct {
	items    unsafe.Pointer
	len, cap int
}

func encodeList(elem *plan) encodeFunc {
	return func(e *encoder, at unsafe.Pointer) (*structpb.Value, error) {
		list := (*sliceHeader)(at)
		if list.items == nil {
			return nil, nil
		}
		elem.ready()
		size := elem.typ.Size()
		out, items := newList(list.len)
		for i := range items {
			val, err := elem.encode(e, unsafe.Add(list.items, uintptr(i)*size))
			if err == nil && val == nil {
				val, err = nilItem(elem.typ)
			}
			if err != nil {
				return nil, locate("["+strconv.Itoa(i)+"]", err)
			}
			items[i] = val
		}
		return out, nil
	}
}

// nilItem stands for an item that would be left out as a field. Left out of a
// list, it would shift those after it.
func nilItem(t reflect.Type) (*structpb.Value, error) {
	switch t.Kind() {
	case reflect.Slice:
		out, _ := newList(0)
		return out, nil
	case reflect.Map:
		out, _ := newStruct(0)
		return out, nil
	}
	return nil, fmt.Errorf("cannot encode %s: a list item must not be null", t)
}

func (p *plan) encodeMap(elem *plan) encodeFunc {
	return func(e *encoder, at unsafe.Pointer) (*structpb.Value, error) {
		m := p.value(at)
		if m.IsNil() {
			return nil, nil
		}
		elem.ready()
		out, fields := newStruct(m.Len())
		item := reflect.New(elem.typ)
		for iter := m.MapRange(); iter.Next(); {
			key := iter.Key().String()
			if !utf8.ValidString(key) {
				return nil, locateKey(key, errNotUTF8)
			}
			item.Elem().SetIterValue(iter)
			val, err := elem.encode(e, item.UnsafePointer())
			if err != nil {
				return nil, locateKey(key, err)
			}
			if val != nil {
				fields[key] = val
			}
		}
		return out, nil
	}
}

// encodeStringMap is encodeMap for labels and the like.
func encodeStringMap(e *encoder, at unsafe.Pointer) (*structpb.Value, error) {
	m := *(*map[string]string)(at)
	if m == nil {
		return nil, nil
	}
	out, fields := newStruct(len(m))
	for key, s := range m {
		if !utf8.ValidString(key) || !utf8.ValidString(s) {
			return nil, locateKey(key, errNotUTF8)
		}
		fields[key] = e.newString(s)
	}
	return out, nil
}

// encodeStringPtrMap is encodeMap for the provider's tags.
func encodeStringPtrMap(e *encoder, at unsafe.Pointer) (*structpb.Value, error) {
	m := *(*map[string]*string)(at)
	if m == nil {
		return nil, nil
	}
	out, fields := newStruct(len(m))
	for key, s := range m {
		if s == nil {
			continue
		}
		if !utf8.ValidString(key) || !utf8.ValidString(*s) {
			return nil, locateKey(key, errNotUTF8)
		}
		fields[key] = e.newString(*s)
	}
	return out, nil
}

func (p *plan) encodeUnsupported(*encoder, unsafe.Pointer) (*structpb.Value, error) {
	return nil, fmt.Errorf("cannot encode %s: not supported", p.typ)
}
