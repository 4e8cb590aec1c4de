package protostruct

import (
	"encoding"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"sync"
	"unsafe"

	"google.golang.org/protobuf/types/known/structpb"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A plan says how values of one Go type are converted. It works on their
// addresses: a field is an addition then, where reflect.Value costs as much as
// the message that is made of it. Whoever calls a plan keeps one promise: the
// address is that of a value of the plan's type.
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

// unsupportedPlan returns the plan of a type that cannot be converted.
func unsupportedPlan(t reflect.Type) *plan {
	p := &plan{typ: t}
	p.once.Do(func() { p.encode, p.decode = p.encodeUnsupported, p.decodeUnsupported })
	return p
}

// ready works out what the plan does, and returns it.
func (p *plan) ready() *plan {
	p.once.Do(func() {
		p.encode, p.decode = p.encoder(), p.decoder()
		if p.typ.Kind() == reflect.Struct {
			p.fields = structFields(p.typ)
		}
	})
	return p
}

// value returns the value at an address, for what is too rare for a way of its
// own.
func (p *plan) value(at unsafe.Pointer) reflect.Value {
	return reflect.NewAt(p.typ, at).Elem()
}

// Types that are not converted by their kind.
var (
	valueType  = reflect.TypeFor[*structpb.Value]()
	structType = reflect.TypeFor[*structpb.Struct]()
	timeType   = reflect.TypeFor[metav1.Time]()

	// The most frequent maps, which are worth a way round reflection.
	stringMapType    = reflect.TypeFor[map[string]string]()
	stringPtrMapType = reflect.TypeFor[map[string]*string]()
)

// hasMethods tells whether *T, which has those of T too, has the methods of I.
func hasMethods[I any](t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[I]())
}

func marshalsItself(t reflect.Type) bool {
	return isBytes(t) || hasMethods[json.Marshaler](t) || hasMethods[encoding.TextMarshaler](t)
}

func unmarshalsItself(t reflect.Type) bool {
	return isBytes(t) || hasMethods[json.Unmarshaler](t) || hasMethods[encoding.TextUnmarshaler](t)
}

func isBytes(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8
}

// A structField is a field of a struct, or of a struct embedded in it.
type structField struct {
	name   string
	tagged bool // the name is that of a json tag
	depth  int  // of embedding
	hops   []hop
	offset uintptr // in the struct, or in what the last hop leads to
	plan   *plan
	omit   omission
	hollow bool // also left out when it encodes to an empty object
}

// A hop leads through an embedded pointer.
type hop struct {
	offset uintptr
	to     reflect.Type
}

// An omission says which values of a field are left out.
type omission int

const (
	omitNever    omission = iota
	omitNil               // pointers, slices, maps
	omitEmpty             // strings and slices of length zero
	omitEmptyMap          // maps of length zero
	omitZero              // Go's zero value
	omitIsZero            // what the type's own IsZero method says
)

type zeroer interface{ IsZero() bool }

// structFields returns the fields of struct type t, by encoding/json's rules: a
// name belongs to the shallowest field that has it, at equal depth to the one
// that has it by a tag, and to none if that does not decide.
func structFields(t reflect.Type) []structField {
	all := appendFields(nil, t, structField{}, map[reflect.Type]bool{})
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
		if o.depth < f.depth || o.depth == f.depth && (o.tagged || !f.tagged) {
			return false
		}
	}
	return true
}

// appendFields appends the fields of t, which is embedded as parent says. The
// types in within embed each other down to t.
func appendFields(out []structField, t reflect.Type, parent structField, within map[reflect.Type]bool) []structField {
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
		f := structField{name: name, tagged: name != "", depth: parent.depth, hops: parent.hops, offset: parent.offset + sf.Offset}

		if sf.Anonymous && !f.tagged {
			switch embedded := sf.Type; {
			case embedded.Kind() == reflect.Struct:
				f.depth++
				out = appendFields(out, embedded, f, within)
				continue
			case embedded.Kind() == reflect.Pointer && embedded.Elem().Kind() == reflect.Struct && sf.IsExported():
				f.depth++
				f.hops = append(slices.Clip(f.hops), hop{offset: f.offset, to: embedded.Elem()})
				f.offset = 0
				out = appendFields(out, embedded.Elem(), f, within)
				continue
			}
		}
		if !sf.IsExported() {
			continue
		}
		if !f.tagged {
			f.name = sf.Name
		}
		f.plan = planOf(sf.Type)
		f.apply(strings.Split(options, ","))
		out = append(out, f)
	}
	return out
}

// apply sets what the options of the json tag say about the field.
func (f *structField) apply(options []string) {
	t := f.plan.typ
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		f.omit = omitNil
	}
	for _, o := range options {
		switch o {
		case "string":
			f.plan = unsupportedPlan(t)
		case "omitempty":
			switch t.Kind() {
			case reflect.Pointer:
			case reflect.Slice, reflect.String:
				f.omit = omitEmpty
			case reflect.Map:
				f.omit = omitEmptyMap
			case reflect.Struct:
				f.omit, f.hollow = omitZero, true
			default:
				f.omit = omitZero
			}
		case "omitzero":
			if f.omit == omitNever {
				f.omit = omitZero
				if hasMethods[zeroer](t) {
					f.omit = omitIsZero
				}
			}
		}
	}
}

// in returns the field's address in the struct at an address, or nil if it lies
// behind an embedded pointer that is nil.
func (f *structField) in(at unsafe.Pointer) unsafe.Pointer {
	for i := range f.hops {
		if at = *(*unsafe.Pointer)(unsafe.Add(at, f.hops[i].offset)); at == nil {
			return nil
		}
	}
	return unsafe.Add(at, f.offset)
}

// made is in for writing: it makes the embedded pointers that are nil.
func (f *structField) made(at unsafe.Pointer) unsafe.Pointer {
	for i := range f.hops {
		p := (*unsafe.Pointer)(unsafe.Add(at, f.hops[i].offset))
		if *p == nil {
			*p = reflect.New(f.hops[i].to).UnsafePointer()
		}
		at = *p
	}
	return unsafe.Add(at, f.offset)
}

// omits tells whether the value of the field, at an address, is left out.
func (f *structField) omits(at unsafe.Pointer) bool {
	switch f.omit {
	case omitNil:
		// A slice, too, is nil if its first word is.
		return *(*unsafe.Pointer)(at) == nil
	case omitEmpty:
		// The second word of both is the length.
		return *(*int)(unsafe.Add(at, unsafe.Sizeof(at))) == 0
	case omitEmptyMap:
		return *(*unsafe.Pointer)(at) == nil || f.plan.value(at).Len() == 0
	case omitZero:
		return isZero(at, f.plan.typ.Size()) || f.plan.value(at).IsZero()
	case omitIsZero:
		return f.plan.value(at).Addr().Interface().(zeroer).IsZero()
	}
	return false
}

var zeros [512]byte

// isZero tells whether memory is zero. A value that is not may still be: strings
// without bytes have an address, and the gaps between fields hold anything.
func isZero(at unsafe.Pointer, size uintptr) bool {
	for ; size > uintptr(len(zeros)); size -= uintptr(len(zeros)) {
		if *(*[len(zeros)]byte)(at) != zeros {
			return false
		}
		at = unsafe.Add(at, len(zeros))
	}
	return string(unsafe.Slice((*byte)(at), size)) == string(zeros[:size])
}
