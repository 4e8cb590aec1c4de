package protostruct_test

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/structpb"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	xpv1 "github.com/crossplane/crossplane-runtime/v2/apis/common/v1"
	xpv2 "github.com/crossplane/crossplane-runtime/v2/apis/common/v2"
	clusterecrv1beta1 "github.com/upbound/provider-aws/v2/apis/cluster/ecr/v1beta1"
	clusterecrv1beta2 "github.com/upbound/provider-aws/v2/apis/cluster/ecr/v1beta2"
	clusteriamv1beta1 "github.com/upbound/provider-aws/v2/apis/cluster/iam/v1beta1"
	ecrv1beta1 "github.com/upbound/provider-aws/v2/apis/namespaced/ecr/v1beta1"

	"github.com/ontopix/crossplane-ecr/fn/protostruct"
)

// desiredRepository is what a function renders for one image.
func desiredRepository() *clusterecrv1beta2.Repository {
	return &clusterecrv1beta2.Repository{
		TypeMeta: metav1.TypeMeta{APIVersion: "ecr.aws.upbound.io/v1beta2", Kind: "Repository"},
		ObjectMeta: metav1.ObjectMeta{
			Name:        "shop-api-0123456789",
			Annotations: map[string]string{"crossplane.io/external-name": "shop/api"},
			Labels:      map[string]string{"ecr.ontopix.io/repository": "0123456789"},
		},
		Spec: clusterecrv1beta2.RepositorySpec{
			ResourceSpec: xpv1.ResourceSpec{
				ProviderConfigReference: &xpv1.Reference{Name: "default"},
				ManagementPolicies:      xpv1.ManagementPolicies{xpv1.ManagementActionObserve, xpv1.ManagementActionCreate, xpv1.ManagementActionUpdate},
			},
			ForProvider: clusterecrv1beta2.RepositoryParameters{
				Region:                     new("eu-west-1"),
				ImageTagMutability:         new("IMMUTABLE"),
				ImageScanningConfiguration: &clusterecrv1beta2.ImageScanningConfigurationParameters{ScanOnPush: new(true)},
				EncryptionConfiguration:    []clusterecrv1beta2.EncryptionConfigurationParameters{{EncryptionType: new("AES256")}},
				Tags:                       map[string]*string{"project": new("shop"), "image": new("api"), "managed-by": new("crossplane")},
			},
		},
	}
}

// observedRepository is what the API server returns for it.
func observedRepository() *clusterecrv1beta2.Repository {
	created := metav1.NewTime(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).Local())
	r := desiredRepository()
	r.CreationTimestamp = created
	r.UID = "5d8d1d3e-6a0b-4c6b-9a57-0a4a1a1f2c3d"
	r.ResourceVersion = "123456"
	r.Generation = 2
	r.Finalizers = []string{"finalizer.managedresource.crossplane.io"}
	r.OwnerReferences = []metav1.OwnerReference{{
		APIVersion: "ecr.ontopix.io/v1alpha1", Kind: "XProjectRegistry", Name: "shop-x7k2p", UID: "a-uid",
		Controller: new(true), BlockOwnerDeletion: new(true),
	}}
	r.Spec.DeletionPolicy = xpv1.DeletionDelete
	r.Status = clusterecrv1beta2.RepositoryStatus{
		ResourceStatus: xpv1.ResourceStatus{ConditionedStatus: xpv1.ConditionedStatus{Conditions: []xpv1.Condition{
			{Type: xpv1.TypeReady, Status: "True", Reason: xpv1.ReasonAvailable, LastTransitionTime: created},
			{Type: xpv1.TypeSynced, Status: "True", Reason: xpv1.ReasonReconcileSuccess, LastTransitionTime: created, ObservedGeneration: 2},
		}}},
		AtProvider: clusterecrv1beta2.RepositoryObservation{
			Arn:                        new("arn:aws:ecr:eu-west-1:123456789012:repository/shop/api"),
			ID:                         new("shop/api"),
			Region:                     new("eu-west-1"),
			RegistryID:                 new("123456789012"),
			RepositoryURL:              new("123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/api"),
			ImageTagMutability:         new("IMMUTABLE"),
			ImageScanningConfiguration: &clusterecrv1beta2.ImageScanningConfigurationObservation{ScanOnPush: new(true)},
			EncryptionConfiguration:    []clusterecrv1beta2.EncryptionConfigurationObservation{{EncryptionType: new("AES256"), KMSKey: new("")}},
			Tags:                       map[string]*string{"project": new("shop"), "image": new("api"), "managed-by": new("crossplane")},
			TagsAll:                    map[string]*string{"project": new("shop"), "image": new("api"), "managed-by": new("crossplane")},
		},
	}
	return r
}

