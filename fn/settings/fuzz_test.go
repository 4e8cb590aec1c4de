package settings

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/protostruct"
	inputv1beta1 "github.com/ontopix/crossplane-ecr/input/v1beta1"
)

// layers set many fields, few and none.
var layers = []string{
	`{}`,
	`{"imageTagMutability":"IMMUTABLE_WITH_EXCLUSION","imageTagMutabilityExclusionFilters":["latest","cache-*"]}`,
	`{"imageTagMutability":"MUTABLE","scanOnPush":false,"deletionPolicy":"Delete","forceDelete":true,"tags":{"a":"1","b":""}}`,
	`{"lifecycle":{"untaggedExpiryDays":1},"encryption":{"type":"KMS","kmsKey":"arn:aws:kms:eu-west-1:111122223333:key/1"},"tags":{"b":"2"}}`,
	`{"lifecycle":{"rules":[]},"pull":{}}`,
	`{"lifecycle":{"keepImages":3,"rules":[{"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":1},"action":{"type":"expire"}}]},"pull":{"accounts":["111122223333"],"lambda":true}}`,
	`{"scanOnPush":null,"tags":{},"lifecycle":{},"encryption":{}}`,
}

// FuzzLayers overrides one layer by another and compares the result with the rule of each field: the nearest layer that
// has it decides alone.
func FuzzLayers(f *testing.F) {
	for _, far := range layers {
		for _, near := range layers {
			f.Add([]byte(far), []byte(near))
		}
	}
	f.Fuzz(func(t *testing.T, farText, nearText []byte) {
		far, near := layerOf(t, "spec.defaults", farText), layerOf(t, "spec.images[0]", nearText)
		farWas, nearWas := layerOf(t, "spec.defaults", farText), layerOf(t, "spec.images[0]", nearText)
		far.Validate()
		near.Validate()
		both := []*Layer{far, near}
		want := Repository{
			Mutability: nearest(BuiltIn().Mutability.Value, both, func(l *Layer) *Mutability {
				if l.ImageTagMutability == nil {
					return nil
				}
				return &Mutability{Mode: *l.ImageTagMutability, Filters: l.ImageTagMutabilityExclusionFilters}
			}),
			ScanOnPush: nearest(BuiltIn().ScanOnPush.Value, both, func(l *Layer) *bool { return l.ScanOnPush }),
			Encryption: nearest(BuiltIn().Encryption.Value, both, func(l *Layer) *Encryption {
				if l.Encryption == nil {
					return nil
				}
				return new(encryptionOf(l.Encryption))
			}),
			Lifecycle: Lifecycle{
				UntaggedExpiryDays: nearest(BuiltIn().Lifecycle.UntaggedExpiryDays.Value, both, func(l *Layer) *int64 { return lifecycleOf(l).UntaggedExpiryDays }),
				KeepImages:         nearest(BuiltIn().Lifecycle.KeepImages.Value, both, func(l *Layer) *int64 { return lifecycleOf(l).KeepImages }),
			},
			Pull:           nearest(v1alpha1.Pull{}, both, func(l *Layer) *v1alpha1.Pull { return l.Pull }),
			DeletionPolicy: nearest(BuiltIn().DeletionPolicy.Value, both, func(l *Layer) *v1alpha1.DeletionPolicy { return l.DeletionPolicy }),
			ForceDelete:    nearest(false, both, func(l *Layer) *bool { return l.ForceDelete }),
			Tags:           map[string]Setting[string]{},
		}
		for _, l := range both {
			for k, v := range l.Tags {
				want.Tags[k] = Setting[string]{Value: v, Layer: l}
			}
			// The nearest layer that has rules or a shorthand decides which of the two is in force.
			if given := lifecycleOf(l); given.Rules != nil || given.KeepImages != nil || given.UntaggedExpiryDays != nil {
				want.Lifecycle.Layer, want.Lifecycle.ByRules, want.Lifecycle.Given = l, given.Rules != nil, given.Rules
			}
		}
		options := cmp.Options{cmpopts.EquateEmpty(), cmp.Comparer(func(a, b *Layer) bool { return a == b })}
		if diff := cmp.Diff(want, BuiltIn().With(far).With(near), options); diff != "" {
			t.Errorf("far, then near: -want, +got:\n%s", diff)
		}
		if diff := cmp.Diff(want, BuiltIn().With(far).With(near).With(near), options); diff != "" {
			t.Errorf("a layer applied twice: -want, +got:\n%s", diff)
		}
		for _, l := range [][2]*Layer{{far, farWas}, {near, nearWas}} {
			if diff := cmp.Diff(l[1].RepositorySettings, l[0].RepositorySettings); diff != "" {
				t.Errorf("applying a layer changed it: -before, +after:\n%s", diff)
			}
		}
	})
}

