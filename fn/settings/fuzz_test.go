package settings

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/protostruct"
	inputv1beta1 "github.com/ontopix/crossplane-ecr/input/v1beta1"
)

// layers are some that say much, little and nothing.
var layers = []string{
	`{}`,
	`{"imageTagMutability":"IMMUTABLE_WITH_EXCLUSION","imageTagMutabilityExclusionFilters":["latest","cache-*"]}`,
	`{"imageTagMutability":"MUTABLE","scanOnPush":false,"deletionPolicy":"Delete","forceDelete":true,"tags":{"a":"1","b":""}}`,
	`{"lifecycle":{"untaggedExpiryDays":1},"encryption":{"type":"KMS","kmsKey":"arn:aws:kms:eu-west-1:111122223333:key/1"},"tags":{"b":"2"}}`,
	`{"lifecycle":{"rules":[]},"pull":{}}`,
	`{"lifecycle":{"keepImages":3,"rules":[{"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":1},"action":{"type":"expire"}}]},"pull":{"accounts":["111122223333"],"lambda":true}}`,
	`{"scanOnPush":null,"tags":{},"lifecycle":{},"encryption":{}}`,
}

// FuzzLayers lays one layer over another and holds the outcome against the rule of
// each field: the nearest layer that has it wins, and nothing else has a say.
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
		got := BuiltIn().With(far).With(near)

		check := func(name string, value any, from *Layer, wantFar, wantNear bool, builtIn any, farValue, nearValue func() any) {
			t.Helper()
			want, layer := builtIn, (*Layer)(nil)
			switch {
			case wantNear:
				want, layer = nearValue(), near
			case wantFar:
				want, layer = farValue(), far
			}
			if diff := cmp.Diff(want, value); diff != "" || from != layer {
				t.Errorf("%s: from %s, want %s: -want, +got:\n%s", name, from, layer, diff)
			}
		}
		check("scanOnPush", got.ScanOnPush.Value, got.ScanOnPush.Layer, far.ScanOnPush != nil, near.ScanOnPush != nil, true,
			func() any { return *far.ScanOnPush }, func() any { return *near.ScanOnPush })
		check("forceDelete", got.ForceDelete.Value, got.ForceDelete.Layer, far.ForceDelete != nil, near.ForceDelete != nil, false,
			func() any { return *far.ForceDelete }, func() any { return *near.ForceDelete })
		check("deletionPolicy", got.DeletionPolicy.Value, got.DeletionPolicy.Layer, far.DeletionPolicy != nil, near.DeletionPolicy != nil, v1alpha1.DeletionOrphan,
			func() any { return *far.DeletionPolicy }, func() any { return *near.DeletionPolicy })
		check("pull", got.Pull.Value, got.Pull.Layer, far.Pull != nil, near.Pull != nil, v1alpha1.Pull{},
			func() any { return *far.Pull }, func() any { return *near.Pull })
		mutability := func(l *Layer) func() any {
			return func() any {
				return Mutability{Mode: *l.ImageTagMutability, Filters: l.ImageTagMutabilityExclusionFilters}
			}
		}
		check("imageTagMutability", got.Mutability.Value, got.Mutability.Layer, far.ImageTagMutability != nil, near.ImageTagMutability != nil, Mutability{Mode: v1alpha1.Immutable}, mutability(far), mutability(near))

		tags := map[string]string{}
		for _, l := range []*Layer{far, near} {
			for k, v := range l.Tags {
				tags[k] = v
			}
		}
		if len(got.Tags) != len(tags) {
			t.Errorf("tags: want %v, got %v", tags, got.Tags)
		}
		for k, v := range got.Tags {
			layer := far
			if _, ok := near.Tags[k]; ok {
				layer = near
			}
			if v.Value != tags[k] || v.Layer != layer {
				t.Errorf("tags[%s]: want %q from %s, got %q from %s", k, tags[k], layer, v.Value, v.Layer)
			}
		}

		if diff := cmp.Diff(got, BuiltIn().With(far).With(near).With(near), cmp.AllowUnexported(Layer{}, field.Path{})); diff != "" {
			t.Errorf("a layer twice is another than once:\n%s", diff)
		}
		for _, l := range [][2]*Layer{{far, farWas}, {near, nearWas}} {
			if diff := cmp.Diff(l[1].RepositorySettings, l[0].RepositorySettings); diff != "" {
				t.Errorf("a layer changed by being laid over another: -before, +after:\n%s", diff)
			}
		}
		lifecycleForm(t, got.Lifecycle, far, near)
	})
}

// lifecycleForm shows that the nearest layer that gives rules or a shorthand decides
// which of them is in force.
func lifecycleForm(t *testing.T, got Lifecycle, far, near *Layer) {
	t.Helper()
	var form *Layer
	byRules := false
	for _, l := range []*Layer{far, near} {
		s := l.Lifecycle
		if s != nil && (s.Rules != nil || s.KeepImages != nil || s.UntaggedExpiryDays != nil) {
			form, byRules = l, s.Rules != nil
		}
	}
	if got.Form != form || got.ByRules != byRules {
		t.Errorf("lifecycle: by rules is %t from %s, want %t from %s", got.ByRules, got.Form, byRules, form)
	}
	if byRules {
		if diff := cmp.Diff(form.Lifecycle.Rules, got.Given); diff != "" {
			t.Errorf("lifecycle.rules: -want, +got:\n%s", diff)
		}
	}
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

// FuzzOverlay lays the settings of one platform team over others, as JSON merges
// objects: at every depth, with lists and scalars whole. It leaves defaults to layers.
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
			t.Errorf("what is under it changed: -before, +after:\n%s", diff)
		}
		if diff := cmp.Diff(settingsOf(t, overText), over); diff != "" {
			t.Errorf("what is over it changed: -before, +after:\n%s", diff)
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

// merge writes what over has onto base. Null is absent, and so is the name of nothing.
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
