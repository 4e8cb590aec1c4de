package protostruct

import (
	"encoding/binary"
	"math"
	"reflect"
	"strings"
	"sync"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/ontopix/crossplane-ecr/fn/wire"
)

// Fields are those that DecodeLenient reads of an object into one type of struct. They are
// those of its plan: whatever is added to the type, is read.
type Fields struct {
	fields []namedFields // of an object
	items  *Fields       // of a list, if it is one
}

// A namedFields is one field, and what is read of it: everything, if that is nil.
type namedFields struct {
	name string
	read *Fields
}

// FieldsOf returns the fields that are read into a T, a struct.
func FieldsOf[T any]() *Fields {
	return fieldsOf(reflect.TypeFor[T](), map[reflect.Type]bool{})
}

// fieldsOf returns what is read into a type; nil for everything. The types in within
// contain each other down to t; of one that contains itself everything is read.
func fieldsOf(t reflect.Type, within map[reflect.Type]bool) *Fields {
	if within[t] || t == valueType || t == structType || unmarshalsItself(t) {
		return nil
	}
	within[t] = true
	defer delete(within, t)

	switch t.Kind() {
	case reflect.Pointer:
		return fieldsOf(t.Elem(), within)
	case reflect.Slice:
		if items := fieldsOf(t.Elem(), within); items != nil {
			return &Fields{items: items}
		}
	case reflect.Struct:
		f := &Fields{}
		for _, field := range planOf(t).ready().fields {
			f.fields = append(f.fields, namedFields{field.name, fieldsOf(field.plan.typ, within)})
		}
		return f
	}
	return nil
}

// Unmarshal reads a Struct from the wire as proto.Unmarshal does, but only the fields that
// f has, and several times as fast. It reads what protobuf libraries write. If a message
// is written in another way, or is none, also where nothing is read of it, it is not ok:
// what it is then is for proto.Unmarshal to say.
func (f *Fields) Unmarshal(message []byte) (s *structpb.Struct, ok bool) {
	s = &structpb.Struct{}
	u := unmarshalers.Get().(*unmarshaler)
	defer unmarshalers.Put(u)
	return s, u.object(s, message, f, maxNested)
}

// field returns the name of a field, and what is read of it; not ok if nothing is.
func (f *Fields) field(u *unmarshaler, key []byte) (name string, read *Fields, ok bool) {
	if f == nil {
		return u.text(key), nil, true
	}
	for i := range f.fields {
		if f.fields[i].name == string(key) {
			return f.fields[i].name, f.fields[i].read, true
		}
	}
	return "", nil, false
}

// Tags of the fields of Struct, ListValue and Value, one byte each.
const (
	tagEntry = 1<<3 | byte(protowire.BytesType) // Struct.fields
	tagItem  = 1<<3 | byte(protowire.BytesType) // ListValue.values

	tagNull   = 1<<3 | byte(protowire.VarintType)
	tagNumber = 2<<3 | byte(protowire.Fixed64Type)
	tagString = 3<<3 | byte(protowire.BytesType)
	tagBool   = 4<<3 | byte(protowire.VarintType)
	tagStruct = 5<<3 | byte(protowire.BytesType)
	tagList   = 6<<3 | byte(protowire.BytesType)
)

// maxNested is how deep values may be nested. Objects of Kubernetes are not nested deeper
// by far, and proto.Unmarshal has a limit of its own.
const maxNested = 100

// textPerBlock is how many bytes of strings are allocated at once.
const textPerBlock = 2 << 10

// An unmarshaler holds what Unmarshal needs besides the message that it builds.
type unmarshaler struct {
	blocks
	block strings.Builder // that texts are in; it never grows, so they stay where they are
}

var unmarshalers = sync.Pool{New: func() any { return &unmarshaler{} }}

// text returns bytes as a string, which shares a block of memory with others.
func (u *unmarshaler) text(b []byte) string {
	if u.block.Cap()-u.block.Len() < len(b) {
		u.block = strings.Builder{}
		u.block.Grow(max(textPerBlock, len(b)))
	}
	at := u.block.Len()
	u.block.Write(b)
	return u.block.String()[at:]
}

