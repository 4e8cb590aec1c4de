// Package wire reads and writes protobuf messages by their parts, as fast as that can be
// done: it knows no types.
package wire

import (
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// Tags of the fields of a map's entry, whose value has a length as its key has.
const (
	TagKey   = 1<<3 | byte(protowire.BytesType)
	TagValue = 2<<3 | byte(protowire.BytesType)
)

// Cut returns the content of the field that a message begins with, and the fields after
// it. It is not ok if that has another tag, which is one byte and of a type with a length.
func Cut(message []byte, tag byte) (content, rest []byte, ok bool) {
	if len(message) < 2 || message[0] != tag {
		return nil, nil, false
	}
	size, n := uint64(message[1]), 1
	if size >= 0x80 {
		if size, n = protowire.ConsumeVarint(message[1:]); n < 0 {
			return nil, nil, false
		}
	}
	rest = message[1+n:]
	if size > uint64(len(rest)) {
		return nil, nil, false
	}
	return rest[:size], rest[size:], true
}

// CutEntry returns the key and the value of an entry of a map, whose keys are strings. It
// is not ok if the entry does not have just these two, in this order.
func CutEntry(entry []byte) (key, value []byte, ok bool) {
	key, rest, ok := Cut(entry, TagKey)
	if !ok {
		return nil, nil, false
	}
	value, rest, ok = Cut(rest, TagValue)
	return key, value, ok && len(rest) == 0 && utf8.Valid(key)
}
