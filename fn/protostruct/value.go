package protostruct

import "google.golang.org/protobuf/types/known/structpb"

// A protobuf Value is a message that points to a wrapper that holds or points
// to its content. The types below hold all of them, so that a value costs one
// allocation instead of two or three.

type boolValue struct {
	structpb.Value
	kind structpb.Value_BoolValue
}

type numberValue struct {
	structpb.Value
	kind structpb.Value_NumberValue
}

type stringValue struct {
	structpb.Value
	kind structpb.Value_StringValue
}

type structValue struct {
	structpb.Value
	kind    structpb.Value_StructValue
	content structpb.Struct
}

type listValue struct {
	structpb.Value
	kind    structpb.Value_ListValue
	content structpb.ListValue
}

func newBool(b bool) *structpb.Value {
	v := &boolValue{kind: structpb.Value_BoolValue{BoolValue: b}}
	v.Kind = &v.kind
	return &v.Value
}

func newNumber(n float64) *structpb.Value {
	v := &numberValue{kind: structpb.Value_NumberValue{NumberValue: n}}
	v.Kind = &v.kind
	return &v.Value
}

// stringsPerBlock is how many strings are allocated at once: they are most of
// what a managed resource consists of. Six are 480 bytes; above 512 the allocator
// treats blocks with pointers differently, and nothing more is won.
const stringsPerBlock = 6

// blocks of values that are allocated, not yet used.
type blocks struct{ strings []stringValue }

func (b *blocks) newString(s string) *structpb.Value {
	if len(b.strings) == 0 {
		b.strings = make([]stringValue, stringsPerBlock)
	}
	v := &b.strings[0]
	b.strings = b.strings[1:]
	v.kind.StringValue = s
	v.Kind = &v.kind
	return &v.Value
}

// newObjectValue returns an object without a map.
func newObjectValue() *structValue {
	v := &structValue{}
	v.kind.StructValue = &v.content
	v.Kind = &v.kind
	return v
}

// newStruct returns an object and its map, made for n fields.
func newStruct(n int) (*structpb.Value, map[string]*structpb.Value) {
	v := newObjectValue()
	v.content.Fields = make(map[string]*structpb.Value, n)
	return &v.Value, v.content.Fields
}

// newList returns a list and its n items, still to be set.
func newList(n int) (*structpb.Value, []*structpb.Value) {
	v := &listValue{}
	v.content.Values = make([]*structpb.Value, n)
	v.kind.ListValue = &v.content
	v.Kind = &v.kind
	return &v.Value, v.content.Values
}

// isNull tells whether v is null or nothing at all. A message from the wire may
// lack a kind, and one made by hand may have a nil wrapper as its kind.
func isNull(v *structpb.Value) bool {
	switch k := v.GetKind().(type) {
	case *structpb.Value_StringValue:
		return k == nil
	case *structpb.Value_StructValue:
		return k == nil
	case *structpb.Value_ListValue:
		return k == nil
	case *structpb.Value_BoolValue:
		return k == nil
	case *structpb.Value_NumberValue:
		return k == nil
	}
	return true
}