// object reads a Struct.
func (u *unmarshaler) object(into *structpb.Struct, message []byte, f *Fields, depth int) bool {
	for len(message) > 0 {
		entry, rest, ok := wire.Cut(message, tagEntry)
		if !ok {
			return false
		}
		key, value, ok := wire.CutEntry(entry)
		if !ok {
			return false
		}
		message = rest
		name, read, ok := f.field(u, key)
		if !ok {
			if !isValue(value, depth) {
				return false
			}
			continue
		}
		v, ok := u.value(value, read, depth)
		if !ok {
			return false
		}
		if into.Fields == nil {
			into.Fields = make(map[string]*structpb.Value)
		}
		into.Fields[name] = v
	}
	return true
}

// value reads a Value. Of one that is neither an object nor a list, where one of these is
// read, everything is.
func (u *unmarshaler) value(message []byte, f *Fields, depth int) (*structpb.Value, bool) {
	if len(message) == 0 {
		return &structpb.Value{}, true
	}
	switch message[0] {
	case tagNull:
		n, ok := varint(message)
		return &structpb.Value{Kind: &structpb.Value_NullValue{NullValue: structpb.NullValue(int32(n))}}, ok
	case tagBool:
		n, ok := varint(message)
		return newBool(n != 0), ok
	case tagNumber:
		if len(message) != 1+8 {
			return nil, false
		}
		return newNumber(math.Float64frombits(binary.LittleEndian.Uint64(message[1:]))), true
	}
	content, rest, ok := wire.Cut(message, message[0])
	if !ok || len(rest) > 0 || depth == 0 {
		return nil, false
	}
	switch message[0] {
	case tagString:
		return u.newString(u.text(content)), utf8.Valid(content)
	case tagStruct:
		v := newObjectValue()
		return &v.Value, u.object(&v.content, content, f, depth-1)
	case tagList:
		if f != nil {
			f = f.items
		}
		return u.list(content, f, depth-1)
	}
	return nil, false
}

// list reads a ListValue, f of each item.
func (u *unmarshaler) list(message []byte, f *Fields, depth int) (*structpb.Value, bool) {
	n := 0
	for rest := message; len(rest) > 0; n++ {
		var ok bool
		if _, rest, ok = wire.Cut(rest, tagItem); !ok {
			return nil, false
		}
	}
	list, items := newList(n)
	for i := range items {
		var item []byte
		item, message, _ = wire.Cut(message, tagItem)
		v, ok := u.value(item, f, depth)
		if !ok {
			return nil, false
		}
		items[i] = v
	}
	return list, true
}

// isValue tells whether a message that is not read is one that value would read.
func isValue(message []byte, depth int) bool {
	if len(message) == 0 {
		return true
	}
	switch message[0] {
	case tagNull, tagBool:
		_, ok := varint(message)
		return ok
	case tagNumber:
		return len(message) == 1+8
	}
	content, rest, ok := wire.Cut(message, message[0])
	if !ok || len(rest) > 0 || depth == 0 {
		return false
	}
	switch message[0] {
	case tagString:
		return utf8.Valid(content)
	case tagStruct:
		for len(content) > 0 && ok {
			var entry, value []byte
			if entry, content, ok = wire.Cut(content, tagEntry); ok {
				_, value, ok = wire.CutEntry(entry)
				ok = ok && isValue(value, depth-1)
			}
		}
		return ok
	case tagList:
		for len(content) > 0 && ok {
			var item []byte
			item, content, ok = wire.Cut(content, tagItem)
			ok = ok && isValue(item, depth-1)
		}
		return ok
	}
	return false
}

// varint returns the content of a message with one field of that type.
func varint(message []byte) (uint64, bool) {
	v, n := protowire.ConsumeVarint(message[1:])
	return v, 1+n == len(message)
}
