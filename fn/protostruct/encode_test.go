package protostruct

import (
	"encoding/json"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/structpb"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func TestEncode(t *testing.T) {
	cases := map[string]struct {
		reason string
		in     any
		want   string
	}{
		"Zero": {
			reason: "Of a zero struct only structs without omitempty are left.",
			in:     &sample{},
			want:   `{"kept": {}}`,
		},
		"ByValue": {
			reason: "A struct need not be a pointer.",
			in:     item{Name: "a"},
			want:   `{"name": "a"}`,
		},
		"Scalars": {
			reason: "A pointer tells what was set, even to zero.",
			in:     &sample{Str: "s", StrPtr: new(""), Bool: new(false), Int: new(int64(0)), Small: -128, Uint: new(uint16(65535)), Float: new(-0.5)},
			want:   `{"str": "s", "strPtr": "", "bool": false, "int": 0, "small": -128, "uint": 65535, "float": -0.5, "kept": {}}`,
		},
		"LargestIntegers": {
			reason: "Integers are exact to 2^53, in both directions.",
			in: struct {
				Low  int64
				High uint64
			}{-1 << 53, 1 << 53},
			want: `{"Low": -9007199254740992, "High": 9007199254740992}`,
		},
		"Float32": {
			reason: "A float32 is sent as the decimal that was meant, like encoding/json does.",
			in:     struct{ F float32 }{0.1},
			want:   `{"F": 0.1}`,
		},
		"ZeroWithoutOmitempty": {
			reason: "A scalar without omitempty is always sent.",
			in: struct {
				S string  `json:"s"`
				B bool    `json:"b"`
				I int     `json:"i"`
				F float64 `json:"f"`
			}{},
			want: `{"s": "", "b": false, "i": 0, "f": 0}`,
		},
		"SubstringWithoutBytes": {
			reason: "An empty string is zero wherever it points to.",
			in: &struct {
				Ref struct {
					Name string `json:"name"`
				} `json:"ref,omitempty"`
			}{Ref: struct {
				Name string `json:"name"`
			}{Name: strings.TrimLeft("a", "abc")}},
			want: `{}`,
		},
		"EmptyWithOmitempty": {
			reason: "Empty lists, maps and structs with omitempty are no opinion.",
			in:     &sample{List: []string{}, Labels: map[string]string{}, Tags: map[string]*string{}, Counts: map[key]int32{}, Ptrs: []*string{}},
			want:   `{"kept": {}}`,
		},
		"EmptyWithoutOmitempty": {
			reason: "Without omitempty an empty list or map is an opinion, and nil is none.",
			in:     &sample{Kept: kept{List: []string{}, Map: map[string]string{}, Inner: &item{}}},
			want:   `{"kept": {"list": [], "map": {}, "inner": {}}}`,
		},
		"PointerToEmpty": {
			reason: "A pointer to an empty struct is an opinion.",
			in:     &sample{Item: &item{}},
			want:   `{"item": {}, "kept": {}}`,
		},
		"HollowStruct": {
			reason: "A struct with omitempty that is not zero, but encodes to nothing, is left out.",
			in: struct {
				A struct {
					List []string `json:"list,omitempty"`
				} `json:"a,omitempty"`
			}{A: struct {
				List []string `json:"list,omitempty"`
			}{List: []string{}}},
			want: `{}`,
		},
		"ZeroStructWithFields": {
			reason: "A zero struct with omitempty is left out even if its fields lack omitempty.",
			in: struct {
				Ref struct {
					Name string `json:"name"`
				} `json:"ref,omitempty"`
			}{},
			want: `{}`,
		},
		"Lists": {
			reason: "Order is kept; a nil list in a list is an empty one, since leaving it out would shift the others.",
			in:     &sample{List: []string{"b", "a"}, Lists: [][]string{{"x"}, nil, {}}, Items: []item{{Name: "a"}, {}, {Port: 80}}, Ptrs: []*string{new("p")}},
			want:   `{"list": ["b", "a"], "lists": [["x"], [], []], "items": [{"name": "a"}, {}, {"port": 80}], "ptrs": ["p"], "kept": {}}`,
		},
		"Maps": {
			reason: "A nil value in a map is absent: nulls are never sent.",
			in:     &sample{Labels: map[string]string{"a": "", "b": "c"}, Tags: map[string]*string{"k": new("v"), "nil": nil}, Counts: map[key]int32{"n": 3}},
			want:   `{"labels": {"a": "", "b": "c"}, "tags": {"k": "v"}, "counts": {"n": 3}, "kept": {}}`,
		},
		"Embedded": {
			reason: "Embedded fields are the outer struct's, unless it has one of that name; one with a name of its own is a field.",
			in:     &sample{inlined: inlined{FromInlined: "i", Str: "hidden"}, Linked: &Linked{FromLinked: "l"}, Tagged: Tagged{FromTagged: "t"}, Str: "s"},
			want:   `{"fromInlined": "i", "fromLinked": "l", "tagged": {"fromTagged": "t"}, "str": "s", "kept": {}}`,
		},
		"EmbeddedScalars": {
			reason: "What is embedded and no struct is a field with the name of its type.",
			in: struct {
				*Word
				Number `json:",omitempty"`
			}{Word: new(Word("w")), Number: 2},
			want: `{"Word": "w", "Number": 2}`,
		},
		"Names": {
			reason: "A field tagged - is not there, one without a name has Go's.",
			in:     &sample{Hidden: "h", Untagged: "u", private: "p"},
			want:   `{"Untagged": "u", "kept": {}}`,
		},
		"Omitzero": {
			reason: "omitzero leaves out what is zero by Go or by the type's own word, and nothing else.",
			in: &struct {
				S  string      `json:"s,omitzero"`
				N  negative    `json:"n,omitzero"`
				M  negative    `json:"m,omitzero"`
				L  []string    `json:"l,omitzero"`
				T  metav1.Time `json:"t,omitempty,omitzero"`
				St item        `json:"st,omitzero"`
			}{N: -1, M: 1, L: []string{}},
			want: `{"m": 1, "l": []}`,
		},
		"Marshalers": {
			reason: "Types with JSON methods are converted by them.",
			in:     &sample{Duration: &metav1.Duration{Duration: 90 * time.Minute}, IntOrStr: intstr.FromString("80%")},
			want:   `{"duration": "1h30m0s", "intOrStr": "80%", "kept": {}}`,
		},
		"Times": {
			reason: "Times are sent in UTC with seconds; a zero one is left out, unless there is a pointer: then it still has no JSON.",
			in:     &sample{Time: metav1.NewTime(time.Date(2026, 7, 1, 2, 0, 0, 5e8, time.FixedZone("", 7200))), TimePtr: &metav1.Time{}},
			want:   `{"time": "2026-07-01T00:00:00Z", "kept": {}}`,
		},
		"Bytes": {
			reason: "Bytes are base64, as in JSON.",
			in:     struct{ B []byte }{[]byte("hi")},
			want:   `{"B": "aGk="}`,
		},
		"Raw": {
			reason: "A protobuf value stands for itself, nulls inside included; null alone is absent.",
			in: struct {
				A *structpb.Value  `json:"a"`
				B *structpb.Value  `json:"b"`
				C *structpb.Value  `json:"c"`
				D *structpb.Struct `json:"d"`
				E *structpb.Struct `json:"e"`
			}{
				A: structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{structpb.NewNullValue()}}),
				B: structpb.NewNullValue(),
				C: &structpb.Value{},
				D: &structpb.Struct{},
			},
			want: `{"a": [null], "d": {}}`,
		},
		"Recursive": {
			reason: "A type may contain itself.",
			in:     &sample{Self: &sample{Self: &sample{Str: "deep"}}},
			want:   `{"kept": {}, "self": {"kept": {}, "self": {"kept": {}, "str": "deep"}}}`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := Encode(tc.in)
			if err != nil {
				t.Fatalf("%s\nEncode(...): %v", tc.reason, err)
			}
			if diff := cmp.Diff(fromJSON(t, tc.want), got, protocmp.Transform()); diff != "" {
				t.Errorf("%s\nEncode(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

type (
	Word   string
	Number int
)

// negative is zero below zero.
type negative int

func (n *negative) IsZero() bool { return *n < 0 }

func TestEncodeErrors(t *testing.T) {
	cyclic := &sample{}
	cyclic.Self = cyclic
	type text struct {
		Spec struct {
			Tags  map[string]string
			Ptrs  map[string]*string
			List  []string
			Other map[string][]string
		} `json:"spec"`
	}
	with := func(f func(*text)) *text {
		var v text
		f(&v)
		return &v
	}
	bad := "a\xff"

	cases := map[string]struct {
		reason string
		in     any
		want   string
	}{
		"Nil":              {"Nothing is not a struct.", nil, "cannot encode <nil>"},
		"NilPointer":       {"A nil pointer is not one either.", (*sample)(nil), "cannot encode *protostruct.sample"},
		"PointerToPointer": {"Nor is a pointer to a pointer.", new(*sample), "cannot encode **protostruct.sample"},
		"Map":              {"Nor is a map.", map[string]string{}, "cannot encode map[string]string"},
		"NotAnObject":      {"A struct that marshals itself to a string is no object.", metav1.NewTime(time.Unix(0, 0)), "its JSON is not an object"},
		"NotUTF8":          {"Protobuf strings are UTF-8; the path names the field.", with(func(v *text) { v.Spec.List = []string{"a", bad} }), "spec.List[1]: not valid UTF-8"},
		"NotUTF8Value":     {"A map's value is named by its key.", with(func(v *text) { v.Spec.Tags = map[string]string{"k": bad} }), "spec.Tags[k]: not valid UTF-8"},
		"NotUTF8Pointer":   {"Behind a pointer as well.", with(func(v *text) { v.Spec.Ptrs = map[string]*string{"k": &bad} }), "spec.Ptrs[k]: not valid UTF-8"},
		"NotUTF8Key":       {"Keys are strings too, and the message itself stays UTF-8.", with(func(v *text) { v.Spec.Tags = map[string]string{bad: "v"} }), "spec.Tags[a\uFFFD]: not valid UTF-8"},
		"NotUTF8OtherKey":  {"In any map.", with(func(v *text) { v.Spec.Other = map[string][]string{bad: nil} }), "spec.Other[a\uFFFD]: not valid UTF-8"},
		"InsideMap":        {"Paths go through maps and lists.", with(func(v *text) { v.Spec.Other = map[string][]string{"k": {bad}} }), "spec.Other[k][0]: not valid UTF-8"},
		"NilItem":          {"A nil item cannot be left out of a list.", &sample{Ptrs: []*string{nil}}, "ptrs[0]: cannot encode *string"},
		"LargeInt":         {"An integer that a float64 does not hold would be sent as another one.", &sample{Int: new(int64(1<<53 + 1))}, "int: integer 9007199254740993 is beyond"},
		"SmallInt":         {"The same below zero.", &sample{Int: new(int64(-1<<53 - 1))}, "int: integer -9007199254740993 is beyond"},
		"LargeUint":        {"And for unsigned ones.", struct{ U uint64 }{math.MaxUint64}, "U: integer 18446744073709551615 is beyond"},
		"NaN":              {"JSON has no NaN.", &sample{Float: new(math.NaN())}, "float: number NaN is not finite"},
		"Inf":              {"Nor infinities.", struct{ F float32 }{float32(math.Inf(-1))}, "F: number -Inf is not finite"},
		"Time":             {"RFC 3339 ends with the year 9999.", &sample{Time: metav1.NewTime(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC))}, "time: time"},
		"Marshaler":        {"What a type says against its own JSON is told.", struct{ N json.RawMessage }{json.RawMessage("{")}, "N: cannot encode json.RawMessage"},
		"Unsupported":      {"A channel has no JSON.", struct{ C chan int }{make(chan int)}, "C: cannot encode chan int: not supported"},
		"UnsupportedKey":   {"Keys are strings.", struct{ M map[int]string }{map[int]string{}}, "M: cannot encode map[int]string: not supported"},
		"Interface":        {"What an interface holds cannot be planned.", struct{ A any }{1}, "A: cannot encode interface {}: not supported"},
		"StringOption": {"A number that JSON has in quotes would be sent without.", struct {
			I int `json:"i,string"`
		}{1}, "i: cannot encode int: not supported"},
		"Cycle": {"A value that contains itself ends in an error.", cyclic, "more than 1000 structs deep"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := Encode(tc.in)
			if err == nil {
				t.Fatalf("%s\nEncode(...): want an error, got %v", tc.reason, got)
			}
			if !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s\nEncode(...): want error with %q, got %q", tc.reason, tc.want, err)
			}
		})
	}
}

