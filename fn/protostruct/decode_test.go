package protostruct_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/fn/protostruct"
)

var samples = cmp.Options{protocmp.Transform(), cmp.AllowUnexported(sample{})}

func TestDecode(t *testing.T) {
	cases := map[string]struct {
		reason string
		in     string
		want   sample
	}{
		"Null": {
			reason: "Null is absent for every field, even for an unknown one.",
			in: `{"str": null, "strPtr": null, "int": null, "list": null, "labels": null, "item": null,
			      "kept": null, "time": null, "duration": null, "raw": null, "nope": null}`,
		},
		"Scalars": {
			reason: "Zero is not absent.",
			in:     `{"str": "s", "strPtr": "", "bool": false, "int": 0}`,
			want:   sample{Str: "s", StrPtr: new(""), Bool: new(false), Int: new(int64(0))},
		},
		"Presence": {
			reason: "Empty lists and objects are present: not nil.",
			in:     `{"list": [], "items": [], "labels": {}, "tags": {}, "item": {}, "kept": {"list": [], "map": {}, "inner": {}}, "self": {}}`,
			want: sample{
				List: []string{}, Items: []item{}, Labels: map[string]string{}, Tags: map[string]*string{}, Item: &item{},
				Kept: kept{List: []string{}, Map: map[string]string{}, Inner: &item{}}, Self: &sample{},
			},
		},
		"Lists": {
			reason: "Order is kept.",
			in:     `{"list": ["b", "a"], "lists": [["x"], []], "items": [{"name": "a"}, {}, {"port": 80}]}`,
			want:   sample{List: []string{"b", "a"}, Lists: [][]string{{"x"}, {}}, Items: []item{{Name: "a"}, {}, {Port: 80}}},
		},
		"Maps": {
			reason: "A null in a map is absent.",
			in:     `{"labels": {"a": "", "n": null}, "tags": {"k": "v", "n": null}, "counts": {"c": 3, "n": null}}`,
			want:   sample{Labels: map[string]string{"a": ""}, Tags: map[string]*string{"k": new("v")}, Counts: map[key]int64{"c": 3}},
		},
		"Embedded": {
			reason: "Fields of an embedded struct belong to the outer one, unless it has a name.",
			in:     `{"fromInlined": "i", "tagged": {"fromTagged": "t"}}`,
			want:   sample{inlined: inlined{FromInlined: "i"}, Tagged: Tagged{FromTagged: "t"}},
		},
		"Raw": {
			reason: "A raw field takes the value as it is, including nulls inside.",
			in:     `{"raw": [null, {"a": null}]}`,
			want: sample{Raw: structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{
				structpb.NewNullValue(),
				structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{"a": structpb.NewNullValue()}}),
			}})},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var got, lenient sample
			if faults := protostruct.Decode(fromJSON(t, tc.in), &got, field.NewPath("spec")); len(faults) > 0 {
				t.Errorf("%s\nDecode(...): %v", tc.reason, faults)
			}
			if diff := cmp.Diff(tc.want, got, samples); diff != "" {
				t.Errorf("%s\nDecode(...): -want, +got:\n%s", tc.reason, diff)
			}
			protostruct.DecodeLenient(fromJSON(t, tc.in), &lenient)
			if diff := cmp.Diff(tc.want, lenient, samples); diff != "" {
				t.Errorf("%s\nDecodeLenient(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestDecodeFaults(t *testing.T) {
	long := strings.Repeat
	cases := map[string]struct {
		reason string
		in     string
		want   []string
		fits   sample // what both Decode and DecodeLenient set nevertheless
	}{
		"WrongTypes": {
			reason: "Each type has a noun. The faults are in the order of the Go fields, and the fields that fit are set.",
			in: `{"item": [], "kept": "", "counts": [], "tags": [], "labels": "x", "items": {}, "list": "no",
			      "int": "1", "bool": 0, "strPtr": [], "str": "fits"}`,
			want: []string{
				"spec.strPtr []: must be a string",
				"spec.bool 0: must be true or false",
				`spec.int "1": must be an integer: leave out the quotes`,
				"spec.list \"no\": must be a list: write `- no`",
				"spec.items {}: must be a list",
				`spec.labels "x": must be an object of keys and values`,
				"spec.tags []: must be an object of keys and values",
				"spec.counts []: must be an object of keys and values",
				"spec.item []: must be an object with name, port",
				`spec.kept "": must be an object with list, map, inner`,
			},
			fits: sample{Str: "fits"},
		},
		"Integers": {
			reason: "A fraction is not an integer, and a number beyond 2^53 may not be the one that was written.",
			in:     `{"int": 1.5, "counts": {"big": 9007199254740994, "fits": 9007199254740992}}`,
			want: []string{
				"spec.int 1.5: must be an integer",
				"spec.counts[big] 9007199254740994: must be between -9007199254740992 and 9007199254740992",
			},
			fits: sample{Counts: map[key]int64{"fits": 1 << 53}},
		},
		"UnknownFields": {
			reason: "Their faults come after those of known fields, sorted, with the name that was probably meant.",
			in:     `{"zzz": 1, "strptr": "a", "lables": {}, "hidden": "", "st": 1, "str": [], "a": 1, "counters": ""}`,
			want: []string{
				"spec.str []: must be a string",
				"spec.a: unknown field",
				`spec.counters: unknown field, did you mean "counts"?`,
				"spec.hidden: unknown field",
				`spec.lables: unknown field, did you mean "labels"?`,
				`spec.st: unknown field, did you mean "str"?`,
				`spec.strptr: unknown field, did you mean "strPtr"?`,
				"spec.zzz: unknown field",
			},
		},
		"Nested": {
			reason: "Paths go through lists, maps and pointers; faults in a map are sorted by key.",
			in:     `{"items": [{}, {"nme": "a", "port": "b"}], "self": {"item": {"name": []}}, "tags": {"b": [], "a": {}, "c": "fits"}, "lists": [["x", []]]}`,
			want: []string{
				"spec.lists[0][1] []: must be a string",
				`spec.items[1].port "b": must be an integer`,
				`spec.items[1].nme: unknown field, did you mean "name"?`,
				"spec.tags[a] {}: must be a string",
				"spec.tags[b] []: must be a string",
				"spec.self.item.name []: must be a string",
			},
			fits: sample{Items: []item{{}, {}}, Self: &sample{Item: &item{}}, Tags: map[string]*string{"c": new("fits")}, Lists: [][]string{{"x", ""}}},
		},
		"NullItems": {
			reason: "A null in a list is a fault, and the other items keep their places.",
			in:     `{"list": ["a", null, "c"], "items": [null, {"name": "b"}]}`,
			want:   []string{"spec.list[1]: must not be null", "spec.items[0]: must not be null"},
			fits:   sample{List: []string{"a", "", "c"}, Items: []item{{}, {Name: "b"}}},
		},
		"LongValues": {
			reason: "Messages cut long values, names and keys.",
			in:     fmt.Sprintf(`{%q: 1, "int": %q, "bool": [%q], "counts": {%q: ""}}`, long("u", 200), long("ä", 200), long("v", 200), long("k", 200)),
			want: []string{
				"spec.bool: must be true or false",
				`spec.int "` + long("ä", 50) + `…": must be an integer`,
				"spec.counts[" + long("k", 100) + `…] "": must be an integer`,
				"spec." + long("u", 100) + "…: unknown field",
			},
			fits: sample{Counts: map[key]int64{}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var got, lenient sample
			told := []string{}
			for _, f := range protostruct.Decode(fromJSON(t, tc.in), &got, field.NewPath("spec")) {
				told = append(told, strings.TrimSuffix(f.String(), " (the API's rule)"))
			}
			if diff := cmp.Diff(tc.want, told); diff != "" {
				t.Errorf("%s\nDecode(...): faults: -want, +got:\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(tc.fits, got, samples); diff != "" {
				t.Errorf("%s\nDecode(...): -want, +got:\n%s", tc.reason, diff)
			}
			protostruct.DecodeLenient(fromJSON(t, tc.in), &lenient)
			if diff := cmp.Diff(tc.fits, lenient, samples); diff != "" {
				t.Errorf("%s\nDecodeLenient(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestDecodeWire shows how values that JSON does not have are decoded.
func TestDecodeWire(t *testing.T) {
	s := &structpb.Struct{Fields: map[string]*structpb.Value{
		"str":    {},
		"nope":   {},
		"labels": structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{"a": {}}}),
		"int":    structpb.NewNumberValue(math.NaN()),
	}}
	var got sample
	faults := protostruct.Decode(s, &got, field.NewPath("spec"))
	want := `spec.int "NaN": must be an integer (the API's rule)`
	if diff := cmp.Diff(want, faults.Message()); diff != "" {
		t.Errorf("NaN is refused, and a value without a kind is absent.\nDecode(...): -want, +got:\n%s", diff)
	}
	if diff := cmp.Diff(sample{Labels: map[string]string{}}, got, samples); diff != "" {
		t.Errorf("Decode(...): -want, +got:\n%s", diff)
	}
	if faults := protostruct.Decode(nil, &got, nil); len(faults) > 0 {
		t.Errorf("Nil is an empty Struct.\nDecode(nil): %v", faults)
	}
}
