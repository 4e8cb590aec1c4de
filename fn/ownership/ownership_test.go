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

// repository returns a Repository of the namespaced generation that is about shop/app.
func repository(namespace, created, more, spec string) string {
	return `{"apiVersion":"ecr.aws.m.upbound.io/v1beta1","kind":"Repository","metadata":{"name":"r","namespace":"` + namespace + `",` +
		`"creationTimestamp":"` + created + `","annotations":{"crossplane.io/external-name":"shop/app"}` + more + `},` +
		`"spec":{"forProvider":{"region":"eu-west-1"},` + spec +
		`"providerConfigRef":{"kind":"ClusterProviderConfig","name":"default"}}}`
}

// controller returns the metadata of an object that a composite resource controls.
func controller(uid string) string {
	return `,"ownerReferences":[{"kind":"ProjectRegistry","name":"x","uid":"` + uid + `","controller":true}]`
}

// asked returns the request of a namespaced composite resource, and the repository shop/app that it wants.
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

// TestDecide holds the rules on one repository of a namespaced composite resource; the kinds that use them test which
// things they ask about.
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
		lookup string // that finds the object
		found  string
		want   map[string]ownership.Owner
	}{
		"Nobody": {reason: "What no object is about is free.", lookup: byName, want: map[string]ownership.Owner{}},
		"AnotherByName": {
			reason: "Within a namespace the composite resource that controls the object of the name has the thing.",
			lookup: byName, found: repository("team", newer, controller("2"), ""),
			want: map[string]ownership.Owner{"app": another},
		},
		"OursByName": {
			reason: "An object that this composite resource controls is its own.",
			lookup: byName, found: repository("team", newer, controller("1"), ""),
			want: map[string]ownership.Owner{},
		},
		"OursLeaving": {
			reason: "An object that is being deleted is waited for, also one of this composite resource.",
			lookup: byName,
			found:  repository("team", newer, controller("1")+`,"deletionTimestamp":"2026-04-01T00:00:00Z"`, ""),
			want:   map[string]ownership.Owner{"app": {Name: "Repository r", Leaving: true}},
		},
		"OlderElsewhere": {
			reason: "Of two objects in two namespaces the older one has the thing.",
			have:   true, lookup: byLabel, found: repository("other", older, controller("2"), ""),
			want: map[string]ownership.Owner{"app": elsewhere},
		},
		"NewerElsewhere": {
			reason: "A newer object in another namespace takes nothing from this composite resource.",
			have:   true, lookup: byLabel, found: repository("other", newer, controller("2"), ""),
			want: map[string]ownership.Owner{},
		},
		"NewerElsewhereFirst": {
			reason: "Who has no object yet gives way to one that is there.",
			lookup: byLabel, found: repository("other", newer, controller("2"), ""),
			want: map[string]ownership.Owner{"app": elsewhere},
		},
		"ForgedUID": {
			reason: "An object in another namespace is not ours, whatever UID its controller claims.",
			have:   true, lookup: byLabel, found: repository("other", older, controller("1"), ""),
			want: map[string]ownership.Owner{"app": elsewhere},
		},
		"Observes": {
			reason: "An object that only observes is in nobody's way.",
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

// TestLookups shows whom a namespaced composite resource asks for. What is asked by a label costs what grows with the
// fleet, so it is not asked for longer than it can be answered.
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
		ours      *string // what is special of the spec of the object that this composite resource has
		exclusive bool
		want      []string
	}{
		"First":     {"Before there is an object, anybody may have the thing.", nil, false, []string{own, byLabel, clusterName, cluster}},
		"Exclusive": {"Somebody may have it from a time when that was allowed.", nil, true, []string{own, byLabel, clusterName, cluster}},
		"Looks":     {"An object that only observes has nothing yet.", &looks, true, []string{byLabel, clusterName, cluster}},
		"Writes":    {"Of two that began in one moment one has to give way.", &writes, false, []string{byLabel, clusterName}},
		"Settled":   {"Where no other namespace may begin, only a claim can.", &writes, true, []string{clusterName}},
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
