package protostruct_test

import (
	"fmt"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/util/validation/field"

	clusterecrv1beta2 "github.com/upbound/provider-aws/v2/apis/cluster/ecr/v1beta2"

	"github.com/ontopix/crossplane-ecr/fn/protostruct"
)

// FuzzDecode decodes arbitrary objects. Nothing may panic; and an object that is
// accepted as it is encodes to nothing but what was in it.
func FuzzDecode(f *testing.F) {
	for _, seed := range []any{desiredRepository(), observedRepository(), &sample{}} {
		b, err := protostruct.Encode(seed).MarshalJSON()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(`{"str": "s", "strPtr": "", "bool": false, "int": 0, "small": -128, "uint": 65535, "float": -0.5, "fromInlined": "i", "fromLinked": "l"}`))
	f.Add([]byte(`{"list": ["b"], "lists": [["x"], []], "items": [{"name": "a"}, {}], "ptrs": ["p"], "labels": {"a": ""}, "tags": {"k": "v"}, "counts": {"c": 3}}`))
	f.Add([]byte(`{"time": "2026-07-01T02:00:00.5+02:00", "timePtr": "0001-01-01T00:00:00Z", "duration": "90m", "intOrStr": 1, "raw": [null], "rawObj": {"a": null}}`))
	f.Add([]byte(`{"list": [null], "int": 1e300, "small": 128, "nope": {}, "self": {"self": {"kept": {"inner": {}}}}, "item": []}`))
	f.Add([]byte(`{"metadata": {"managedFields": [{"fieldsV1": {"f:spec": null}}], "ownerReferences": [{"uid": "u"}]}, "status": {"conditions": [{}]}}`))

	f.Fuzz(func(t *testing.T, text []byte) {
		s := &structpb.Struct{}
		if err := s.UnmarshalJSON(text); err != nil {
			t.Skip()
		}
		checkDecode[sample](t, s)
		checkDecode[clusterecrv1beta2.Repository](t, s)
	})
}

func checkDecode[T any](t *testing.T, s *structpb.Struct) {
	before := proto.Clone(s)
	var strict, lenient T
	faults := protostruct.Decode(s, &strict, field.NewPath("spec"))
	protostruct.DecodeLenient(s, &lenient)
	_ = faults.Tell().Message()
	if !proto.Equal(before, s) {
		t.Fatalf("Decode changed its input: %v", s)
	}
	if len(faults) > 0 {
		return
	}

	out := protostruct.Encode(&strict)
	if excess := excess(out.GetFields(), s.GetFields(), ""); excess != "" {
		t.Fatalf("Encode(Decode(x)) has more than x: %s\nx:   %v\ngot: %v", excess, s, out)
	}
	var again T
	if faults := protostruct.Decode(out, &again, field.NewPath("spec")); len(faults) > 0 {
		t.Fatalf("Decode of what Encode made: %v", faults)
	}
	if second := protostruct.Encode(&again); !proto.Equal(out, second) {
		t.Fatalf("Encode(Decode(...)) of its own result: want %v, got %v", out, second)
	}
	if same := protostruct.Encode(&lenient); !proto.Equal(out, same) {
		t.Fatalf("DecodeLenient of what Decode accepted: want %v, got %v", out, same)
	}
}

// excess returns the path of a value that got has and in does not, if there is
// one. Zeros without omitempty are sent without having been there.
func excess(got, in map[string]*structpb.Value, path string) string {
	for name, v := range got {
		if at := excessValue(v, in[name], path+"."+name); at != "" {
			return at
		}
	}
	return ""
}

func excessValue(got, in *structpb.Value, path string) string {
	switch g := got.GetKind().(type) {
	case *structpb.Value_StructValue:
		return excess(g.StructValue.GetFields(), in.GetStructValue().GetFields(), path)
	case *structpb.Value_ListValue:
		if len(g.ListValue.GetValues()) != len(in.GetListValue().GetValues()) {
			return path
		}
		for i, v := range g.ListValue.GetValues() {
			if at := excessValue(v, in.GetListValue().GetValues()[i], fmt.Sprintf("%s[%d]", path, i)); at != "" {
				return at
			}
		}
		return ""
	case *structpb.Value_StringValue:
		if g.StringValue == in.GetStringValue() || sameTime(g.StringValue, in.GetStringValue()) {
			return ""
		}
	case *structpb.Value_NumberValue:
		if g.NumberValue == in.GetNumberValue() {
			return ""
		}
	case *structpb.Value_BoolValue:
		if g.BoolValue == in.GetBoolValue() {
			return ""
		}
	case *structpb.Value_NullValue:
		return "" // in raw values
	}
	return path
}

// sameTime reports whether two strings are the same time or duration, which are
// not sent as they came.
func sameTime(a, b string) bool {
	if x, err := time.ParseDuration(a); err == nil {
		y, err := time.ParseDuration(b)
		return err == nil && x == y
	}
	x, err1 := time.Parse(time.RFC3339, a)
	y, err2 := time.Parse(time.RFC3339, b)
	return err1 == nil && err2 == nil && x.Equal(y.Truncate(time.Second))
}
