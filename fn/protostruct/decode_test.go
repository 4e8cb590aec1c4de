package protostruct_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/structpb"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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
		"Empty": {reason: "What is absent stays as it is.", in: `{}`},
		"Null": {
			reason: "Null is absent, whatever the field, and even if there is no such field.",
			in: `{"str": null, "strPtr": null, "int": null, "small": null, "list": null, "labels": null, "item": null,
			      "kept": null, "time": null, "duration": null, "raw": null, "rawObj": null, "nope": null}`,
		},
		"Scalars": {
			reason: "Zero is not absent.",
			in:     `{"str": "s", "strPtr": "", "bool": false, "int": 0, "small": -128, "float": -0.5}`,
			want:   sample{Str: "s", StrPtr: new(""), Bool: new(false), Int: new(int64(0)), Small: -128, Float: new(-0.5)},
		},
		"LargestIntegers": {
			reason: "Integers are exact to 2^53.",
			in:     `{"int": -9007199254740992}`,
			want:   sample{Int: new(int64(-1 << 53))},
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
			want:   sample{Labels: map[string]string{"a": ""}, Tags: map[string]*string{"k": new("v")}, Counts: map[key]int32{"c": 3}},
		},
		"Embedded": {
			reason: "Fields of an embedded struct are the outer one's, unless it has a name.",
			in:     `{"fromInlined": "i", "tagged": {"fromTagged": "t"}}`,
			want:   sample{inlined: inlined{FromInlined: "i"}, Tagged: Tagged{FromTagged: "t"}},
		},
		"Unmarshalers": {
			reason: "Structs with JSON methods are converted by them.",
			in:     `{"duration": "90m", "time": "2026-07-01T02:00:00+02:00"}`,
			want: sample{
				Duration: &metav1.Duration{Duration: 90 * time.Minute},
				Time:     metav1.NewTime(time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)),
			},
		},
		"Raw": {
			reason: "A raw field takes what is there, nulls inside included.",
			in:     `{"raw": [null, {"a": null}], "rawObj": {"b": [null]}}`,
			want: sample{
				Raw: structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{
					structpb.NewNullValue(),
					structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{"a": structpb.NewNullValue()}}),
				}}),
				RawObj: &structpb.Struct{Fields: map[string]*structpb.Value{
					"b": structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{structpb.NewNullValue()}}),
				}},
			},
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
		fits   sample // what both ways of decoding fill in nevertheless
	}{
		"WrongTypes": {
			reason: "Each type has its word; the faults are in the order of the Go fields, and what fits is filled in.",
			in: `{"rawObj": "no", "item": [], "kept": "", "counts": [], "tags": [], "labels": "x", "items": {}, "list": "no",
			      "float": "1", "int": true, "bool": 0, "strPtr": [], "str": "fits"}`,
			want: []string{
				"spec.strPtr []: must be a string",
				"spec.bool 0: must be true or false",
				"spec.int true: must be an integer",
				`spec.float "1": must be a number: leave out the quotes`,
				"spec.list \"no\": must be a list: write `- no`",
				"spec.items {}: must be a list",
				`spec.labels "x": must be an object of keys and values`,
				"spec.tags []: must be an object of keys and values",
				"spec.counts []: must be an object of keys and values",
				"spec.item []: must be an object with name, port",
				`spec.kept "": must be an object with list, map, inner`,
				`spec.rawObj "no": must be an object`,
			},
			fits: sample{Str: "fits"},
		},
		"Integers": {
			reason: "A fraction is no integer; one that does not fit the Go type is out of range.",
			in:     `{"int": 1.5, "small": 128, "counts": {"big": 2147483648, "fits": 2147483647}}`,
			want: []string{
				"spec.int 1.5: must be an integer",
				"spec.small 128: must be between -128 and 127",
				"spec.counts[big] 2147483648: must be between -2147483648 and 2147483647",
			},
			fits: sample{Counts: map[key]int32{"fits": 2147483647}},
		},
		"BeyondExactIntegers": {
			reason: "Beyond 2^53 the number is not the one that was written.",
			in:     `{"int": 9007199254740994}`,
			want:   []string{"spec.int 9.007199254740994e+15: must be between -9007199254740992 and 9007199254740992"},
		},
		"UnknownFields": {
			reason: "They come after the known ones, sorted, with the name that was probably meant.",
			in:     `{"zzz": 1, "strptr": "a", "flaot": 1, "lables": {}, "hidden": "", "st": 1, "str": [], "a": 1, "durations": ""}`,
			want: []string{
				"spec.str []: must be a string",
				"spec.a: unknown field",
				`spec.durations: unknown field, did you mean "duration"?`,
				`spec.flaot: unknown field, did you mean "float"?`,
				"spec.hidden: unknown field",
				`spec.lables: unknown field, did you mean "labels"?`,
				`spec.st: unknown field, did you mean "str"?`,
				`spec.strptr: unknown field, did you mean "strPtr"?`,
				"spec.zzz: unknown field",
			},
		},
		"Hints": {
			reason: "What people write who know it from elsewhere is told from what they mistype.",
			in:     `{"item": {"host": "a"}}`,
			want:   []string{"spec.item.host: unknown field: an item is its own host"},
			fits:   sample{Item: &item{}},
		},
		"Misplaced": {
			reason: "A field that another struct has is told where it belongs: below, or around.",
			in:     `{"inner": {}, "kept": {"inner": {"floot": 1, "strPtr": "a", "map": {}}}}`,
			want: []string{
				"spec.kept.inner.floot: unknown field",
				"spec.kept.inner.map: unknown field: belongs to spec.kept",
				"spec.kept.inner.strPtr: unknown field: belongs to spec",
				"spec.inner: unknown field: belongs to spec.kept",
			},
			fits: sample{Kept: kept{Inner: &item{}}},
		},
		"Either": {
			reason: "It may be a field of two.",
			in:     `{"port": 1}`,
			want:   []string{"spec.port: unknown field: belongs to spec.item or spec.zero"},
		},
		"Unquoted": {
			reason: "YAML takes an id for a number, and a word for a boolean.",
			in:     `{"str": 123456789012, "labels": {"on": true}}`,
			want:   []string{"spec.str 123456789012: must be a string: quote it", "spec.labels[on] true: must be a string: quote it"},
			fits:   sample{Labels: map[string]string{}},
		},
		"Names": {
			reason: "A plain name is told how to be an object.",
			in:     `{"items": ["web"], "item": "web"}`,
			want: []string{
				"spec.items[0] \"web\": must be an object: write `- name: web`",
				"spec.item \"web\": must be an object: write `name: web`",
			},
			fits: sample{Items: []item{{}}},
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
		"Unmarshaler": {
			reason: "What a type's own JSON method says is told.",
			in:     `{"duration": "soon"}`,
			want:   []string{`spec.duration "soon": time: invalid duration "soon"`},
		},
		"LongValues": {
			reason: "Nobody else's megabyte gets into a message.",
			in:     fmt.Sprintf(`{%q: 1, "int": %q, "bool": [%q], "counts": {%q: ""}}`, long("u", 200), long("ä", 200), long("v", 200), long("k", 200)),
			want: []string{
				"spec.bool: must be true or false",
				`spec.int "` + long("ä", 50) + `…": must be an integer`,
				"spec.counts[" + long("k", 100) + `…] "": must be an integer`,
				"spec." + long("u", 100) + "…: unknown field",
			},
			fits: sample{Counts: map[key]int32{}},
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

// TestDecodeWire shows what is made of values that JSON does not have.
func TestDecodeWire(t *testing.T) {
	s := &structpb.Struct{Fields: map[string]*structpb.Value{
		"str":    {},
		"nope":   {},
		"labels": structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{"a": {}}}),
		"int":    structpb.NewNumberValue(math.NaN()),
		"small":  structpb.NewNumberValue(math.Inf(1)),
		"float":  structpb.NewNumberValue(math.Inf(-1)),
	}}
	var got sample
	faults := protostruct.Decode(s, &got, field.NewPath("spec"))
	want := "spec.int \"NaN\": must be an integer (the API's rule)\n" +
		"spec.small \"Infinity\": must be an integer (the API's rule)\n" +
		"spec.float \"-Infinity\": must be a number (the API's rule)"
	if diff := cmp.Diff(want, faults.Message()); diff != "" {
		t.Errorf("NaN and infinity are refused, and a value without a kind is absent.\nDecode(...): -want, +got:\n%s", diff)
	}
	if diff := cmp.Diff(sample{Labels: map[string]string{}}, got, samples); diff != "" {
		t.Errorf("Decode(...): -want, +got:\n%s", diff)
	}
	if faults := protostruct.Decode(nil, &got, nil); len(faults) > 0 {
		t.Errorf("Nil is an empty Struct.\nDecode(nil): %v", faults)
	}
}
