package protostruct

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/structpb"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/validation/field"

	clusterecrv1beta2 "github.com/upbound/provider-aws/v2/apis/cluster/ecr/v1beta2"
)

var samples = cmp.Options{protocmp.Transform(), cmp.AllowUnexported(sample{}), cmpopts.EquateNaNs()}

func TestDecode(t *testing.T) {
	cases := map[string]struct {
		reason string
		in     string
		want   sample
	}{
		"Empty": {
			reason: "What is absent stays as it is.",
			in:     `{}`,
		},
		"Null": {
			reason: "Null is absent, whatever the field, and even if there is no such field.",
			in: `{"str": null, "strPtr": null, "int": null, "small": null, "list": null, "labels": null, "tags": null, "item": null,
			      "kept": null, "time": null, "timePtr": null, "duration": null, "intOrStr": null, "raw": null, "rawObj": null, "nope": null}`,
		},
		"Scalars": {
			reason: "Zero is not absent.",
			in:     `{"str": "s", "strPtr": "", "bool": false, "int": 0, "small": -128, "uint": 65535, "float": -0.5}`,
			want:   sample{Str: "s", StrPtr: new(""), Bool: new(false), Int: new(int64(0)), Small: -128, Uint: new(uint16(65535)), Float: new(-0.5)},
		},
		"LargestIntegers": {
			reason: "Integers are exact to 2^53.",
			in:     `{"int": -9007199254740992}`,
			want:   sample{Int: new(int64(-1 << 53))},
		},
		"Presence": {
			reason: "Empty lists and objects are present: not nil.",
			in:     `{"list": [], "lists": [], "items": [], "ptrs": [], "labels": {}, "tags": {}, "counts": {}, "item": {}, "kept": {"list": [], "map": {}, "inner": {}}, "self": {}}`,
			want: sample{
				List: []string{}, Lists: [][]string{}, Items: []item{}, Ptrs: []*string{},
				Labels: map[string]string{}, Tags: map[string]*string{}, Counts: map[key]int32{}, Item: &item{},
				Kept: kept{List: []string{}, Map: map[string]string{}, Inner: &item{}}, Self: &sample{},
			},
		},
		"Lists": {
			reason: "Order is kept.",
			in:     `{"list": ["b", "a"], "lists": [["x"], []], "items": [{"name": "a"}, {}, {"port": 80}], "ptrs": ["p", "q"]}`,
			want: sample{
				List: []string{"b", "a"}, Lists: [][]string{{"x"}, {}}, Items: []item{{Name: "a"}, {}, {Port: 80}}, Ptrs: []*string{new("p"), new("q")},
			},
		},
		"Maps": {
			reason: "A null in a map is absent.",
			in:     `{"labels": {"a": "", "n": null}, "tags": {"k": "v", "n": null}, "counts": {"c": 3, "n": null}}`,
			want:   sample{Labels: map[string]string{"a": ""}, Tags: map[string]*string{"k": new("v")}, Counts: map[key]int32{"c": 3}},
		},
		"Embedded": {
			reason: "Embedded pointers are made when one of their fields is there.",
			in:     `{"fromInlined": "i", "fromLinked": "l", "tagged": {"fromTagged": "t"}, "Untagged": "u"}`,
			want:   sample{inlined: inlined{FromInlined: "i"}, Linked: &Linked{FromLinked: "l"}, Tagged: Tagged{FromTagged: "t"}, Untagged: "u"},
		},
		"Unmarshalers": {
			reason: "Types with JSON methods are converted by them.",
			in:     `{"duration": "90m", "intOrStr": 8080}`,
			want:   sample{Duration: &metav1.Duration{Duration: 90 * time.Minute}, IntOrStr: intstr.FromInt32(8080)},
		},
		"Times": {
			reason: "Times are read with any offset.",
			in:     `{"time": "2026-07-01T02:00:00+02:00", "timePtr": "2026-07-01T00:00:00Z"}`,
			want: sample{
				Time:    metav1.NewTime(time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)),
				TimePtr: new(metav1.NewTime(time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC))),
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
			var got sample
			if errs := Decode(fromJSON(t, tc.in), &got, field.NewPath("spec")); len(errs) > 0 {
				t.Errorf("%s\nDecode(...): %v", tc.reason, errs)
			}
			if diff := cmp.Diff(tc.want, got, samples); diff != "" {
				t.Errorf("%s\nDecode(...): -want, +got:\n%s", tc.reason, diff)
			}
			var lenient sample
			DecodeLenient(fromJSON(t, tc.in), &lenient)
			if diff := cmp.Diff(tc.want, lenient, samples); diff != "" {
				t.Errorf("%s\nDecodeLenient(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestDecodeErrors(t *testing.T) {
	spec := field.NewPath("spec")
	typeInvalid := field.TypeInvalid

	cases := map[string]struct {
		reason string
		in     string
		want   field.ErrorList
		fits   sample // what both ways of decoding fill in nevertheless
	}{
		"WrongTypes": {
			reason: "Each type has its word; the errors are in the order of the Go fields, and what fits is filled in.",
			in: `{"rawObj": "no", "timePtr": 1, "time": false, "item": [], "kept": "", "counts": [], "tags": [], "labels": "x", "items": {}, "list": "no", "float": "1", "uint": "1", "int": true, "bool": 0,
			      "strPtr": 1.5, "str": "fits"}`,
			want: field.ErrorList{
				typeInvalid(spec.Child("strPtr"), 1.5, "must be a string"),
				typeInvalid(spec.Child("bool"), int64(0), "must be a boolean"),
				typeInvalid(spec.Child("int"), true, "must be an integer"),
				typeInvalid(spec.Child("uint"), "1", "must be an integer"),
				typeInvalid(spec.Child("float"), "1", "must be a number"),
				typeInvalid(spec.Child("list"), "no", "must be a list"),
				typeInvalid(spec.Child("items"), map[string]any{}, "must be a list"),
				typeInvalid(spec.Child("labels"), "x", "must be an object"),
				typeInvalid(spec.Child("tags"), []any{}, "must be an object"),
				typeInvalid(spec.Child("counts"), []any{}, "must be an object"),
				typeInvalid(spec.Child("item"), []any{}, "must be an object"),
				typeInvalid(spec.Child("kept"), "", "must be an object"),
				typeInvalid(spec.Child("time"), false, "must be a string"),
				typeInvalid(spec.Child("timePtr"), int64(1), "must be a string"),
				typeInvalid(spec.Child("rawObj"), "no", "must be an object"),
			},
			fits: sample{Str: "fits"},
		},
		"Integers": {
			reason: "A fraction is no integer; one that does not fit the Go type is out of range.",
			in:     `{"int": 1.5, "small": 128, "uint": -1, "counts": {"big": 2147483648, "fits": 2147483647}}`,
			want: field.ErrorList{
				typeInvalid(spec.Child("int"), 1.5, "must be an integer"),
				field.Invalid(spec.Child("small"), int64(128), "must be between -128 and 127"),
				field.Invalid(spec.Child("uint"), int64(-1), "must be between 0 and 65535"),
				field.Invalid(spec.Child("counts").Key("big"), int64(2147483648), "must be between -2147483648 and 2147483647"),
			},
			fits: sample{Counts: map[key]int32{"fits": 2147483647}},
		},
		"BeyondExactIntegers": {
			reason: "Beyond 2^53 the number is not the one that was written.",
			in:     `{"int": 9007199254740994}`,
			want: field.ErrorList{
				field.Invalid(spec.Child("int"), 9007199254740994.0, "must be between -9007199254740992 and 9007199254740992"),
			},
		},
		"UnknownFields": {
			reason: "They come last, sorted, with the name that was probably meant: by case, or two letters off.",
			in:     `{"zzz": 1, "strptr": "a", "flaot": 1, "lables": {}, "hidden": "", "st": 1, "str": 1, "a": 1}`,
			want: field.ErrorList{
				typeInvalid(spec.Child("str"), int64(1), "must be a string"),
				field.Forbidden(spec.Child("a"), "unknown field"),
				field.Forbidden(spec.Child("flaot"), `unknown field, did you mean "float"?`),
				field.Forbidden(spec.Child("hidden"), "unknown field"),
				field.Forbidden(spec.Child("lables"), `unknown field, did you mean "labels"?`),
				field.Forbidden(spec.Child("st"), `unknown field, did you mean "str"?`),
				field.Forbidden(spec.Child("strptr"), `unknown field, did you mean "strPtr"?`),
				field.Forbidden(spec.Child("zzz"), "unknown field"),
			},
		},
		"Nested": {
			reason: "Paths go through lists, maps and pointers; errors in a map are sorted by key.",
			in:     `{"items": [{}, {"nme": "a", "port": "b"}], "self": {"item": {"name": 1}}, "tags": {"b": 2, "a": 1, "c": "fits"}, "lists": [["x", 1]]}`,
			want: field.ErrorList{
				typeInvalid(spec.Child("lists").Index(0).Index(1), int64(1), "must be a string"),
				typeInvalid(spec.Child("items").Index(1).Child("port"), "b", "must be an integer"),
				field.Forbidden(spec.Child("items").Index(1).Child("nme"), `unknown field, did you mean "name"?`),
				typeInvalid(spec.Child("tags").Key("a"), int64(1), "must be a string"),
				typeInvalid(spec.Child("tags").Key("b"), int64(2), "must be a string"),
				typeInvalid(spec.Child("self", "item", "name"), int64(1), "must be a string"),
			},
			fits: sample{Items: []item{{}, {}}, Self: &sample{Item: &item{}}, Tags: map[string]*string{"c": new("fits")}, Lists: [][]string{{"x", ""}}},
		},
		"NullItems": {
			reason: "A null in a list is an error, and the other items keep their places.",
			in:     `{"list": ["a", null, "c"], "ptrs": [null], "items": [null, {"name": "b"}]}`,
			want: field.ErrorList{
				typeInvalid(spec.Child("list").Index(1), nil, "must not be null"),
				typeInvalid(spec.Child("ptrs").Index(0), nil, "must not be null"),
				typeInvalid(spec.Child("items").Index(0), nil, "must not be null"),
			},
			fits: sample{List: []string{"a", "", "c"}, Ptrs: []*string{nil}, Items: []item{{}, {Name: "b"}}},
		},
		"Times": {
			reason: "A time is one of RFC 3339, in UTC too.",
			in:     `{"time": "yesterday", "timePtr": "9999-12-31T23:59:59-01:00"}`,
			want: field.ErrorList{
				typeInvalid(spec.Child("time"), "yesterday", "must be a time as of RFC 3339"),
				typeInvalid(spec.Child("timePtr"), "9999-12-31T23:59:59-01:00", "must be a time as of RFC 3339"),
			},
		},
		"Unmarshaler": {
			reason: "What a type's own JSON method says is told.",
			in:     `{"duration": "soon"}`,
			want:   field.ErrorList{typeInvalid(spec.Child("duration"), "soon", `time: invalid duration "soon"`)},
		},
		"LongValues": {
			reason: "Nobody else's megabyte gets into a message.",
			in:     fmt.Sprintf(`{%q: 1, "int": %q, "bool": [%q], "counts": {%q: ""}}`, strings.Repeat("u", 200), strings.Repeat("ä", 200), strings.Repeat("v", 200), strings.Repeat("k", 200)),
			want: field.ErrorList{
				typeInvalid(spec.Child("bool"), field.OmitValueType{}, "must be a boolean"),
				typeInvalid(spec.Child("int"), strings.Repeat("ä", 50)+"…", "must be an integer"),
				typeInvalid(spec.Child("counts").Key(strings.Repeat("k", 100)+"…"), "", "must be an integer"),
				field.Forbidden(spec.Child(strings.Repeat("u", 100)+"…"), "unknown field"),
			},
			fits: sample{Counts: map[key]int32{}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var got sample
			errs := Decode(fromJSON(t, tc.in), &got, spec)
			if diff := cmp.Diff(tc.want, errs); diff != "" {
				t.Errorf("%s\nDecode(...): errors: -want, +got:\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(tc.fits, got, samples); diff != "" {
				t.Errorf("%s\nDecode(...): -want, +got:\n%s", tc.reason, diff)
			}
			var lenient sample
			DecodeLenient(fromJSON(t, tc.in), &lenient)
			if diff := cmp.Diff(tc.fits, lenient, samples); diff != "" {
				t.Errorf("%s\nDecodeLenient(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestDecodeFloat32(t *testing.T) {
	var got struct{ Fits, Large float32 }
	errs := Decode(fromJSON(t, `{"Fits": 0.1, "Large": 1e39}`), &got, nil)
	if len(errs) != 1 || errs[0].Type != field.ErrorTypeInvalid || errs[0].Field != "Large" {
		t.Errorf("A number beyond float32 is out of range.\nDecode(...): %v", errs)
	}
	if got.Fits != 0.1 || got.Large != 0 {
		t.Errorf("Decode(...): want 0.1 and 0, got %v", got)
	}
}

func TestDecodeUnsupported(t *testing.T) {
	path := field.NewPath("spec")
	s := fromJSON(t, `{"C": 1}`)
	cases := map[string]struct {
		reason string
		into   any
		want   string
	}{
		"Nil":         {"There is nothing to decode into.", nil, "spec: Internal error: cannot decode into <nil>: not a pointer to a struct"},
		"NilPointer":  {"A nil pointer cannot be set.", (*sample)(nil), "spec: Internal error: cannot decode into *protostruct.sample: not a pointer to a struct"},
		"Struct":      {"Nor can a struct by value.", sample{}, "spec: Internal error: cannot decode into protostruct.sample: not a pointer to a struct"},
		"Map":         {"A map is no struct.", &map[string]string{}, "spec: Internal error: cannot decode into *map[string]string: not a pointer to a struct"},
		"Unsupported": {"A field that is there needs a type that can hold it.", &struct{ C chan int }{}, "spec.C: Internal error: cannot decode into chan int: not supported"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			errs := Decode(s, tc.into, path)
			if len(errs) != 1 || errs[0].Error() != tc.want {
				t.Errorf("%s\nDecode(...): want %q, got %v", tc.reason, tc.want, errs)
			}
			DecodeLenient(s, tc.into) // must not panic
		})
	}
	if errs := Decode(&structpb.Struct{}, &struct{ C chan int }{}, path); len(errs) > 0 {
		t.Errorf("A field that is absent needs no type that can hold it.\nDecode(...): %v", errs)
	}
}

// Messages made by hand can hold what none from the wire does.
func TestDecodeHostile(t *testing.T) {
	nothing := map[string]*structpb.Value{
		"Nil":       nil,
		"NoKind":    {},
		"NilString": {Kind: (*structpb.Value_StringValue)(nil)},
		"NilNumber": {Kind: (*structpb.Value_NumberValue)(nil)},
		"NilBool":   {Kind: (*structpb.Value_BoolValue)(nil)},
		"NilStruct": {Kind: (*structpb.Value_StructValue)(nil)},
		"NilList":   {Kind: (*structpb.Value_ListValue)(nil)},
		"NilNull":   {Kind: (*structpb.Value_NullValue)(nil)},
	}
	names := []string{"str", "strPtr", "bool", "int", "float", "list", "lists", "ptrs", "items", "labels", "tags", "counts", "item", "time", "duration", "raw", "rawObj", "nope"}
	for name, v := range nothing {
		t.Run(name, func(t *testing.T) {
			s := &structpb.Struct{Fields: map[string]*structpb.Value{}}
			for _, f := range names {
				s.Fields[f] = v
			}
			var got sample
			if errs := Decode(s, &got, nil); len(errs) > 0 {
				t.Errorf("Decode(...): %v", errs)
			}
			if diff := cmp.Diff(sample{}, got, samples); diff != "" {
				t.Errorf("Decode(...): -want, +got:\n%s", diff)
			}

			// As items and entries, in fields that want them and in those that do not.
			list := &structpb.Value{Kind: &structpb.Value_ListValue{ListValue: &structpb.ListValue{Values: []*structpb.Value{v, v}}}}
			object := &structpb.Value{Kind: &structpb.Value_StructValue{StructValue: &structpb.Struct{Fields: map[string]*structpb.Value{"a": v, "b": v}}}}
			for _, f := range names {
				for _, outer := range []*structpb.Value{list, object} {
					s := &structpb.Struct{Fields: map[string]*structpb.Value{f: outer}}
					Decode(s, &sample{}, nil)
					DecodeLenient(s, &sample{})
				}
			}
		})
	}

	empty := &structpb.Struct{Fields: map[string]*structpb.Value{
		"list":   {Kind: &structpb.Value_ListValue{}},
		"item":   {Kind: &structpb.Value_StructValue{}},
		"tags":   {Kind: &structpb.Value_StructValue{}},
		"rawObj": {Kind: &structpb.Value_StructValue{}},
		"int":    structpb.NewNumberValue(math.NaN()),
		"uint":   structpb.NewNumberValue(math.Inf(1)),
	}}
	var got sample
	errs := Decode(empty, &got, nil)
	if len(errs) != 2 || errs[0].Detail != "must be an integer" || errs[1].Detail != "must be an integer" {
		t.Errorf("Decode(...): want NaN and infinity refused, got %v", errs)
	}
	if diff := cmp.Diff(sample{List: []string{}, Item: &item{}, Tags: map[string]*string{}, RawObj: &structpb.Struct{}}, got, samples); diff != "" {
		t.Errorf("A list or object without content is an empty one.\nDecode(...): -want, +got:\n%s", diff)
	}
	if errs := Decode(nil, &got, nil); len(errs) > 0 {
		t.Errorf("Nil is an empty Struct.\nDecode(nil): %v", errs)
	}
	DecodeLenient(nil, &got)
}

// Suggestions must not make a long list of unknown fields expensive.
func TestDecodeManyUnknown(t *testing.T) {
	s := &structpb.Struct{Fields: map[string]*structpb.Value{}}
	for i := range maxSuggesting + 1 {
		s.Fields[fmt.Sprintf("str%d", i)] = structpb.NewBoolValue(true)
	}
	errs := Decode(s, &sample{}, nil)
	if len(errs) != maxSuggesting+1 {
		t.Fatalf("Decode(...): want %d errors, got %d", maxSuggesting+1, len(errs))
	}
	for _, err := range errs {
		if err.Detail != "unknown field" {
			t.Errorf("Decode(...): want no suggestion, got %v", err)
		}
	}
}

// The success path makes no path: it costs what it does without one.
func TestDecodeMakesNoPaths(t *testing.T) {
	s := fromJSON(t, `{"spec": {"forProvider": {"region": "eu-west-1", "encryptionConfiguration": [{"encryptionType": "AES256"}], "tags": {"a": "b"}}}}`)
	path := field.NewPath("spec")
	strict := testing.AllocsPerRun(100, func() { Decode(s, &clusterecrv1beta2.Repository{}, path) })
	lenient := testing.AllocsPerRun(100, func() { DecodeLenient(s, &clusterecrv1beta2.Repository{}) })
	if strict > lenient {
		t.Errorf("Decode(...): want %v allocations, got %v", lenient, strict)
	}
}
