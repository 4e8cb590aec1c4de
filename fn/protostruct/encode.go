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
	if rv.Kind() == reflect.Pointer {
		rv = rv.Elem()
	}
	if rv.Kind() != reflect.Struct {
		return nil, fmt.Errorf("cannot encode %T: not a struct or a pointer to one", v)
	}
	e := encoders.Get().(*encoder)
	e.depth = 0
	out, err := planOf(rv.Type()).ready().encode(e, rv)
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

// An encodeFunc returns v as a protobuf Value; nil means that it is left out.
type encodeFunc func(e *encoder, v reflect.Value) (*structpb.Value, error)

// An encoder holds what one Encode needs besides the message that it builds.
type encoder struct {
	pending []entry // fields of the structs that are being encoded, outermost first
	strings []stringValue
	depth   int
}

type entry struct {
	name  string
	value *structpb.Value
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
		return p.encodePointer(planOf(t.Elem()))
	case t == timeType:
		return encodeTime
	case marshalsItself(t):
		return encodeJSON
	}
	switch t.Kind() {
	case reflect.Struct:
		return p.encodeStruct
	case reflect.Slice:
		return p.encodeList(planOf(t.Elem()))
	case reflect.Map:
		if t.Key().Kind() == reflect.String {
			return p.encodeMap(planOf(t.Elem()))
		}
	case reflect.String:
		return encodeString
	case reflect.Bool:
		return encodeBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return encodeInt
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return encodeUint
	case reflect.Float32, reflect.Float64:
		return encodeFloat
	}
	return encodeUnsupported
}

func (p *plan) encodeStruct(e *encoder, v reflect.Value) (*structpb.Value, error) {
	if e.depth++; e.depth > maxDepth {
		return nil, fmt.Errorf("cannot encode %s: more than %d structs deep", p.typ, maxDepth)
	}
	base := len(e.pending)
	for i := range p.fields {
		f := &p.fields[i]
		fv, ok := f.in(v)
		if !ok || f.omits(fv) {
			continue
		}
		val, err := f.plan.ready().encode(e, fv)
		if err != nil {
			e.drop(base)
			return nil, at(f.name, err)
		}
		if val == nil || f.hollow && isHollow(val) {
			continue
		}
		e.pending = append(e.pending, entry{f.name, val})
	}
	out, fields := newStruct(len(e.pending) - base)
	for _, f := range e.pending[base:] {
		fields[f.name] = f.value
	}
	e.drop(base)
	e.depth--
	return out, nil
}

// drop forgets the pending fields from base on, so that the pool keeps no
// message alive.
func (e *encoder) drop(base int) {
	clear(e.pending[base:])
	e.pending = e.pending[:base]
}

func isHollow(v *structpb.Value) bool {
	s, ok := v.GetKind().(*structpb.Value_StructValue)
	return ok && len(s.StructValue.GetFields()) == 0
}

func (p *plan) encodePointer(elem *plan) encodeFunc {
	return func(e *encoder, v reflect.Value) (*structpb.Value, error) {
		if v.IsNil() {
			return nil, nil
		}
		return elem.ready().encode(e, v.Elem())
	}
}

func (p *plan) encodeList(elem *plan) encodeFunc {
	return func(e *encoder, v reflect.Value) (*structpb.Value, error) {
		if v.IsNil() {
			return nil, nil
		}
		elem.ready()
		out, items := newList(v.Len())
		for i := range items {
			val, err := elem.encode(e, v.Index(i))
			if err == nil && val == nil {
				val, err = nilItem(elem.typ)
			}
			if err != nil {
				return nil, at("["+strconv.Itoa(i)+"]", err)
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
	return func(e *encoder, v reflect.Value) (*structpb.Value, error) {
		if v.IsNil() {
			return nil, nil
		}
		elem.ready()
		out, fields := newStruct(v.Len())
		for iter := v.MapRange(); iter.Next(); {
			key := iter.Key().String()
			if !utf8.ValidString(key) {
				return nil, at("["+strings.ToValidUTF8(key, "\uFFFD")+"]", errNotUTF8)
			}
			val, err := elem.encode(e, iter.Value())
			if err != nil {
				return nil, at("["+key+"]", err)
			}
			if val != nil {
				fields[key] = val
			}
		}
		return out, nil
	}
}

var errNotUTF8 = errors.New("not valid UTF-8")

func encodeString(e *encoder, v reflect.Value) (*structpb.Value, error) {
	s := v.String()
	if !utf8.ValidString(s) {
		return nil, errNotUTF8
	}
	return e.newString(s), nil
}

func encodeBool(_ *encoder, v reflect.Value) (*structpb.Value, error) {
	return newBool(v.Bool()), nil
}

func encodeInt(_ *encoder, v reflect.Value) (*structpb.Value, error) {
	n := v.Int()
	if n < -maxInteger || n > maxInteger {
		return nil, fmt.Errorf("integer %d is beyond ±2^53", n)
	}
	return newNumber(float64(n)), nil
}

func encodeUint(_ *encoder, v reflect.Value) (*structpb.Value, error) {
	n := v.Uint()
	if n > maxInteger {
		return nil, fmt.Errorf("integer %d is beyond ±2^53", n)
	}
	return newNumber(float64(n)), nil
}

func encodeFloat(_ *encoder, v reflect.Value) (*structpb.Value, error) {
	n := v.Float()
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return nil, fmt.Errorf("number %v is not finite", n)
	}
	if v.Kind() == reflect.Float32 {
		// The number that was meant: 0.1, not 0.10000000149011612.
		n, _ = strconv.ParseFloat(strconv.FormatFloat(n, 'g', -1, 32), 64)
	}
	return newNumber(n), nil
}

func encodeTime(e *encoder, v reflect.Value) (*structpb.Value, error) {
	t := v.Field(0).Interface().(time.Time)
	if t.IsZero() {
		return nil, nil
	}
	return e.newString(t.UTC().Format(time.RFC3339)), nil
}

// encodeJSON encodes a value by its own methods.
func encodeJSON(_ *encoder, v reflect.Value) (*structpb.Value, error) {
	b, err := json.Marshal(addressable(v).Addr().Interface())
	if err != nil {
		return nil, fmt.Errorf("cannot encode %s: %w", v.Type(), err)
	}
	out := &structpb.Value{}
	if err := out.UnmarshalJSON(b); err != nil {
		return nil, fmt.Errorf("cannot encode %s: %w", v.Type(), err)
	}
	if isNull(out) {
		return nil, nil
	}
	return out, nil
}

func encodeRawValue(_ *encoder, v reflect.Value) (*structpb.Value, error) {
	raw := v.Interface().(*structpb.Value)
	if isNull(raw) {
		return nil, nil
	}
	return raw, nil
}

func encodeRawStruct(_ *encoder, v reflect.Value) (*structpb.Value, error) {
	raw := v.Interface().(*structpb.Struct)
	if raw == nil {
		return nil, nil
	}
	return structpb.NewStructValue(raw), nil
}

func encodeUnsupported(_ *encoder, v reflect.Value) (*structpb.Value, error) {
	return nil, fmt.Errorf("cannot encode %s: not supported", v.Type())
}

// A locatedError is an error and the path of the field that it is about.
type locatedError struct {
	path string
	err  error
}

func (e *locatedError) Error() string { return e.path + ": " + e.err.Error() }
func (e *locatedError) Unwrap() error { return e.err }

// at puts an element in front of the path of err.
func at(element string, err error) error {
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