// What follows an error must not see anything of it: encoders are reused.
func TestEncodeAfterError(t *testing.T) {
	cyclic := &sample{}
	cyclic.Self = cyclic
	want := fromJSON(t, `{"kept": {}, "str": "s"}`)
	for range 10 {
		if _, err := Encode(cyclic); err == nil {
			t.Fatal("Encode of a cyclic value: want an error")
		}
		got, err := Encode(&sample{Str: "s"})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
			t.Fatalf("Encode(...): -want, +got:\n%s", diff)
		}
	}
}

// Messages are marshalled and may be changed while others are being encoded; the
// race detector sees whether they share anything.
func TestEncodeConcurrently(t *testing.T) {
	type fresh struct { // planned here for the first time
		Self *fresh  `json:"self,omitempty"`
		Name string  `json:"name"`
		List []fresh `json:"list,omitempty"`
	}
	in := &fresh{Name: "a", Self: &fresh{Name: "b"}, List: []fresh{{Name: "c"}, {Name: "d"}}}
	want := fromJSON(t, `{"name": "a", "self": {"name": "b"}, "list": [{"name": "c"}, {"name": "d"}]}`)

	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				got, err := Encode(in)
				if err != nil {
					t.Error(err)
					return
				}
				if !proto.Equal(want, got) {
					t.Errorf("Encode(...): got %v", got)
				}
				if _, err := proto.Marshal(got); err != nil {
					t.Error(err)
				}
				var back fresh
				if errs := Decode(got, &back, nil); len(errs) > 0 {
					t.Error(errs)
				}
				got.Fields["name"].Kind.(*structpb.Value_StringValue).StringValue = "changed"
			}
		})
	}
	wg.Wait()
}
