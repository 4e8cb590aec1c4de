package e2e_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
)

var upgrades = []behaviour{
	{
		name:   "an upgrade of the schema",
		reason: "What was created under the previous schema, which is in testdata, is kept under the next one and can be edited.",
		alone:  true,
		run: func(s *scene) {
			present := func(ctx context.Context) error {
				xrds, err := s.lab.Manifests(s.manifests + "/definition.yaml")
				if err != nil {
					return err
				}
				return s.lab.Apply(ctx, xrds...)
			}
			s.Cleanup(func() {
				if err := present(context.Background()); err != nil {
					s.Error(err)
				}
			})
			// The present schema refuses a KMS key of another region; the previous one did not.
			const key = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000"
			const foreign = `{region: eu-west-1, images: [{name: odd, encryption: {type: KMS, kmsKey: "` + key + `"}}]}`

			s.must(s.lab.Apply(s.Context(), s.previousDefinition()))
			odd := s.registry("odd")
			s.eventually("the previous schema is served", func() error { return s.lab.Apply(s.Context(), odd.of(foreign)) })
			c := s.registry("app").settle(`images: [{name: api, lifecycle: {keepImages: 12}}, {name: web}]`)
			before := s.lab.Snapshot(s.project)

			s.must(present(s.Context()))
			strict := s.registry("strict").of(foreign)
			s.eventually("the present schema is served", func() error {
				// A dry run, since an object that was admitted once may keep its fault.
				dry := client.ApplyConfigurationFromUnstructured(strict.DeepCopy())
				err := s.lab.Client.Apply(s.Context(), dry, client.FieldOwner("e2e"), client.DryRunAll)
				return holds(fmt.Sprint(err), "kmsKey")
			})

			c.ready()
			s.must(s.unchanged(before))
			c.apply(`images: [{name: api, lifecycle: {keepImages: 6}}, {name: web}, {name: more}]`)
			s.policyHolds("api", "newest 6 tagged")
			s.exists(s.lifecyclePolicy("more"))
			c.ready()
			// A claim that the present schema refuses is still there, to be corrected.
			if got := plane.ConditionOf(odd.get(), "Valid"); got.Status != "False" {
				s.Errorf("want the claim that the present schema refuses to be invalid, got %s", got)
			}
			odd.deleted()
		},
	},
}

// previousDefinition returns the XRD of ProjectRegistries with the schema of the previous release.
func (s *scene) previousDefinition() *unstructured.Unstructured {
	s.Helper()
	xrds, err := s.lab.Manifests(s.manifests+"/definition.yaml", "test/e2e/testdata/previous/xprojectregistry.yaml")
	s.must(err)
	versions, _, err := unstructured.NestedSlice(xrds[0].Object, "spec", "versions")
	s.must(err)
	previous, _, err := unstructured.NestedSlice(xrds[1].Object, "spec", "versions")
	s.must(err)
	versions[0].(map[string]any)["schema"] = previous[0].(map[string]any)["schema"]
	s.must(unstructured.SetNestedSlice(xrds[0].Object, versions, "spec", "versions"))
	return xrds[0]
}

// TestCrossplaneUpgrade upgrades Crossplane from 1.20 to 2.4 under claims that are in use. Nothing changes in AWS, the
// claims can be edited, and the namespaced kinds can then be installed.
func TestCrossplaneUpgrade(t *testing.T) {
	if name := os.Getenv("E2E_VERSION"); name != "" {
		t.Skipf("it needs all versions, not only %s", name)
	}
	l := start(t, plane.Crossplane120, nil)
	if l.Cloud == nil {
		t.Skip("only the stand-in provider can show this")
	}
	if err := l.Platform(t.Context(), settings); err != nil {
		t.Fatal(err)
	}
	behaviour{reason: "A platform with claims can upgrade Crossplane.", name: "upgraded", run: crossplaneIsUpgraded}.on(t, l, claimed)
}

func crossplaneIsUpgraded(s *scene) {
	org := s.grants("acme-upgraded")
	c := s.registry("app")
	spec := func(keep int) string {
		return fmt.Sprintf(`
images: [{name: api, lifecycle: {keepImages: %d}}, {name: web}]
github: {repositories: [api]}
orgAccessRef: {name: %s}
writeConnectionSecretToRef: {name: ecr}
`, keep, org.name)
	}
	c.settle(spec(12))
	objects, before, role := c.objectNames(), things(s.lab.Snapshot(s.project)), s.things(c.projectRole())

	s.must(s.lab.UpgradeCrossplane(s.Context(), plane.Crossplane24))
	c.apply(spec(6))
	s.policyHolds("api", "newest 6 tagged")
	c.ready()
	org.ready()
	c.tellsPipelines("pushRoleArn", c.status("pushRoleArn"))
	s.kept(role)
	s.kept(before)
	after := c.objectNames()
	for _, name := range objects {
		if strings.HasPrefix(name, "Repository/") && !slices.Contains(after, name) {
			s.Errorf("%s was replaced: %v", name, after)
		}
	}

	// The namespaced kinds can now be used.
	s.must(s.lab.InstallProduct(s.Context()))
	newScene(s.T, s.lab, namespaced, "after-the-upgrade").registry("app").settle(`images: [{name: api}]`)
}
