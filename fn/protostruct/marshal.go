package protostruct

import (
	"math"
	"slices"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/ontopix/crossplane-ecr/fn/wire"
)

// Write writes the fields of a Struct as proto.Marshal does, several times as fast. It is
// not ok if that would be an error, or if the Struct holds what is desired of no object:
// nulls, values of no kind, unknown fields. These are for proto.Marshal to write.
func Write(w *wire.Writer, s *structpb.Struct) (ok bool) {
	return writeObject(w, s, maxNested)
}

func writeObject(w *wire.Writer, s *structpb.Struct, depth int) bool {
	if hasUnknown(s) {
		return false
	}
	for key, v := range s.GetFields() {
		end := w.Len()
		if !utf8.ValidString(key) || !writeValue(w, v, depth) {
			return false
		}
		w.Wrap(wire.TagValue, end)
		w.String(wire.TagKey, key)
		w.Wrap(tagEntry, end)
	}
	return true
}

// writeValue writes the field of a Value.
func writeValue(w *wire.Writer, v *structpb.Value, depth int) bool {
	if isNull(v) || depth == 0 {
		return false
	}
	end := w.Len()
	switch k := v.GetKind().(type) {
	case *structpb.Value_NumberValue:
		w.Fixed64(tagNumber, math.Float64bits(k.NumberValue))
	case *structpb.Value_StringValue:
		w.String(tagString, k.StringValue)
		return utf8.ValidString(k.StringValue)
	case *structpb.Value_BoolValue:
		w.Varint(tagBool, protowire.EncodeBool(k.BoolValue))
	case *structpb.Value_StructValue:
		if !writeObject(w, k.StructValue, depth-1) {
			return false
		}
		w.Wrap(tagStruct, end)
	case *structpb.Value_ListValue:
		if !writeItems(w, k.ListValue, depth-1) {
			return false
		}
		w.Wrap(tagList, end)
	}
	return true
}

// writeItems writes the items of a ListValue, the last one first.
func writeItems(w *wire.Writer, l *structpb.ListValue, depth int) bool {
	if hasUnknown(l) {
		return false
	}
	for _, v := range slices.Backward(l.GetValues()) {
		end := w.Len()
		if !writeValue(w, v, depth) {
			return false
		}
		w.Wrap(tagItem, end)
	}
	return true
}

func hasUnknown(m proto.Message) bool { return len(m.ProtoReflect().GetUnknown()) > 0 }
