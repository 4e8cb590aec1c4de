package protostruct

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strings"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"google.golang.org/protobuf/types/known/structpb"
)

// A plan says how values of one Go type are converted.
type plan struct {
	typ    reflect.Type
	once   sync.Once
	encode encodeFunc
	decode decodeFunc
	fields []structField // of a struct, in the order of its Go fields
}

var plans sync.Map // reflect.Type to *plan

// planOf returns the plan of a type. It is worked out at its first use, not
// here, so that a type may contain itself.
func planOf(t reflect.Type) *plan {
	if p, ok := plans.Load(t); ok {
		return p.(*plan)
	}
	p, _ := plans.LoadOrStore(t, &plan{typ: t})
	return p.(*plan)
}

func (p *plan) ready() *plan {
	p.once.Do(func() {
		p.encode, p.decode = p.encoder(), p.decoder()
		if p.typ.Kind() == reflect.Struct {
			p.fields = structFields(p.typ)
		}
	})
	return p
}

// Types that are not converted by their kind.
var (
	valueType  = reflect.TypeFor[*structpb.Value]()
	structType = reflect.TypeFor[*structpb.Struct]()
	timeType   = reflect.TypeFor[metav1.Time]()
	bytesType  = reflect.TypeFor[[]byte]()
)

// hasMethods tells whether T or *T has the methods of interface I.
func hasMethods[I any](t reflect.Type) bool {
	i := reflect.TypeFor[I]()
	return t.Implements(i) || reflect.PointerTo(t).Implements(i)
}

func marshalsItself(t reflect.Type) bool {
	return isBytes(t) || hasMethods[json.Marshaler](t) || hasMethods[encoding.TextMarshaler](t)
}

func unmarshalsItself(t reflect.Type) bool {
	return isBytes(t) || hasMethods[json.Unmarshaler](t) || hasMethods[encoding.TextUnmarshaler](t)
}

func isBytes(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.ConvertibleTo(bytesType)
}

// A structField is a field of a struct, or of a struct embedded in it.
type structField struct {
	name   string
	index  []int // see reflect.Value.FieldByIndex
	plan   *plan
	omit   omission
	hollow bool // also left out when it encodes to an empty object
	tagged bool
}

// An omission says which values of a field are left out.
type omission int

const (
	omitNever  omission = iota
	omitNil             // pointers, slices, maps
	omitEmpty           // slices and maps without items
	omitZero            // Go's zero value
	omitIsZero          // the type's own IsZero method
)

type zeroer interface{ IsZero() bool }

// structFields returns the fields of struct type t, by encoding/json's rules: a
// name belongs to the shallowest field that has it, at equal depth to the one
// that has it by a tag, and to none if that does not decide.
func structFields(t reflect.Type) []structField {
	all := appendFields(nil, t, nil, map[reflect.Type]bool{})
	out := make([]structField, 0, len(all))
	for i, f := range all {
		if dominates(f, i, all) {
			out = append(out, f)
		}
	}
	return out
}

func dominates(f structField, at int, all []structField) bool {
	for i, o := range all {
		if i == at || o.name != f.name {
			continue
		}
		if len(o.index) < len(f.index) {
			return false
		}
		if len(o.index) == len(f.index) && (o.tagged || !f.tagged) {
			return false
		}
	}
	return true
}

// appendFields appends the fields of t, which lies at index in the struct that
// is planned. The types in within embed each other down to t.
func appendFields(out []structField, t reflect.Type, index []int, within map[reflect.Type]bool) []structField {
	if within[t] {
		return out
	}
	within[t] = true
	defer delete(within, t)

	for i := range t.NumField() {
		sf := t.Field(i)
		tag := sf.Tag.Get("json")
		if tag == "-" {
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		at := append(append(make([]int, 0, len(index)+1), index...), i)

		if sf.Anonymous && name == "" {
			embedded := sf.Type
			if embedded.Kind() == reflect.Pointer && sf.IsExported() {
				embedded = embedded.Elem()
			}
			if embedded.Kind() == reflect.Struct {
				out = appendFields(out, embedded, at, within)
				continue
			}
		}
		if !sf.IsExported() {
			continue
		}
		out = append(out, newStructField(sf, name, strings.Split(options, ","), at))
	}
	return out
}

func newStructField(sf reflect.StructField, name string, options []string, index []int) structField {
	f := structField{name: name, index: index, plan: planOf(sf.Type), tagged: name != ""}
	if name == "" {
		f.name = sf.Name
	}
	switch sf.Type.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		f.omit = omitNil
	}
	for _, o := range options {
		switch {
		case o == "string":
			f.plan = &plan{typ: sf.Type}
			f.plan.once.Do(func() { f.plan.encode, f.plan.decode = encodeUnsupported, decodeUnsupported })
		case o == "omitempty" && f.omit == omitNil:
			if sf.Type.Kind() != reflect.Pointer {
				f.omit = omitEmpty
			}
		case o == "omitempty" && f.omit == omitNever:
			f.omit, f.hollow = omitZero, sf.Type.Kind() == reflect.Struct
		case o == "omitzero" && f.omit != omitNil && hasMethods[zeroer](sf.Type):
			f.omit = omitIsZero
		case o == "omitzero" && f.omit == omitNever:
			f.omit = omitZero
		}
	}
	return f
}

// in returns the field's value in struct v; false if it lies in an embedded
// pointer that is nil.
func (f *structField) in(v reflect.Value) (reflect.Value, bool) {
	for _, i := range f.index {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return reflect.Value{}, false
			}
			v = v.Elem()
		}
		v = v.Field(i)
	}
	return v, true
}

// settable returns the field's value in struct v, making embedded pointers.
func (f *structField) settable(v reflect.Value) reflect.Value {
	for _, i := range f.index {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
		v = v.Field(i)
	}
	return v
}

// omits tells whether value v of the field is left out.
func (f *structField) omits(v reflect.Value) bool {
	switch f.omit {
	case omitNil:
		return v.IsNil()
	case omitEmpty:
		return v.Len() == 0
	case omitZero:
		return v.IsZero()
	case omitIsZero:
		return v.IsZero() || addressable(v).Addr().Interface().(zeroer).IsZero()
	}
	return false
}

// addressable returns v, or a copy whose address can be taken.
func addressable(v reflect.Value) reflect.Value {
	if v.CanAddr() {
		return v
	}
	c := reflect.New(v.Type()).Elem()
	c.Set(v)
	return c
}
