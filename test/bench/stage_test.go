package bench

import (
	"context"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/util/validation/field"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	ecrv1beta2 "github.com/upbound/provider-aws/v2/apis/cluster/ecr/v1beta2"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/function"
	"github.com/ontopix/crossplane-ecr/fn/guardrail"
	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/observed"
	"github.com/ontopix/crossplane-ecr/fn/protostruct"
	"github.com/ontopix/crossplane-ecr/fn/settings"
	"github.com/ontopix/crossplane-ecr/test/bench/load"
)

// BenchmarkStage measures each stage of a request for 100 images that is a function of its own.
func BenchmarkStage(b *testing.B) {
	first, steady := load.First(100), load.Steady(100)
	req := composite.Read(first, time.Time{})
	x := req.XR
	var spec struct {
		v1alpha1.ProjectRegistrySpec
		composite.Crossplane
	}
	if l := x.DecodeSpec(&spec); len(l) > 0 {
		b.Fatal(l)
	}
	images, base := field.NewPath("spec", "images"), settings.BuiltIn()
	repositories := make([]managed.Resource, 0, 100)
	seen := make([]*structpb.Struct, 0, 200)
	for _, r := range steady.GetObserved().GetResources() {
		seen = append(seen, r.GetResource())
	}
	platform, _, faults := settings.Load(req, "")
	if len(faults) > 0 {
		b.Fatal(faults)
	}
	subject := &guardrail.Subject{XR: x, Platform: platform, Project: "agents", Region: "eu-west-1", Repositories: make([]guardrail.Repository, 100)}
	layers := settings.ImageLayers(images, spec.Images)
	for i := range layers {
		effective := base.With(&layers[i])
		subject.Repositories[i] = guardrail.Repository{Settings: &effective, Image: spec.Images[i].Name, Layer: &layers[i], Encryption: effective.Encryption.Value}
	}
	day := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	rsp, err := function.New().RunFunction(context.Background(), steady)
	if err != nil {
		b.Fatal(err)
	}
	for _, r := range rsp.GetDesired().GetResources() {
		if r.GetResource().GetFields()["kind"].GetStringValue() == ecrv1beta2.Repository_Kind {
			m := ecrv1beta2.Repository{}
			protostruct.DecodeLenient(r.GetResource(), &m)
			repositories = append(repositories, managed.Resource{TypeMeta: m.TypeMeta, Name: m.Name, Labels: m.Labels, Annotations: m.Annotations,
				Policies: m.Spec.ManagementPolicies, ForProvider: m.Spec.ForProvider})
		}
	}
	wire, err := proto.Marshal(steady)
	if err != nil {
		b.Fatal(err)
	}

	stages := []struct {
		name string
		run  func()
	}{
		{"Unmarshal", func() { _ = proto.Unmarshal(wire, &fnv1.RunFunctionRequest{}) }},
		{"Read", func() { composite.Read(steady, time.Time{}) }},
		{"DecodeSpec", func() {
			into := spec
			x.DecodeSpec(&into)
		}},
		{"DecodeObserved", func() {
			for _, s := range seen {
				observed.From(s)
			}
		}},
		{"Settings", func() {
			settings.Load(req, "")
		}},
		{"Layers", func() {
			layers := settings.ImageLayers(images, spec.Images)
			for i := range layers {
				base.With(&layers[i])
			}
		}},
		{"Validate", func() {
			layers := settings.ImageLayers(images, spec.Images)
			for i := range layers {
				layers[i].Validate()
			}
		}},
		{"Guardrails", func() { guardrail.Check(subject, day) }},
		{"Policies", func() {
			for range 100 {
				lifecycle.Policy(lifecycle.Shorthands(14, 30))
			}
		}},
		{"EncodeRepositories", func() {
			for _, r := range repositories {
				managed.Claimed.Encode(r)
			}
		}},
		{"Marshal", func() { _, _ = proto.Marshal(rsp) }},
	}
	for _, s := range stages {
		b.Run(s.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.run()
			}
		})
	}
}
