package protostruct

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
	"unsafe"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"google.golang.org/protobuf/types/known/structpb"
)

// maxInteger is the largest integer that a float64, and so a protobuf Value,
// holds exactly together with all that are smaller.
const maxInteger = 1 << 53

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
	strings []stringValue // allocated, not yet used
	depth   int
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

var errNotUTF8 = errors.New("not valid UTF-8")

func encodeString(e *encoder, at unsafe.Pointer) (*structpb.Value, error) {
	s := *(*string)(at)
	if !utf8.ValidString(s) {
		return nil, errNotUTF8
	}
	return e.newString(s), nil
}

func encodeBool(_ *encoder, at unsafe.Pointer) (*structpb.Value, error) {
	return newBool(*(*bool)(at)), nil
}

type signed interface {
	int | int8 | int16 | int32 | int64
}

func encodeInt[T signed](_ *encoder, at unsafe.Pointer) (*structpb.Value, error) {
	n := int64(*(*T)(at))
	if n < -maxInteger || n > maxInteger {
		return nil, fmt.Errorf("integer %d is beyond ±2^53", n)
	}
	return newNumber(float64(n)), nil
}

type unsigned interface {
	uint | uint8 | uint16 | uint32 | uint64
}

func encodeUint[T unsigned](_ *encoder, at unsafe.Pointer) (*structpb.Value, error) {
	n := uint64(*(*T)(at))
	if n > maxInteger {
		return nil, fmt.Errorf("integer %d is beyond ±2^53", n)
	}
	return newNumber(float64(n)), nil
}

func encodeFloat64(_ *encoder, at unsafe.Pointer) (*structpb.Value, error) {
	return finite(*(*float64)(at))
}

func encodeFloat32(_ *encoder, at unsafe.Pointer) (*structpb.Value, error) {
	// The number that was meant: 0.1, not 0.10000000149011612.
	n, err := strconv.ParseFloat(strconv.FormatFloat(float64(*(*float32)(at)), 'g', -1, 32), 64)
	if err != nil {
		return nil, err
	}
	return finite(n)
}

func finite(n float64) (*structpb.Value, error) {
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return nil, fmt.Errorf("number %v is not finite", n)
	}
	return newNumber(n), nil
}

func encodeTime(e *encoder, at unsafe.Pointer) (*structpb.Value, error) {
	t := (*metav1.Time)(at)
	if t.IsZero() {
		return nil, nil
	}
	if !isRFC3339(t.Time) {
		return nil, fmt.Errorf("time %v is beyond RFC 3339", t)
	}
	return e.newString(t.UTC().Format(time.RFC3339)), nil
}

// isRFC3339 tells whether a time in UTC has a year of four digits. A time with
// an offset may have one and still not be in such a year.
func isRFC3339(t time.Time) bool {
	year := t.UTC().Year()
	return 0 <= year && year <= 9999
}

// encodeJSON encodes a value by its own methods.
func (p *plan) encodeJSON(_ *encoder, at unsafe.Pointer) (*structpb.Value, error) {
	b, err := json.Marshal(p.value(at).Addr().Interface())
	if err != nil {
		return nil, fmt.Errorf("cannot encode %s: %w", p.typ, err)
	}
	out := &structpb.Value{}
	if err := out.UnmarshalJSON(b); err != nil {
		return nil, fmt.Errorf("cannot encode %s: %w", p.typ, err)
	}
	if isNull(out) {
		return nil, nil
	}
	return out, nil
}

func encodeRawValue(_ *encoder, at unsafe.Pointer) (*structpb.Value, error) {
	raw := *(**structpb.Value)(at)
	if isNull(raw) {
		return nil, nil
	}
	return raw, nil
}

func encodeRawStruct(_ *encoder, at unsafe.Pointer) (*structpb.Value, error) {
	raw := *(**structpb.Struct)(at)
	if raw == nil {
		return nil, nil
	}
	return structpb.NewStructValue(raw), nil
}

func (p *plan) encodeUnsupported(*encoder, unsafe.Pointer) (*structpb.Value, error) {
	return nil, fmt.Errorf("cannot encode %s: not supported", p.typ)
}

// A locatedError is an error and the path of the field that it is about.
type locatedError struct {
	path string
	err  error
}

func (e *locatedError) Error() string { return e.path + ": " + e.err.Error() }
func (e *locatedError) Unwrap() error { return e.err }

// locate puts an element in front of the path of err.
func locate(element string, err error) error {
	l, ok := err.(*locatedError)
	switch {
	case !ok:
		return &locatedError{element, err}
	case strings.HasPrefix(l.path, "["):
		l.path = element + l.path
	default:
		l.path = element + "." + l.path
	}
	return l
}

func locateKey(key string, err error) error {
	return locate("["+strings.ToValidUTF8(key, "\uFFFD")+"]", err)
}
