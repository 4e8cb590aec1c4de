package wire_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/ontopix/crossplane-ecr/fn/wire"
)

// TestCut shows what is a field and what is not.
func TestCut(t *testing.T) {
	type want struct {
		content, rest string
		ok            bool
	}
	long := strings.Repeat("x", 200)
	cases := map[string]struct {
		reason  string
		message string
		want    want
	}{
		"Alone":       {reason: "A field can be all that there is.", message: "\x0a\x02ab", want: want{"ab", "", true}},
		"Followed":    {reason: "What comes after it is for the next call.", message: "\x0a\x01a\x12\x00", want: want{"a", "\x12\x00", true}},
		"Empty":       {reason: "A field without content has a length too.", message: "\x0a\x00", want: want{"", "", true}},
		"Long":        {reason: "Lengths of more than one byte.", message: "\x0a\xc8\x01" + long + "r", want: want{long, "r", true}},
		"Padded":      {reason: "A length in more bytes than it needs is one.", message: "\x0a\x81\x00a", want: want{"a", "", true}},
		"Nothing":     {reason: "A message without fields begins with none.", message: ""},
		"OtherTag":    {reason: "Another field is not asked for.", message: "\x12\x01a"},
		"TagAlone":    {reason: "A message can be cut off after a tag.", message: "\x0a"},
		"TooShort":    {reason: "A message can be cut off within a field.", message: "\x0a\x03ab"},
		"NoLength":    {reason: "A message can be cut off within a length.", message: "\x0a\x80"},
		"Immense":     {reason: "No length leads out of the message.", message: "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01a"},
		"EndlessSize": {reason: "A length has ten bytes at most.", message: "\x0a" + strings.Repeat("\xff", 20)},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			content, rest, ok := wire.Cut([]byte(tc.message), 0x0a)
			if diff := cmp.Diff(tc.want, want{string(content), string(rest), ok}, cmp.AllowUnexported(want{})); diff != "" {
				t.Errorf("%s\nCut(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestCutEntry shows which entries of maps are read.
func TestCutEntry(t *testing.T) {
	cases := map[string]struct {
		reason string
		entry  string
		want   bool
	}{
		"Both":       {reason: "An entry has a key and a value.", entry: "\x0a\x01k\x12\x01v", want: true},
		"EmptyBoth":  {reason: "Either may be empty.", entry: "\x0a\x00\x12\x00", want: true},
		"NoValue":    {reason: "An absent value is another way to write an empty one.", entry: "\x0a\x01k"},
		"NoKey":      {reason: "An absent key is another way to write an empty one.", entry: "\x12\x01v"},
		"ValueFirst": {reason: "Libraries write the key first.", entry: "\x12\x01v\x0a\x01k"},
		"TwoValues":  {reason: "Two values would have to be merged.", entry: "\x0a\x01k\x12\x01v\x12\x01w"},
		"Unknown":    {reason: "Nothing else belongs to an entry.", entry: "\x0a\x01k\x12\x01v\x18\x01"},
		"NotUTF8":    {reason: "A key is a string.", entry: "\x0a\x01\xff\x12\x01v"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if _, _, ok := wire.CutEntry([]byte(tc.entry)); ok != tc.want {
				t.Errorf("%s\nCutEntry(...): want ok %t, got %t", tc.reason, tc.want, ok)
			}
		})
	}
}

// TestWriter shows that what is written backwards is what is appended forwards, whatever
// room there was for it.
func TestWriter(t *testing.T) {
	long := strings.Repeat("long", 100)
	inner := protowire.AppendVarint([]byte{0x08}, 1<<40)
	inner = protowire.AppendFixed64(append(inner, 0x11), 42)
	inner = protowire.AppendString(append(inner, 0x1a), long)
	want := protowire.AppendString([]byte{0x0a}, "first")
	want = protowire.AppendBytes(append(want, 0x12), inner)
	want = append(want, "\x18\x01"...)

	for _, room := range []int{0, 1, 10, 500, 1000} {
		w := wire.NewWriter(room)
		w.Raw([]byte("\x18\x01"))
		end := w.Len()
		w.String(0x1a, long)
		w.Fixed64(0x11, 42)
		w.Varint(0x08, 1<<40)
		w.Wrap(0x12, end)
		w.String(0x0a, "first")
		if diff := cmp.Diff(want, w.Message()); diff != "" {
			t.Errorf("Message() with room for %d bytes: -want, +got:\n%s", room, diff)
		}
	}
}
