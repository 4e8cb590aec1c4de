package protostruct_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/ontopix/crossplane-ecr/fn/protostruct"
)

func TestEncode(t *testing.T) {
	cases := map[string]struct {
		reason string
		in     any
		want   string
	}{
		"Zero": {
			reason: "Only structs without omitempty or omitzero are left of a zero struct.",
			in:     &sample{},
			want:   `{"kept": {}}`,
		},
		"Scalars": {
			reason: "A pointer to zero counts as set.",
			in:     &sample{Str: "s", StrPtr: new(""), Bool: new(false), Int: new(int64(0))},
			want:   `{"str": "s", "strPtr": "", "bool": false, "int": 0, "kept": {}}`,
		},
		"ZeroWithoutOmitempty": {
			reason: "A scalar without omitempty is always sent, and so is the value in an interface.",
			in: struct {
				S string  `json:"s"`
				B bool    `json:"b"`
				I int64   `json:"i"`
				F float64 `json:"f"`
				A any     `json:"a"`
				N any     `json:"n"`
			}{A: &item{}},
			want: `{"s": "", "b": false, "i": 0, "f": 0, "a": {"name": ""}}`,
		},
		"EmptyWithOmitempty": {
			reason: "Empty lists, maps and structs with omitempty are left out.",
			in:     &sample{List: []string{}, Labels: map[string]string{}, Tags: map[string]*string{}},
			want:   `{"kept": {}}`,
		},
		"EmptyWithoutOmitempty": {
			reason: "Without omitempty an empty list or map is sent, and nil is left out. A pointer to an empty struct is sent too.",
			in:     &sample{Kept: kept{List: []string{}, Map: map[string]string{}, Inner: &item{}}, Item: &item{}},
			want:   `{"kept": {"list": [], "map": {}, "inner": {"name": ""}}, "item": {"name": ""}}`,
		},
		"Lists": {
			reason: "Order is kept.",
			in:     &sample{List: []string{"b", "a"}, Lists: [][]string{{"x"}, {}}, Items: []item{{Name: "a"}, {}, {Port: 80}}},
			want:   `{"list": ["b", "a"], "lists": [["x"], []], "items": [{"name": "a"}, {"name": ""}, {"name": "", "port": 80}], "kept": {}}`,
		},
		"Maps": {
			reason: "A nil value in a map is absent: nulls are never sent.",
			in:     &sample{Labels: map[string]string{"a": "", "b": "c"}, Tags: map[string]*string{"k": new("v"), "nil": nil}, Counts: map[key]int64{"n": 3}},
			want:   `{"labels": {"a": "", "b": "c"}, "tags": {"k": "v"}, "counts": {"n": 3}, "kept": {}}`,
		},
		"Embedded": {
			reason: "Fields of an embedded struct belong to the outer one, unless it has a name. A field without a name in JSON is left out.",
			in:     &sample{inlined: inlined{FromInlined: "i"}, Tagged: Tagged{FromTagged: "t"}, Hidden: "h", private: "p"},
			want:   `{"fromInlined": "i", "tagged": {"fromTagged": "t"}, "kept": {}}`,
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