// nearest returns the setting of the last layer that has a value.
func nearest[T any](builtIn T, layers []*Layer, of func(*Layer) *T) Setting[T] {
	s := Setting[T]{Value: builtIn}
	for _, l := range layers {
		if v := of(l); v != nil {
			s = Setting[T]{Value: *v, Layer: l}
		}
	}
	return s
}

func lifecycleOf(l *Layer) v1alpha1.Lifecycle {
	if l.Lifecycle == nil {
		return v1alpha1.Lifecycle{}
	}
	return *l.Lifecycle
}

func layerOf(t *testing.T, path string, text []byte) *Layer {
	t.Helper()
	s := &structpb.Struct{}
	if err := protojson.Unmarshal(text, s); err != nil {
		t.Skip()
	}
	var r v1alpha1.RepositorySettings
	if errs := protostruct.Decode(s, &r, field.NewPath(path)); len(errs) > 0 {
		t.Skip()
	}
	return NewLayer(field.NewPath(path), &r)
}

// FuzzOverlay compares overlay with a merge of JSON objects at every depth, which replaces lists and scalars whole. It
// leaves out defaults, which are layers.
func FuzzOverlay(f *testing.F) {
	f.Add([]byte(`{"region":"eu-west-1","guardrails":{"pull":{"accounts":[],"organizationIds":[]},"requireKMS":false}}`), []byte(`{"guardrails":{"requireKMS":true}}`))
	f.Add([]byte(`{"guardrails":{"lifecycle":{"required":true,"maxImages":5},"regions":["eu-west-1"]}}`), []byte(`{"guardrails":{"lifecycle":{"maxImages":9},"regions":[]},"region":"us-east-1"}`))
	f.Add([]byte(`{"providerConfigRef":{"name":"a","kind":"ProviderConfig"},"tagsFromLabels":["a","b"]}`), []byte(`{"providerConfigRef":{"name":"b"},"tagsFromLabels":[]}`))
	f.Add([]byte(`{}`), []byte(`{"guardrails":{"exceptions":[{"project":"a","guardrail":"requireKMS","until":"2026-11-23","reason":"r"}],"tenancy":"Any"}}`))
	f.Fuzz(func(t *testing.T, baseText, overText []byte) {
		base, over := settingsOf(t, baseText), settingsOf(t, overText)
		got := *base
		overlay(reflect.ValueOf(&got).Elem(), reflect.ValueOf(*over))
		if diff := cmp.Diff(settingsOf(t, baseText), base); diff != "" {
			t.Errorf("overlay changed what base points to: -before, +after:\n%s", diff)
		}
		if diff := cmp.Diff(settingsOf(t, overText), over); diff != "" {
			t.Errorf("overlay changed over: -before, +after:\n%s", diff)
		}
		merged, top := object(t, baseText), object(t, overText)
		merge(merged, top)
		want := &inputv1beta1.Settings{}
		if errs := protostruct.Decode(merged, want, nil); len(errs) > 0 {
			t.Fatal(errs)
		}
		if diff := cmp.Diff(want, &got); diff != "" {
			t.Errorf("overlay(%s, %s): -want, +got:\n%s", baseText, overText, diff)
		}
	})
}

func object(t *testing.T, text []byte) *structpb.Struct {
	t.Helper()
	s := &structpb.Struct{}
	if err := protojson.Unmarshal(text, s); err != nil {
		t.Skip()
	}
	delete(s.GetFields(), "defaults")
	return s
}

func settingsOf(t *testing.T, text []byte) *inputv1beta1.Settings {
	t.Helper()
	var v inputv1beta1.Settings
	if errs := protostruct.Decode(object(t, text), &v, nil); len(errs) > 0 {
		t.Skip()
	}
	return &v
}

// merge writes the fields of over onto base. Null counts as absent, and so does an empty name.
func merge(base, over *structpb.Struct) {
	for k, v := range over.GetFields() {
		if _, null := v.GetKind().(*structpb.Value_NullValue); null || k == "name" && v.GetStringValue() == "" {
			continue
		}
		b, o := base.GetFields()[k].GetStructValue(), v.GetStructValue()
		if b != nil && o != nil {
			merge(b, o)
			continue
		}
		if base.Fields == nil {
			base.Fields = map[string]*structpb.Value{}
		}
		base.Fields[k] = v
	}
}
