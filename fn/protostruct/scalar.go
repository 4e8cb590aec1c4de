package protostruct

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"time"
	"unicode/utf8"
	"unsafe"

	"google.golang.org/protobuf/types/known/structpb"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// The values that hold no others, each both ways.

// maxInteger is the largest integer that a float64, and so a protobuf Value,
// holds exactly together with all that are smaller.
const maxInteger = 1 << 53

var errNotUTF8 = errors.New("not valid UTF-8")

func encodeString(e *encoder, at unsafe.Pointer) (*structpb.Value, error) {
	s := *(*string)(at)
	if !utf8.ValidString(s) {
		return nil, errNotUTF8
	}
	return e.newString(s), nil
}

func decodeString(d *decoder, v *structpb.Value, at unsafe.Pointer, path *field.Path) bool {
	k, ok := v.GetKind().(*structpb.Value_StringValue)
	if !ok {
		return d.wrongType(path, v, "a string")
	}
	*(*string)(at) = k.StringValue
	return true
}

func encodeBool(_ *encoder, at unsafe.Pointer) (*structpb.Value, error) {
	return newBool(*(*bool)(at)), nil
}

func decodeBool(d *decoder, v *structpb.Value, at unsafe.Pointer, path *field.Path) bool {
	k, ok := v.GetKind().(*structpb.Value_BoolValue)
	if !ok {
		return d.wrongType(path, v, "a boolean")
	}
	*(*bool)(at) = k.BoolValue
	return true
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

func decodeInt[T signed](d *decoder, v *structpb.Value, at unsafe.Pointer, path *field.Path) bool {
	half := math.Ldexp(1, int(unsafe.Sizeof(T(0)))*8-1)
	n, ok := decodeInteger(d, v, max(-half, -maxInteger), min(half-1, maxInteger), path)
	if ok {
		*(*T)(at) = T(n)
	}
	return ok
}

func decodeUint[T unsigned](d *decoder, v *structpb.Value, at unsafe.Pointer, path *field.Path) bool {
	full := math.Ldexp(1, int(unsafe.Sizeof(T(0)))*8)
	n, ok := decodeInteger(d, v, 0, min(full-1, maxInteger), path)
	if ok {
		*(*T)(at) = T(n)
	}
	return ok
}

func decodeInteger(d *decoder, v *structpb.Value, low, high float64, path *field.Path) (float64, bool) {
	k, ok := v.GetKind().(*structpb.Value_NumberValue)
	if !ok || k.NumberValue != math.Trunc(k.NumberValue) || math.IsInf(k.NumberValue, 0) {
		return 0, d.wrongType(path, v, "an integer")
	}
	if k.NumberValue < low || k.NumberValue > high {
		return 0, d.outOfRange(path, v, low, high)
	}
	return k.NumberValue, true
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

func decodeFloat64(d *decoder, v *structpb.Value, at unsafe.Pointer, path *field.Path) bool {
	n, ok := decodeNumber(d, v, math.MaxFloat64, path)
	if ok {
		*(*float64)(at) = n
	}
	return ok
}

func decodeFloat32(d *decoder, v *structpb.Value, at unsafe.Pointer, path *field.Path) bool {
	n, ok := decodeNumber(d, v, math.MaxFloat32, path)
	if ok {
		*(*float32)(at) = float32(n)
	}
	return ok
}

func decodeNumber(d *decoder, v *structpb.Value, limit float64, path *field.Path) (float64, bool) {
	k, ok := v.GetKind().(*structpb.Value_NumberValue)
	if !ok || math.IsNaN(k.NumberValue) || math.IsInf(k.NumberValue, 0) {
		return 0, d.wrongType(path, v, "a number")
	}
	if math.Abs(k.NumberValue) > limit {
		return 0, d.outOfRange(path, v, -limit, limit)
	}
	return k.NumberValue, true
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

func decodeTime(d *decoder, v *structpb.Value, at unsafe.Pointer, path *field.Path) bool {
	k, ok := v.GetKind().(*structpb.Value_StringValue)
	if !ok {
		return d.wrongType(path, v, "a string")
	}
	t, err := time.Parse(time.RFC3339, k.StringValue)
	if err != nil || !isRFC3339(t) {
		return d.wrongType(path, v, "a time as of RFC 3339")
	}
	*(*metav1.Time)(at) = metav1.Time{Time: t.Local()}
	return true
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

// decodeJSON decodes a value by its own methods.
func (p *plan) decodeJSON(d *decoder, v *structpb.Value, at unsafe.Pointer, path *field.Path) bool {
	n := reflect.New(p.typ)
	b, err := v.MarshalJSON()
	if err == nil {
		err = json.Unmarshal(b, n.Interface())
	}
	if err != nil {
		return d.fail(func() *field.Error { return field.TypeInvalid(path, readable(v), clip(err.Error())) })
	}
	p.value(at).Set(n.Elem())
	return true
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

func decodeRawValue(_ *decoder, v *structpb.Value, at unsafe.Pointer, _ *field.Path) bool {
	*(**structpb.Value)(at) = v
	return true
}

func decodeRawStruct(d *decoder, v *structpb.Value, at unsafe.Pointer, path *field.Path) bool {
	k, ok := v.GetKind().(*structpb.Value_StructValue)
	if !ok {
		return d.wrongType(path, v, "an object")
	}
	s := k.StructValue
	if s == nil {
		s = &structpb.Struct{}
	}
	*(**structpb.Struct)(at) = s
	return true
}
