package protostruct

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/ontopix/crossplane-ecr/fn/wire"
)

// read is a type of which every sort of field is read.
type read struct {
	Name  string `json:"name"`
	Inner struct {
		Kept *bool `json:"kept"`
	} `json:"inner"`
	Items  []item           `json:"items"`
	Labels map[string]any   `json:"labels"`
	Raw    *structpb.Struct `json:"raw"`
	Self   *read            `json:"self"`
}

// TestUnmarshal shows what is read of an object, and what is left out.
func TestUnmarshal(t *testing.T) {
	cases := map[string]struct {
		reason string
		object string
		want   string
	}{
		"Empty":     {reason: "An object without fields is one.", object: `{}`, want: `{}`},
		"Unknown":   {reason: "A field that is not read is left out, whatever is in it.", object: `{"name": "n", "other": [{"a": [1, true, null, "s", {}]}]}`, want: `{"name": "n"}`},
		"Nested":    {reason: "So are fields of objects in it.", object: `{"inner": {"kept": true, "other": 1}}`, want: `{"inner": {"kept": true}}`},
		"Items":     {reason: "And those of items, all of which stay.", object: `{"items": [{"name": "a", "other": 1}, {}, null, 1]}`, want: `{"items": [{"name": "a"}, {}, null, 1]}`},
		"Whole":     {reason: "A map and a message are read as they are.", object: `{"labels": {"a": {"b": [0.5]}}, "raw": {"c": {"d": null}}}`, want: `{"labels": {"a": {"b": [0.5]}}, "raw": {"c": {"d": null}}}`},
		"Recursive": {reason: "What contains itself is read as it is.", object: `{"self": {"other": 1}}`, want: `{"self": {"other": 1}}`},
		"OtherType": {reason: "A value of another type is still known to be one.", object: `{"inner": "text", "name": {"a": 1}, "items": 3}`, want: `{"inner": "text", "name": {"a": 1}, "items": 3}`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			message, err := proto.Marshal(fromJSON(t, tc.object))
			if err != nil {
				t.Fatal(err)
			}
			got, ok := FieldsOf[read]().Unmarshal(message)
			if !ok {
				t.Fatalf("%s\nUnmarshal(...): not ok", tc.reason)
			}
			if diff := cmp.Diff(fromJSON(t, tc.want), got, protocmp.Transform()); diff != "" {
				t.Errorf("%s\nUnmarshal(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestUnmarshalRefuses shows what is left to proto.Unmarshal, also where it is not read.
func TestUnmarshalRefuses(t *testing.T) {
	deep := structpb.NewBoolValue(true)
	for range maxNested + 1 {
		deep = structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{deep}})
	}
	nested, err := proto.Marshal(deep)
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		reason string
		value  string
	}{
		"NotUTF8":     {reason: "It is an error.", value: "\x1a\x01\xff"},
		"CutOff":      {reason: "It is an error.", value: "\x1a\x05ab"},
		"ShortNumber": {reason: "It is an error.", value: "\x11\x00"},
		"OpenVarint":  {reason: "It is an error.", value: "\x20\xff"},
		"TwoKinds":    {reason: "The last one counts.", value: "\x20\x01\x1a\x01a"},
		"UnknownKind": {reason: "An unknown field is kept.", value: "\x3a\x01a"},
		"OpenItem":    {reason: "A list can be cut off.", value: "\x32\x02\x0a\x05"},
		"OpenEntry":   {reason: "An object can be cut off.", value: "\x2a\x02\x0a\x05"},
		"HalfEntry":   {reason: "An entry can have no value.", value: "\x2a\x05\x0a\x03\x0a\x01k"},
		"Deep":        {reason: "What is nested deeper than anything real is not worth a stack.", value: string(nested)},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			for key, f := range map[string]*Fields{"other": FieldsOf[read](), "raw": FieldsOf[read](), "any": nil} {
				w := wire.NewWriter(0)
				w.Raw([]byte(tc.value))
				w.Wrap(wire.TagValue, 0)
				w.String(wire.TagKey, key)
				w.Wrap(tagEntry, 0)
				if got, ok := f.Unmarshal(w.Message()); ok {
					t.Errorf("%s\nUnmarshal(...) of the field %q: want not ok, got %v", tc.reason, key, got)
				}
			}
		})
	}
}

