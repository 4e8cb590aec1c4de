package protostruct_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/structpb"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/ontopix/crossplane-ecr/fn/protostruct"
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
		"ByValue": {reason: "A struct need not be a pointer.", in: item{Name: "a"}, want: `{"name": "a"}`},
		"Scalars": {
			reason: "A pointer tells what was set, even to zero.",
			in:     &sample{Str: "s", StrPtr: new(""), Bool: new(false), Int: new(int64(0)), Small: -128, Float: new(-0.5)},
			want:   `{"str": "s", "strPtr": "", "bool": false, "int": 0, "small": -128, "float": -0.5, "kept": {}}`,
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
		"EmptyWithOmitempty": {
			reason: "Empty lists, maps and structs with omitempty are no opinion.",
			in:     &sample{List: []string{}, Labels: map[string]string{}, Tags: map[string]*string{}, Counts: map[key]int32{}},
			want:   `{"kept": {}}`,
		},
		"EmptyWithoutOmitempty": {
			reason: "Without omitempty an empty list or map is an opinion, and nil is none.",
			in:     &sample{Kept: kept{List: []string{}, Map: map[string]string{}, Inner: &item{}}},
			want:   `{"kept": {"list": [], "map": {}, "inner": {"name": ""}}}`,
		},
		"PointerToEmpty": {
			reason: "A pointer to an empty struct is an opinion.",
			in:     &sample{Item: &item{}},
			want:   `{"item": {"name": ""}, "kept": {}}`,
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
			in:     &sample{List: []string{"b", "a"}, Lists: [][]string{{"x"}, nil, {}}, Items: []item{{Name: "a"}, {}, {Port: 80}}},
			want:   `{"list": ["b", "a"], "lists": [["x"], [], []], "items": [{"name": "a"}, {"name": ""}, {"name": "", "port": 80}], "kept": {}}`,
		},
		"Maps": {
			reason: "A nil value in a map is absent: nulls are never sent.",
			in:     &sample{Labels: map[string]string{"a": "", "b": "c"}, Tags: map[string]*string{"k": new("v"), "nil": nil}, Counts: map[key]int32{"n": 3}},
			want:   `{"labels": {"a": "", "b": "c"}, "tags": {"k": "v"}, "counts": {"n": 3}, "kept": {}}`,
		},
		"Embedded": {
			reason: "Fields of an embedded struct are the outer one's, unless it has a name.",
			in:     &sample{inlined: inlined{FromInlined: "i"}, Tagged: Tagged{FromTagged: "t"}},
			want:   `{"fromInlined": "i", "tagged": {"fromTagged": "t"}, "kept": {}}`,
		},
		"NoFields": {
			reason: "A field without a name in JSON is none.",
			in:     &sample{Hidden: "h", private: "p"},
			want:   `{"kept": {}}`,
		},
		"Omitzero": {
			reason: "omitzero leaves out what is zero, and nothing else.",
			in: &struct {
				S string   `json:"s,omitzero"`
				L []string `json:"l,omitzero"`
				I item     `json:"i,omitzero"`
			}{L: []string{}},
			want: `{"l": []}`,
		},
		"Marshalers": {
			reason: "Structs with JSON methods are converted by them.",
			in: &sample{
				Duration: &metav1.Duration{Duration: 90 * time.Minute},
				Time:     metav1.NewTime(time.Date(2026, 7, 1, 2, 0, 0, 5e8, time.FixedZone("", 7200))),
			},
			want: `{"duration": "1h30m0s", "time": "2026-07-01T00:00:00Z", "kept": {}}`,
		},
		"NullMarshaler": {
			reason: "What is null by its own method is absent.",
			in: &struct {
				Time *metav1.Time `json:"time"`
			}{Time: &metav1.Time{}},
			want: `{}`,
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
			got := protostruct.Encode(tc.in)
			if diff := cmp.Diff(fromJSON(t, tc.want), got, protocmp.Transform()); diff != "" {
				t.Errorf("%s\nEncode(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestEncodeCopies shows that what is encoded twice shares nothing: Crossplane's SDK changes messages.
func TestEncodeCopies(t *testing.T) {
	in := &sample{Str: "a", Labels: map[string]string{"k": "v"}}
	first, second := protostruct.Encode(in), protostruct.Encode(in)
	first.Fields["str"].Kind.(*structpb.Value_StringValue).StringValue = "changed"
	first.Fields["labels"].GetStructValue().Fields["k"] = structpb.NewStringValue("changed")
	if diff := cmp.Diff(fromJSON(t, `{"str": "a", "labels": {"k": "v"}, "kept": {}}`), second, protocmp.Transform()); diff != "" {
		t.Errorf("Encode(...): -want, +got:\n%s", diff)
	}
}
