package wire

import (
	"encoding/binary"

	"google.golang.org/protobuf/encoding/protowire"
)

// A Writer writes a message from its end to its beginning: what a field holds comes
// before its length then, which nobody has to work out in advance.
type Writer struct {
	room []byte
	at   int // what is written are the bytes of room from here on
}

// NewWriter returns a Writer with room for a number of bytes. It makes more as needed.
func NewWriter(room int) *Writer { return &Writer{room: make([]byte, room), at: room} }

// Message is what is written.
func (w *Writer) Message() []byte { return w.room[w.at:] }

// Len is how many bytes are written.
func (w *Writer) Len() int { return len(w.room) - w.at }

// reserve makes room for n bytes, which the caller writes from w.at on.
func (w *Writer) reserve(n int) {
	if w.at < n {
		more := make([]byte, 2*len(w.room)+n)
		copy(more[len(more)-w.Len():], w.Message())
		w.at += len(more) - len(w.room)
		w.room = more
	}
	w.at -= n
}

// Raw writes fields that are on the wire already.
func (w *Writer) Raw(b []byte) {
	w.reserve(len(b))
	copy(w.room[w.at:], b)
}

// String writes a field of type string or bytes.
func (w *Writer) String(tag byte, s string) {
	end := w.Len()
	w.reserve(len(s))
	copy(w.room[w.at:], s)
	w.Wrap(tag, end)
}

// Fixed64 writes a field of eight bytes.
func (w *Writer) Fixed64(tag byte, v uint64) {
	w.reserve(1 + 8)
	w.room[w.at] = tag
	binary.LittleEndian.PutUint64(w.room[w.at+1:], v)
}

// Varint writes a field that is a number or a bool.
func (w *Writer) Varint(tag byte, v uint64) {
	n := protowire.SizeVarint(v)
	w.reserve(1 + n)
	w.room[w.at] = tag
	protowire.AppendVarint(w.room[:w.at+1], v)
}

// Wrap makes what was written since Len was end the content of a field.
func (w *Writer) Wrap(tag byte, end int) {
	w.Varint(tag, uint64(w.Len()-end)) //nolint:gosec // end was a Len before, so it is no more
}