// TestWrite shows what is written, and what is left to proto.Marshal.
func TestWrite(t *testing.T) {
	of := func(v *structpb.Value) *structpb.Struct {
		return &structpb.Struct{Fields: map[string]*structpb.Value{"a": v}}
	}
	unknown := &structpb.Struct{}
	unknown.ProtoReflect().SetUnknown([]byte("\x18\x01"))
	deep := structpb.NewBoolValue(true)
	for range maxNested + 1 {
		deep = structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{deep}})
	}
	cases := map[string]struct {
		reason string
		object *structpb.Struct
		want   bool
	}{
		"Nothing":     {reason: "No object has no fields.", want: true},
		"Everything":  {reason: "All that is rendered is written.", object: fromJSON(t, `{"s": "x", "e": "", "n": -0.5, "b": false, "l": [1, "2", [], {}], "o": {"": {"p": true}}}`), want: true},
		"Long":        {reason: "Any length is written.", object: of(structpb.NewStringValue(strings.Repeat("é", 10000))), want: true},
		"NotANumber":  {reason: "Numbers are written bit by bit.", object: of(structpb.NewNumberValue(math.Inf(1))), want: true},
		"Null":        {reason: "No null is rendered.", object: of(structpb.NewNullValue())},
		"NoValue":     {reason: "What a nil means is for proto.Marshal to say.", object: of(nil)},
		"NoKind":      {reason: "A value of no kind is one of a kind that is not known.", object: of(&structpb.Value{})},
		"NilKind":     {reason: "A wrapper can be nil.", object: of(&structpb.Value{Kind: (*structpb.Value_StringValue)(nil)})},
		"NilItem":     {reason: "So can an item.", object: of(structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{nil}}))},
		"NotUTF8":     {reason: "A string that is none is an error.", object: of(structpb.NewStringValue("\xff"))},
		"KeyNotUTF8":  {reason: "So is a key.", object: &structpb.Struct{Fields: map[string]*structpb.Value{"\xff": structpb.NewBoolValue(true)}}},
		"Unknown":     {reason: "Fields that are not known are kept.", object: unknown},
		"UnknownDeep": {reason: "At any depth.", object: of(structpb.NewStructValue(unknown))},
		"Deep":        {reason: "What contains itself must end.", object: of(deep)},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := wire.NewWriter(0)
			if ok := Write(w, tc.object); ok != tc.want {
				t.Fatalf("%s\nWrite(...): want ok %t, got %t", tc.reason, tc.want, ok)
			}
			if !tc.want {
				return
			}
			got, want := &structpb.Struct{}, &structpb.Struct{}
			if err := proto.Unmarshal(w.Message(), got); err != nil {
				t.Fatalf("%s\nUnmarshal of what Write wrote: %v", tc.reason, err)
			}
			proto.Merge(want, tc.object)
			if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
				t.Errorf("%s\nWrite(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// FuzzUnmarshal reads arbitrary bytes. What is read, and how it is written, has to be what
// package proto makes of it; and what is left out must not be missed.
func FuzzUnmarshal(f *testing.F) {
	for _, seed := range []any{desiredRepository(), observedRepository(), &sample{}} {
		s, err := Encode(seed)
		if err != nil {
			f.Fatal(err)
		}
		b, err := proto.Marshal(s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte("\x0a\x07\x0a\x01k\x12\x02\x20\x01\x0a\x05\x0a\x01k\x12\x00"))
	f.Add([]byte("\x0a\x0a\x0a\x01k\x12\x05\x32\x03\x0a\x01\x08"))
	some := FieldsOf[sample]()
	f.Fuzz(func(t *testing.T, message []byte) {
		want := &structpb.Struct{}
		err := proto.Unmarshal(message, want)
		var all *Fields
		got, ok := all.Unmarshal(message)
		part, partly := some.Unmarshal(message)
		if ok != partly {
			t.Fatalf("Unmarshal is ok: %t for all fields, %t for some", ok, partly)
		}
		if !ok {
			return
		}
		if err != nil || !proto.Equal(want, got) {
			t.Fatalf("Unmarshal: proto.Unmarshal says %v, %v; got %v", err, want, got)
		}
		var wanted, found sample
		DecodeLenient(want, &wanted)
		DecodeLenient(part, &found)
		if diff := cmp.Diff(wanted, found, cmp.AllowUnexported(sample{}, inlined{}), protocmp.Transform(), cmp.Comparer(sameNumber)); diff != "" {
			t.Fatalf("what is left out is read: -all, +some:\n%s", diff)
		}
		w := wire.NewWriter(0)
		if !Write(w, got) {
			return
		}
		again := &structpb.Struct{}
		if err := proto.Unmarshal(w.Message(), again); err != nil || !proto.Equal(want, again) {
			t.Fatalf("Write(%v): %v, %v", want, err, again)
		}
	})
}

// sameNumber also takes what is no number for the same as another.
func sameNumber(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }

// BenchmarkWire reads and writes an observed repository, as package proto does and as it
// is done here.
func BenchmarkWire(b *testing.B) {
	s, err := Encode(observedRepository())
	if err != nil {
		b.Fatal(err)
	}
	message, err := proto.Marshal(s)
	if err != nil {
		b.Fatal(err)
	}
	some := FieldsOf[read]()
	for name, run := range map[string]func(){
		"proto.Unmarshal": func() { _ = proto.Unmarshal(message, &structpb.Struct{}) },
		"UnmarshalAll":    func() { _, _ = (*Fields)(nil).Unmarshal(message) },
		"UnmarshalSome":   func() { _, _ = some.Unmarshal(message) },
		"proto.Marshal":   func() { _, _ = proto.Marshal(s) },
		"Write":           func() { Write(wire.NewWriter(len(message)), s) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				run()
			}
		})
	}
}
