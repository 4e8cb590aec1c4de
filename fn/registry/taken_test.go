package registry_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// stranger returns another Repository object of shop/web, with what a case changes.
func stranger(meta, spec string) string {
	return `
apiVersion: ecr.aws.upbound.io/v1beta2
kind: Repository
metadata:
  name: ` + managed.ProviderConfig{Name: "default"}.ObjectName("eu-west-1", "shop/web") + `
  creationTimestamp: "2026-01-01T00:00:00Z"
  annotations: {crossplane.io/external-name: shop/web}
  labels: {ecr.ontopix.io/repository: ` + managed.Hash(10, "eu-west-1", "shop/web") + `, crossplane.io/claim-name: theirs, crossplane.io/claim-namespace: bank}
` + meta + `
spec: {forProvider: {region: eu-west-1}, providerConfigRef: {name: default}, ` + spec + `}
`
}

const theirs = `  ownerReferences: [{kind: XProjectRegistry, name: theirs-abcde, uid: theirs, controller: true}]`

// TestTaken shows that a repository stays with the composite resource that owns it, that the other one says so, and
// that the rest of its project goes on.
func TestTaken(t *testing.T) {
	managing := `managementPolicies: [Observe, Create, Update]`
	type test struct {
		reason  string
		object  string
		free    bool
		message string // of Valid; empty if it is valid
		advice  string

		// claimed is true for a case that a namespaced composite resource cannot have.
		claimed bool
	}
	cases := map[string]test{
		"Nobody": {reason: "There is no such object.", free: true},
		"Stranger": {
			reason:  "Another composite resource controls the object.",
			object:  stranger(theirs, managing),
			message: `spec.images[1].name "web": repository shop/web is managed by XProjectRegistry theirs-abcde, claimed as bank/theirs; nothing is done for this image until it is released`,
		},
		"Ours": {
			reason: "This composite resource controls it, although it is not observed yet.",
			object: stranger(strings.ReplaceAll(theirs, "uid: theirs", "uid: ours"), managing),
			free:   true,
		},
		"BeingDeleted": {
			reason: "An object that is being deleted is waited for.",
			object: stranger("  deletionTimestamp: \"2026-01-02T00:00:00Z\"\n"+theirs, managing),
			advice: "spec.images[1]: another object of repository shop/web is being deleted; it is made anew once that is done",
		},
		"OursBeingDeleted": {
			reason:  "So is this composite resource's own.",
			claimed: true,
			object:  stranger("  deletionTimestamp: \"2026-01-02T00:00:00Z\"\n"+strings.ReplaceAll(theirs, "uid: theirs", "uid: ours"), managing),
			advice:  "spec.images[1]: another object of repository shop/web is being deleted; it is made anew once that is done",
		},
	}
	fntest.Each(t, cases, func(t *testing.T, g managed.Generation, tc test) {
		if tc.claimed && g.Namespaced {
			return // only claims have cluster-scoped objects
		}
		r := fntest.Request{XR: fntest.Registry{UID: "ours", Spec: apiAndWeb}.XR(t, g), Cluster: tc.object}
		rsp := accepted(t, tc.reason, r)
		_, rendered := rsp.GetDesired().GetResources()["repository/web"]
		if rendered != tc.free {
			t.Errorf("%s\nrendered: %t, want %t", tc.reason, rendered, tc.free)
		}
		for _, key := range fntest.Keys(rsp) {
			if !tc.free && strings.Contains(key, "/web") {
				t.Errorf("%s\n%s is rendered for an image that is left alone", tc.reason, key)
			}
		}
		if _, ok := rsp.GetDesired().GetResources()["repository/api"]; !ok {
			t.Errorf("%s\nthe rest of the project does not go on: %q", tc.reason, fntest.Keys(rsp))
		}
		want := "True Valid"
		if tc.message != "" {
			want = "False RepositoryTaken " + tc.message
		}
		if got := fntest.Condition(rsp, "Valid"); got != want {
			t.Errorf("%s\nwant %s\ngot  %s", tc.reason, want, got)
		}
		if got := rsp.GetMeta().GetTtl().AsDuration(); got != time.Minute {
			t.Errorf("%s\nTTL %v, want a minute while something is missing", tc.reason, got)
		}
		if got := fntest.Advice(t, rsp); !strings.Contains(got, tc.advice) {
			t.Errorf("%s\nwant advice %q, got:\n%s", tc.reason, tc.advice, got)
		}
		for range 3 { // until everything that can be made is
			r.Observed = fntest.Made(t, rsp, "111122223333", metav1.OwnerReference{UID: "ours"})
			rsp = accepted(t, tc.reason, r)
		}
		if got := rsp.GetDesired().GetComposite().GetReady() == fnv1.Ready_READY_FALSE; got == tc.free {
			t.Errorf("%s\nthe composite resource is held back: %t, want %t", tc.reason, got, !tc.free)
		}
	})
}

