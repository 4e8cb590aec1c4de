package protostruct

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/structpb"

	clusterecrv1beta2 "github.com/upbound/provider-aws/v2/apis/cluster/ecr/v1beta2"
)

// builtRepository is desiredRepository as someone would write it who has only
// protobuf: the floor for Encode.
func builtRepository() *structpb.Struct {
	str, object, list := structpb.NewStringValue, newObject, newListOf
	return &structpb.Struct{Fields: map[string]*structpb.Value{
		"apiVersion": str("ecr.aws.upbound.io/v1beta2"),
		"kind":       str("Repository"),
		"metadata": object(map[string]*structpb.Value{
			"name":        str("shop-api-0123456789"),
			"annotations": object(map[string]*structpb.Value{"crossplane.io/external-name": str("shop/api")}),
			"labels":      object(map[string]*structpb.Value{"ecr.ontopix.io/repository": str("0123456789")}),
		}),
		"spec": object(map[string]*structpb.Value{
			"providerConfigRef":  object(map[string]*structpb.Value{"name": str("default")}),
			"managementPolicies": list(str("Observe"), str("Create"), str("Update")),
			"forProvider": object(map[string]*structpb.Value{
				"region":                     str("eu-west-1"),
				"imageTagMutability":         str("IMMUTABLE"),
				"imageScanningConfiguration": object(map[string]*structpb.Value{"scanOnPush": structpb.NewBoolValue(true)}),
				"encryptionConfiguration":    list(object(map[string]*structpb.Value{"encryptionType": str("AES256")})),
				"tags": object(map[string]*structpb.Value{
					"project": str("shop"), "image": str("api"), "managed-by": str("crossplane"),
				}),
			}),
		}),
	}}
}

func newObject(fields map[string]*structpb.Value) *structpb.Value {
	return structpb.NewStructValue(&structpb.Struct{Fields: fields})
}

func newListOf(values ...*structpb.Value) *structpb.Value {
	return structpb.NewListValue(&structpb.ListValue{Values: values})
}

func TestBuiltRepository(t *testing.T) {
	got, err := Encode(desiredRepository())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(builtRepository(), got, protocmp.Transform()); diff != "" {
		t.Errorf("The benchmark compares with the same message built by hand.\nEncode(...): -want, +got:\n%s", diff)
	}
}

func BenchmarkEncodeRepository(b *testing.B) {
	in := desiredRepository()
	b.Run("Encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Encode(in); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("ByHand", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			builtRepository()
		}
	})
	b.Run("ThroughJSON", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			throughJSON(b, in)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	in, err := Encode(observedRepository())
	if err != nil {
		b.Fatal(err)
	}
	b.Run("Decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if errs := Decode(in, &clusterecrv1beta2.Repository{}, nil); len(errs) > 0 {
				b.Fatal(errs)
			}
		}
	})
	b.Run("DecodeLenient", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			DecodeLenient(in, &clusterecrv1beta2.Repository{})
		}
	})
	b.Run("ThroughJSON", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			text, err := in.MarshalJSON()
			if err != nil {
				b.Fatal(err)
			}
			if err := json.Unmarshal(text, &clusterecrv1beta2.Repository{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
