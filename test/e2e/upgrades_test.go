package e2e_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
)

func upgrades() []behaviour {
	return []behaviour{
		{
			name:   "an upgrade of the schema",
			reason: "what was made by the previous schema is kept by the next, and can be edited",
			alone:  true,
			run:    schemaIsUpgraded,
		},
	}
}

// schemaIsUpgraded makes a claim by the previous schema, which testdata keeps, and goes on with the present one.
func schemaIsUpgraded(s *scene) {
	kept, err := s.lab.Manifests("test/e2e/testdata/previous/xprojectregistry.yaml")
	s.must(err)
	present, err := s.lab.Manifests(s.manifests["ProjectRegistry"] + "/definition.yaml")
	s.must(err)
	previous := s.withSchema(present[0], kept[0])
	s.Cleanup(func() {
		if err := s.lab.Apply(context.Background(), present[0].DeepCopy()); err != nil {
			s.Error(err)
		}
	})
	// The present schema refuses a KMS key of another region; the previous one did not look.
	foreign := `images: [{name: odd, encryption: {type: KMS, kmsKey: "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000"}}]`

	s.must(s.lab.Apply(s.Context(), previous))
	odd := s.registry("odd")
	s.eventually("the previous schema is served", func() error { return odd.try("{region: eu-west-1, " + foreign + "}") })
	c := s.registry("app")
	c.apply(`images: [{name: api, lifecycle: {keepImages: 12}}, {name: web}]`)
	c.ready()
	before := s.lab.Snapshot(s.project)

	s.must(s.lab.Apply(s.Context(), present[0].DeepCopy()))
	s.must(s.lab.WaitForCondition(s.Context(), time.Minute, "Established", present[0]))
	strict := s.registry("strict")
	s.eventually("the present schema is served", func() error {
		// Nothing is kept of the tries: what was admitted once may stay as it is.
		if err := strict.dryRun("{region: eu-west-1, " + foreign + "}"); err == nil || !strings.Contains(err.Error(), "kmsKey") {
			return fmt.Errorf("the API server says %v", err)
		}
		return nil
	})

	c.ready()
	if diff := cmp.Diff(before, s.lab.Snapshot(s.project)); diff != "" {
		s.Errorf("AWS is as it was: -before, +after:\n%s", diff)
	}
	c.apply(`images: [{name: api, lifecycle: {keepImages: 6}}, {name: web}, {name: more}]`)
	s.policyHolds("api", "newest 6 tagged")
	s.exists(s.lifecyclePolicy("more"))
	c.ready()
	// What the present schema would not admit is still there to be mended.
	if text := plane.ConditionOf(odd.get(), "Valid"); text.Status != "False" {
		s.Errorf("the claim that the present schema would refuse says so: %v", text)
	}
	odd.delete()
	odd.gone()
}

// TestCrossplaneUpgrade upgrades Crossplane under claims that are in use: 1.20 to 2.4, which a platform with claims goes through
// some day. AWS does not notice, the claims can be edited, and the namespaced kinds can be installed then.
func TestCrossplaneUpgrade(t *testing.T) {
	if name := os.Getenv("E2E_VERSION"); name != "" {
		t.Skipf("it needs all versions, not %s alone", name)
	}
	l := start(t, plane.Crossplane120, nil)
	if l.Cloud == nil {
		t.Skip("only the stand-in provider can show this")
	}
	if err := l.Platform(t.Context(), parse(t, settings)); err != nil {
		t.Fatal(err)
	}
	s := newScene(t, l, claimed, "upgraded")
	t.Cleanup(func() {
		if t.Failed() {
			s.tell()
		}
	})
	s.oidcProvider()
	org := s.orgAccess("acme-upgraded")
	org.apply(orgAccessSpec(org.name))
	org.ready()
	c := s.registry("app")
	spec := func(keep int) string {
		return fmt.Sprintf(`{images: [{name: api, lifecycle: {keepImages: %d}}, {name: web}], github: {repositories: [api]}, orgAccessRef: {name: %s}, writeConnectionSecretToRef: {name: ecr}}`, keep, org.name)
	}
	c.apply(spec(12))
	c.ready()
	objects, before, role := s.objectNames(c), s.lab.Snapshot(s.project), c.projectRole()
	pushes, _ := l.Cloud.Look(role)

	s.must(l.UpgradeCrossplane(t.Context(), plane.Crossplane24))
	c.apply(spec(6))
	s.policyHolds("api", "newest 6 tagged")
	c.ready()
	org.ready()
	c.tellsPipelines("pushRoleArn", c.status("pushRoleArn"))
	s.kept(role, pushes)
	if err := still(s.lab, before); err != nil {
		s.Error(err)
	}
	after := s.objectNames(c)
	for _, name := range objects {
		if strings.HasPrefix(name, "Repository/") && !slices.Contains(after, name) {
			s.Errorf("%s was replaced: %v", name, after)
		}
	}

	// The new version's own way is open then.
	s.must(l.InstallProduct(t.Context()))
	next := newScene(t, l, namespaced, "after-the-upgrade").registry("app")
	next.apply(`images: [{name: api}]`)
	next.ready()
}

// withSchema returns an XRD with the schema of another one.
func (s *scene) withSchema(xrd, other *unstructured.Unstructured) *unstructured.Unstructured {
	s.Helper()
	u := xrd.DeepCopy()
	versions, _, err := unstructured.NestedSlice(u.Object, "spec", "versions")
	s.must(err)
	from, _, err := unstructured.NestedSlice(other.Object, "spec", "versions")
	s.must(err)
	versions[0].(map[string]any)["schema"] = from[0].(map[string]any)["schema"]
	s.must(unstructured.SetNestedSlice(u.Object, versions, "spec", "versions"))
	return u
}
