package orgaccess_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// platform has settings that allow org accesses in two namespaces.
const platform = `{guardrails: {orgAccessNamespaces: [platform, other], providerConfigs: [ProviderConfig/team]}}`

// inNamespace returns the request of an org access in a namespace, with the full spec.
func inNamespace(namespace string) request {
	return request{spec: full, namespace: namespace, capabilities: fntest.Modern, Request: fntest.Request{Input: platform}}
}

// as returns a desired resource as the object of another composite resource in the cluster.
func (r response) as(t *testing.T, key, namespace, more string) string {
	t.Helper()
	o := r.object(t, key)
	labels := ""
	for _, k := range []string{"ecr.ontopix.io/resource", "ecr.ontopix.io/role"} {
		if v := o.Metadata.Labels[k]; v != "" {
			labels += fmt.Sprintf("%s: %q, ", k, v)
		}
	}
	object := fmt.Sprintf("apiVersion: %s\nkind: %s\nmetadata: {name: %s, annotations: {crossplane.io/external-name: %q}, labels: {%s}, ownerReferences: [{apiVersion: a/v1, kind: EcrOrgAccess, name: theirs, uid: uid-theirs, controller: true}]", o.APIVersion, o.Kind, o.Metadata.Name, o.External(), labels)
	if namespace != "" {
		object += ", namespace: " + namespace
	}
	if region, ok := o.Spec.ForProvider["region"]; ok {
		more = strings.Replace(more, "spec: {", fmt.Sprintf("spec: {forProvider: {region: %s}, ", region), 1)
	}
	return object + more
}

// sharedParts are the keys of the parts that only one object may manage.
var sharedParts = []string{"push-role", "pull-role", "registry-policy", "scanning", "replication"}

// TestRivals shows who manages a part that objects of other namespaces, or of the other generation, manage already.
// Their names differ, so the API server does not refuse the second object.
func TestRivals(t *testing.T) {
	const managing = ", creationTimestamp: \"2026-01-01T00:00:00Z\"}\nspec: {managementPolicies: [Observe, Create, Update, Delete], providerConfigRef: {kind: ClusterProviderConfig, name: default}}\n"
	claimed := request{spec: full}
	cases := map[string]struct {
		reason    string
		of        request // that has objects already
		namespace string  // of these objects
		object    string
		ours      request
		taken     bool
	}{
		"another namespace": {
			reason: "objects of two namespaces must not write to one role",
			of:     inNamespace("other"), namespace: "other", object: managing, ours: inNamespace("platform"), taken: true,
		},
		"a claim's, for a namespaced one": {
			reason: "the claim manages it until the claim is deleted",
			of:     claimed, object: managing, ours: inNamespace("platform"), taken: true,
		},
		"a namespaced one's, for a claim": {
			reason: "a claim yields as well, if Crossplane says that namespaced kinds are served",
			of:     inNamespace("other"), namespace: "other", object: managing,
			ours: request{spec: full, capabilities: fntest.Modern}, taken: true,
		},
		"a namespaced one's, for a claim of an older Crossplane": {
			reason: "a lookup of a kind that is not served would stop the claim",
			of:     inNamespace("other"), namespace: "other", object: managing, ours: claimed,
		},
		"another account": {
			reason: "a ProviderConfig of another namespace is another account",
			of:     inNamespace("other"), namespace: "other", ours: inNamespace("platform"),
			object: strings.Replace(managing, "kind: ClusterProviderConfig", "kind: ProviderConfig", 1),
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			theirs := c.of.run(t)
			var cluster []string
			for _, key := range sharedParts {
				cluster = append(cluster, theirs.as(t, key, c.namespace, c.object))
			}
			c.ours.Cluster = strings.Join(cluster, "\n---\n")
			r := c.ours.run(t)
			if fatal := r.fatal(); fatal != "" {
				t.Fatalf("%s\nwant nothing fatal, got %s", c.reason, fatal)
			}
			want := []string{"oidc-provider"}
			if !c.taken {
				want = []string{"oidc-provider", "pull-policy", "pull-role", "push-policy", "push-role", "registry-policy", "replication", "scanning"}
			}
			if diff := cmp.Diff(want, r.keys()); diff != "" {
				t.Errorf("%s\nrendered: -want, +got:\n%s", c.reason, diff)
			}
			valid := r.valid()
			if got := strings.HasPrefix(valid, "False ResourceTaken") && strings.Contains(valid, "EcrOrgAccess theirs"); got != c.taken {
				t.Errorf("%s\ntaken: want %t, got %s", c.reason, c.taken, valid)
			}
			if ready := r.GetDesired().GetComposite().GetReady(); (ready == fnv1.Ready_READY_FALSE) != c.taken {
				t.Errorf("%s\nready: got %s", c.reason, ready)
			}
		})
	}
}

// TestRivalsOfTheSameMoment shows two org accesses that were created at once, so that neither saw the other: the
// younger one releases what the older one manages, and AWS keeps it.
func TestRivalsOfTheSameMoment(t *testing.T) {
	ours := inNamespace("platform")
	first := ours.run(t)
	seen := first.observe(t)
	for key, o := range seen {
		o = strings.Replace(o, "kind: XEcrOrgAccess", "kind: EcrOrgAccess", 1)
		seen[key] = strings.Replace(o, "metadata:\n", "metadata:\n  namespace: platform\n  creationTimestamp: \"2026-02-02T00:00:00Z\"\n", 1)
	}
	ours.Observed = seen
	theirs := inNamespace("other").run(t)
	cluster := func(created string) string {
		var all []string
		for _, key := range sharedParts {
			all = append(all, theirs.as(t, key, "other", ", creationTimestamp: \""+created+"\"}\nspec: {managementPolicies: [Observe, Create, Update, Delete], providerConfigRef: {kind: ClusterProviderConfig, name: default}}\n"))
		}
		return strings.Join(all, "\n---\n")
	}

	ours.Cluster = cluster("2026-03-03T00:00:00Z")
	older := ours.run(t)
	if got := older.valid(); got != "True Valid" {
		t.Errorf("the older stays valid: %s", got)
	}
	if !slices.Equal(older.keys(), first.keys()) {
		t.Errorf("the older keeps its resources: %v", older.keys())
	}

	ours.Cluster = cluster("2026-01-01T00:00:00Z")
	younger := ours.run(t)
	if got := younger.valid(); !strings.HasPrefix(got, "False ResourceTaken") {
		t.Errorf("the younger yields: %s", got)
	}
	if !slices.Equal(younger.keys(), first.keys()) {
		t.Errorf("objects with Delete must not be dropped yet: %v", younger.keys())
	}
	for _, key := range younger.keys() {
		if key == "oidc-provider" {
			continue
		}
		if got := younger.object(t, key).Spec.ManagementPolicies; !slices.Equal(got, []string{"Observe"}) {
			t.Errorf("%s may only observe before it is dropped: %v", key, got)
		}
	}

	for key, o := range seen {
		if key != "oidc-provider" {
			seen[key] = strings.Replace(o, "  - Delete\n", "", 1)
		}
	}
	if gone := ours.run(t); !slices.Equal(gone.keys(), []string{"oidc-provider"}) {
		t.Errorf("objects without Delete must be dropped: %v", gone.keys())
	}
}
