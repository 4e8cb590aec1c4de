package orgaccess_test

import (
	"strings"
	"testing"

	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// TestTaken shows that a part that another object manages is not rendered, and that the other parts are.
func TestTaken(t *testing.T) {
	base := request{spec: full}.run(t)
	for _, key := range []string{"oidc-provider", "push-role", "pull-role", "registry-policy", "scanning", "replication"} {
		t.Run(key, func(t *testing.T) {
			o := base.object(t, key)
			object := func(meta string) string {
				return "apiVersion: " + o.APIVersion + "\nkind: " + o.Kind + "\nmetadata: {name: " + o.Metadata.Name + ", " + meta + "}\n"
			}
			const theirs = "ownerReferences: [{apiVersion: ecr.ontopix.io/v1alpha1, kind: XEcrOrgAccess, name: theirs, uid: uid-theirs, controller: true}]"

			r := request{spec: full, Request: fntest.Request{Cluster: object(theirs)}}.run(t)
			if _, ok := r.GetDesired().GetResources()[key]; ok {
				t.Error("it is rendered, although another object manages it")
			}
			if strings.HasSuffix(key, "-role") {
				if _, ok := r.GetDesired().GetResources()[strings.Replace(key, "-role", "-policy", 1)]; ok {
					t.Error("the role's policy is rendered, although another object manages the role")
				}
			}
			if want := len(base.keys()) - 1; len(r.keys()) < want-1 {
				t.Errorf("other parts are missing: %v", r.keys())
			}
			valid := r.valid()
			if !strings.HasPrefix(valid, "False ResourceTaken") || !strings.Contains(valid, "XEcrOrgAccess theirs") {
				t.Errorf("the owner is not named: %s", valid)
			}
			if r.fatal() != "" || r.GetDesired().GetComposite().GetReady().String() != "READY_FALSE" {
				t.Error("the composite resource must not be ready, and must not fail")
			}
			if got := strings.Contains(valid, "Existing"); got != (key == "oidc-provider") {
				t.Errorf("only an identity provider can be shared: %s", valid)
			}

			r = request{spec: full, Request: fntest.Request{Cluster: object("labels: {a: b}")}}.run(t)
			if _, ok := r.GetDesired().GetResources()[key]; !ok {
				t.Error("an object that nobody controls must be taken over")
			}
			r = request{spec: full, Request: fntest.Request{Cluster: object(`deletionTimestamp: "2026-11-23T00:00:00Z"`)}}.run(t)
			if _, ok := r.GetDesired().GetResources()[key]; ok || !strings.Contains(r.advice(t), "is being deleted") {
				t.Error("an object that is being deleted must be waited for")
			}
		})
	}
}

// TestLookups shows that the first run asks for one object of each part that another object may manage.
func TestLookups(t *testing.T) {
	r := request{spec: full}.run(t)
	if len(r.GetRequirements().GetResources()) != 6 || len(r.GetRequirements().GetExtraResources()) != 6 { //nolint:staticcheck // Crossplane 1 knows no other field
		t.Errorf("want six objects, in the fields of both Crossplane versions: %v", r.GetRequirements())
	}
}