// TestTwoProjects shows that the first of two composite resources for one repository owns it undisturbed, and that the
// second takes it over once the first is deleted.
func TestTwoProjects(t *testing.T) {
	cases := map[string]struct {
		reason        string
		first, second managed.Generation
	}{
		"Claims":                    {reason: "Two claims of one namespace.", first: managed.Claimed, second: managed.Claimed},
		"Namespaced":                {reason: "Two namespaced composite resources.", first: managed.Namespaced, second: managed.Namespaced},
		"ClaimBeforeNamespaced":     {reason: "The claim was there first.", first: managed.Claimed, second: managed.Namespaced},
		"NamespacedOfTwoNamespaces": {reason: "Their objects never meet at one name.", first: managed.Namespaced, second: managed.Namespaced},
		"ClaimAndAnotherNamespace":  {reason: "Neither do these.", first: managed.Claimed, second: managed.Namespaced},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := fntest.NewWorld(t)
			w.Input = "guardrails: {tenancy: Any}"
			other := fntest.Registry{Name: "second", Spec: `{project: shop, ` + keep20[1:]}
			if strings.Contains(name, "Namespace") && name != "Namespaced" && name != "ClaimBeforeNamespaced" {
				other.Namespace = "bank"
			}
			first := w.Add(tc.first, fntest.Registry{Spec: `{project: shop, ` + keep10[1:]})
			w.Settle()
			second := w.Add(tc.second, other)
			w.Happened = func(step string) {
				if r := w.Repository(web); len(w.Composites) == 2 && kept(w) != 10 {
					t.Errorf("%s\nthe loser changed the policy to %q after: %s", tc.reason, r.Lifecycle, step)
				}
			}
			w.Settle()
			mustBeFine(t, first)
			mustBeFine(t, second)
			if diff := cmp.Diff([]string(nil), w.Keys(second)); diff != "" {
				t.Errorf("%s\nthe loser has objects: -want, +got:\n%s", tc.reason, diff)
			}
			if got := fntest.Condition(second.Last, "Valid"); !strings.HasPrefix(got, `False RepositoryTaken spec.images[0].name "web": repository shop/web is managed by `) {
				t.Errorf("%s\nthe loser is not told: %s", tc.reason, got)
			}
			if got := fntest.Condition(first.Last, "Valid"); got != "True Valid" {
				t.Errorf("%s\nthe owner is disturbed: %s", tc.reason, got)
			}
			w.Delete(first)
			w.Settle()
			mustBeFine(t, second)
			if got := kept(w); got != 20 {
				t.Errorf("%s\nthe second does not take over: AWS keeps %d images", tc.reason, got)
			}
		})
	}
}

// TestAlike shows that an object of another thing with this repository's label does not own it: ten digits can be
// searched for. And a composite resource of the same name in another namespace is another one, even in a local render,
// without UIDs.
func TestAlike(t *testing.T) {
	taken := `False RepositoryTaken spec.images[1].name "web": repository shop/web is managed by `
	cases := map[string]struct{ reason, was, is, want string }{
		"OtherRepository": {"Another external-name is another repository.", "external-name: shop/web", "external-name: bank/x4711", "True Valid"},
		"OtherRegion":     {"So is one in another region.", "region: eu-west-1", "region: eu-west-2", "True Valid"},
		"NoName":          {"An object without an external-name is not known to be this repository's.", "annotations: {crossplane.io/external-name: shop/web}", "annotations: {}", "True Valid"},
		"NameSake":        {"This object manages the repository, from another namespace.", "XProjectRegistry, name: theirs-abcde, uid: theirs", "ProjectRegistry, name: images", taken + "ProjectRegistry images in namespace bank"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			object := strings.NewReplacer("ecr.aws.upbound.io/v1beta2", "ecr.aws.m.upbound.io/v1beta1", "metadata:\n", "metadata:\n  namespace: bank\n", tc.was, tc.is).
				Replace(stranger(theirs, `managementPolicies: [Observe, Create, Update]`))
			rsp := fntest.Run(t, fntest.Request{XR: fntest.Registry{Spec: apiAndWeb}.XR(t, managed.Namespaced), Cluster: object})
			if got := fntest.Condition(rsp, "Valid"); !strings.HasPrefix(got, tc.want) {
				t.Errorf("%s\nwant %s, got %s", tc.reason, tc.want, got)
			}
		})
	}
}
