package ownership_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/observed"
	"github.com/ontopix/crossplane-ecr/fn/ownership"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// repository returns a namespaced Repository for shop/app.
func repository(namespace, created, more, spec string) string {
	return `{"apiVersion":"ecr.aws.m.upbound.io/v1beta1","kind":"Repository","metadata":{"name":"r","namespace":"` + namespace + `",` +
		`"creationTimestamp":"` + created + `","annotations":{"crossplane.io/external-name":"shop/app"}` + more + `},` +
		`"spec":{"forProvider":{"region":"eu-west-1"},` + spec +
		`"providerConfigRef":{"kind":"ClusterProviderConfig","name":"default"}}}`
}

// controller returns more metadata for an object that a composite resource controls.
func controller(uid string) string {
	return `,"ownerReferences":[{"kind":"ProjectRegistry","name":"x","uid":"` + uid + `","controller":true}]`
}

// asked returns the request of a namespaced composite resource that wants the repository shop/app, and that thing.
func asked(t *testing.T, fetched map[string]*fnv1.Resources) (composite.Request, ownership.Thing) {
	t.Helper()
	x := fntest.Object(t, `{"apiVersion":"ecr.m.ontopix.io/v1alpha1","kind":"ProjectRegistry","metadata":{"name":"x","namespace":"team","uid":"1"}}`)
	req := composite.Read(&fnv1.RunFunctionRequest{
		Observed:          &fnv1.State{Composite: &fnv1.Resource{Resource: x}},
		RequiredResources: fetched,
	}, time.Time{})
	return req, ownership.Thing{
		Key: "app", TypeMeta: metav1.TypeMeta{APIVersion: "ecr.aws.upbound.io/v1beta1", Kind: "Repository"},
		ProviderConfig: managed.ProviderConfig{Kind: managed.ClusterProviderConfigKind, Name: "default"},
		Identity:       []string{"eu-west-1", "shop/app"},
		Region:         "eu-west-1", External: "shop/app",
		Label: "ecr.ontopix.io/repository", Value: "1234", Served: true,
	}
}

// TestDecide tests the rules on one repository of a namespaced composite resource. The packages of the kinds test their
// things.
func TestDecide(t *testing.T) {
	const (
		byName  = "app"
		byLabel = "app@ecr.aws.m.upbound.io/v1beta1"
		older   = "2026-01-01T00:00:00Z"
		ours    = "2026-02-01T00:00:00Z"
		newer   = "2026-03-01T00:00:00Z"
	)
	another := ownership.Owner{Name: "ProjectRegistry x in namespace team"}
	elsewhere := ownership.Owner{Name: "ProjectRegistry x in namespace other"}

	tests := map[string]struct {
		reason string
		have   bool   // this composite resource has an object
		lookup string // key of the lookup that finds the object
		found  string
		want   map[string]ownership.Owner
	}{
		"Nobody": {reason: "A thing without an object is free.", lookup: byName, want: map[string]ownership.Owner{}},
		"AnotherByName": {
			reason: "Within a namespace, the composite resource that controls the object of the name owns the thing.",
			lookup: byName, found: repository("team", newer, controller("2"), ""),
			want: map[string]ownership.Owner{"app": another},
		},
		"OursByName": {
			reason: "An object that this composite resource controls is no obstacle.",
			lookup: byName, found: repository("team", newer, controller("1"), ""),
			want: map[string]ownership.Owner{},
		},
		"OursLeaving": {
			reason: "An object that is being deleted is waited for, even this composite resource's own.",
			lookup: byName,
			found:  repository("team", newer, controller("1")+`,"deletionTimestamp":"2026-04-01T00:00:00Z"`, ""),
			want:   map[string]ownership.Owner{"app": {Name: "Repository r", Leaving: true}},
		},
		"OlderElsewhere": {
			reason: "Of objects in two namespaces, the older one owns the thing.",
			have:   true, lookup: byLabel, found: repository("other", older, controller("2"), ""),
			want: map[string]ownership.Owner{"app": elsewhere},
		},
		"NewerElsewhere": {
			reason: "A newer object in another namespace does not own the thing.",
			have:   true, lookup: byLabel, found: repository("other", newer, controller("2"), ""),
			want: map[string]ownership.Owner{},
		},
		"NewerElsewhereFirst": {
			reason: "A composite resource without an object yields to one that exists.",
			lookup: byLabel, found: repository("other", newer, controller("2"), ""),
			want: map[string]ownership.Owner{"app": elsewhere},
		},
		"ForgedUID": {
			reason: "An object in another namespace is another's, whatever UID its controller has.",
			have:   true, lookup: byLabel, found: repository("other", older, controller("1"), ""),
			want: map[string]ownership.Owner{"app": elsewhere},
		},
		"Observes": {
			reason: "An object that only observes owns nothing.",
			lookup: byLabel, found: repository("other", older, controller("2"), `"managementPolicies":["Observe"],`),
			want: map[string]ownership.Owner{},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			items := &fnv1.Resources{}
			if tc.found != "" {
				items.Items = []*fnv1.Resource{{Resource: fntest.Object(t, tc.found)}}
			}
			req, thing := asked(t, map[string]*fnv1.Resources{tc.lookup: items})
			if tc.have {
				thing.Ours = observed.From(fntest.Object(t, repository("team", ours, controller("1"), "")))
			}
			got, lookups := ownership.Decide(req, []ownership.Thing{thing})
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
			if !slices.ContainsFunc(lookups, func(l composite.Lookup) bool { return l.Key == tc.lookup }) {
				t.Errorf("Decide does not look for %s, but for %v", tc.lookup, lookups)
			}
		})
	}
}

// TestLookups shows the lookups of a namespaced composite resource. The cost of those by label grows with the fleet, so
// they are made only as long as they can find an owner.
func TestLookups(t *testing.T) {
	const (
		own         = "app"
		byLabel     = "app@ecr.aws.m.upbound.io/v1beta1"
		clusterName = "app@ecr.aws.upbound.io/v1beta1/name"
		cluster     = "app@ecr.aws.upbound.io/v1beta1"
	)
	writes, looks := "", `"managementPolicies":["Observe"],`
	cases := map[string]struct {
		reason    string
		ours      *string // more fields of the spec of this composite resource's object; nil if it has none
		exclusive bool
		want      []string
	}{
		"First":     {"Before there is an object, any other one may own the thing.", nil, false, []string{own, byLabel, clusterName, cluster}},
		"Exclusive": {"Another namespace may own it from a time when that was allowed.", nil, true, []string{own, byLabel, clusterName, cluster}},
		"Looks":     {"An object that only observes owns nothing yet.", &looks, true, []string{byLabel, clusterName, cluster}},
		"Writes":    {"Of two that started at the same moment, one must yield.", &writes, false, []string{byLabel, clusterName}},
		"Settled":   {"If no other namespace may own the thing, only a claim can.", &writes, true, []string{clusterName}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			req, thing := asked(t, nil)
			thing.Everywhere, thing.Exclusive = true, tc.exclusive
			if tc.ours != nil {
				thing.Ours = observed.From(fntest.Object(t, repository("team", "2026-01-01T00:00:00Z", controller("1"), *tc.ours)))
			}
			_, lookups := ownership.Decide(req, []ownership.Thing{thing})
			var got []string
			for _, l := range lookups {
				got = append(got, l.Key)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