func TestProviderTypes(t *testing.T) {
	cases := map[string]struct {
		reason string
		object any
	}{
		"DesiredRepository": {
			reason: "A rendered object is what encoding/json makes of it, less what nobody meant.",
			object: desiredRepository(),
		},
		"ObservedRepository": {
			reason: "Times, numbers, lists of structs and inlined conditions are encoding/json's too.",
			object: observedRepository(),
		},
		"EmptyRepository": {
			reason: "Of an object that says nothing spec.forProvider is left: the API server requires it.",
			object: &clusterecrv1beta2.Repository{},
		},
		"LifecyclePolicy": {
			reason: "JSON inside a string, references and selectors are plain fields.",
			object: &clusterecrv1beta1.LifecyclePolicy{
				TypeMeta:   metav1.TypeMeta{APIVersion: "ecr.aws.upbound.io/v1beta1", Kind: "LifecyclePolicy"},
				ObjectMeta: metav1.ObjectMeta{Name: "shop-api-0123456789-89abcdef"},
				Spec: clusterecrv1beta1.LifecyclePolicySpec{
					ForProvider: clusterecrv1beta1.LifecyclePolicyParameters{
						Region: new("eu-west-1"),
						Policy: new(`{"rules":[{"rulePriority":1,"description":"<&>"}]}`),
						RepositorySelector: &xpv1.Selector{
							MatchControllerRef: new(true),
							MatchLabels:        map[string]string{"ecr.ontopix.io/exists": "true"},
							Policy:             &xpv1.Policy{Resolve: new(xpv1.ResolvePolicyAlways)},
						},
					},
				},
			},
		},
		"Role": {
			reason: "A *float64 that holds an integer, and an annotation on an IAM object.",
			object: &clusteriamv1beta1.Role{
				TypeMeta:   metav1.TypeMeta{APIVersion: "iam.aws.upbound.io/v1beta1", Kind: "Role"},
				ObjectMeta: metav1.ObjectMeta{Name: "push", Annotations: map[string]string{"crossplane.io/external-name": "ecr-org-push-acme"}},
				Spec: clusteriamv1beta1.RoleSpec{
					ForProvider: clusteriamv1beta1.RoleParameters{
						AssumeRolePolicy:   new(`{"Version":"2012-10-17"}`),
						MaxSessionDuration: new(3600.0),
						Path:               new("/ecr/"),
						Tags:               map[string]*string{"managed-by": new("crossplane")},
					},
				},
			},
		},
		"NamespacedRepository": {
			reason: "The namespaced generation has other spec types to inline.",
			object: &ecrv1beta1.Repository{
				TypeMeta:   metav1.TypeMeta{APIVersion: "ecr.aws.m.upbound.io/v1beta1", Kind: "Repository"},
				ObjectMeta: metav1.ObjectMeta{Name: "shop-api-0123456789", Namespace: "shop"},
				Spec: ecrv1beta1.RepositorySpec{
					ManagedResourceSpec: xpv2.ManagedResourceSpec{
						ProviderConfigReference: &xpv1.ProviderConfigReference{Kind: "ClusterProviderConfig", Name: "default"},
					},
					ForProvider: ecrv1beta1.RepositoryParameters{
						Region:      new("eu-west-1"),
						ForceDelete: new(false),
						ImageTagMutabilityExclusionFilter: []ecrv1beta1.ImageTagMutabilityExclusionFilterParameters{
							{Filter: new("latest"), FilterType: new("WILDCARD")},
							{Filter: new("dev-*"), FilterType: new("WILDCARD")},
						},
					},
				},
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := protostruct.Encode(tc.object)
			if diff := cmp.Diff(throughJSON(t, tc.object), got, protocmp.Transform()); diff != "" {
				t.Errorf("%s\nEncode(...): -want, +got:\n%s", tc.reason, diff)
			}
			back := reflect.New(reflect.TypeOf(tc.object).Elem()).Interface()
			if faults := protostruct.Decode(got, back, nil); len(faults) > 0 {
				t.Errorf("%s\nDecode(...): %v", tc.reason, faults)
			}
			if diff := cmp.Diff(tc.object, back); diff != "" {
				t.Errorf("%s\nDecode(Encode(...)): -want, +got:\n%s", tc.reason, diff)
			}
			lenient := reflect.New(reflect.TypeOf(tc.object).Elem()).Interface()
			protostruct.DecodeLenient(got, lenient)
			if diff := cmp.Diff(tc.object, lenient); diff != "" {
				t.Errorf("%s\nDecodeLenient(Encode(...)): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// throughJSON encodes v the slow way, and drops the nulls and empty objects that
// encoding/json sends for Kubernetes types, except for spec and
// spec.forProvider.
func throughJSON(tb testing.TB, v any) *structpb.Struct {
	tb.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		tb.Fatal(err)
	}
	s := &structpb.Struct{}
	if err := s.UnmarshalJSON(b); err != nil {
		tb.Fatal(err)
	}
	prune(s)
	return s
}

func prune(s *structpb.Struct) {
	for name, v := range s.GetFields() {
		if _, null := v.GetKind().(*structpb.Value_NullValue); null {
			delete(s.Fields, name)
			continue
		}
		if child := v.GetStructValue(); child != nil {
			prune(child)
			if len(child.GetFields()) == 0 && name != "forProvider" {
				delete(s.Fields, name)
			}
		}
		for _, item := range v.GetListValue().GetValues() {
			prune(item.GetStructValue())
		}
	}
}
