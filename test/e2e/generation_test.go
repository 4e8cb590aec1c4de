package e2e_test

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/ontopix/crossplane-ecr/internal/fake/provider"
	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
)

// A generation is one of the two ways in which a team writes what it wants: as a claim or as a namespaced composite
// resource. It holds all differences between the two; behaviours do not know which one they run for.
type generation struct {
	name string
	// group is the API group of what a team writes.
	group string
	// provider is a part of the provider's API groups, as in ecr.<provider>.upbound.io.
	provider string
	// manifests is the directory of the ProjectRegistry's XRD and Composition, composition the Composition's name.
	manifests, composition string
	// xrKind is the kind of the composite resource that a ProjectRegistry is or has.
	xrKind string
	// unready is the reason of Ready while something is being created: a claim waits for its composite resource.
	unready string
	// suffix tells the two apart in names that they share: of namespaces, and of an account's roles.
	suffix string
}

var (
	claimed = &generation{
		name: "claims", group: "ecr.ontopix.io", provider: "aws", xrKind: "XProjectRegistry", unready: "Waiting",
		manifests: "apis/xprojectregistry", composition: "xprojectregistries.ecr.ontopix.io",
	}
	namespaced = &generation{
		name: "namespaced", group: "ecr.m.ontopix.io", provider: "aws.m", xrKind: "ProjectRegistry", unready: "Creating", suffix: "-m",
		manifests: "apis/m/projectregistry", composition: "projectregistries.ecr.m.ontopix.io",
	}
)

// generations returns the generations that a version of Crossplane serves.
func generations(v plane.Version) []*generation {
	if !v.Modern {
		return []*generation{claimed}
	}
	return []*generation{claimed, namespaced}
}

func (g *generation) namespaced() bool { return g == namespaced }

// apiVersion returns the API version of what a team writes.
func (g *generation) apiVersion() string { return g.group + "/v1alpha1" }

// managed returns the group, version and kind by which the function renders a kind of the provider.
func (g *generation) managed(kind string) schema.GroupVersionKind {
	for _, family := range []string{"ecr", "iam"} {
		if k, ok := provider.KindOf(schema.GroupKind{Group: family + "." + g.provider + ".upbound.io", Kind: kind}); ok {
			return k.GroupVersionKind
		}
	}
	panic("the provider has no " + kind)
}

// crossplaneFields are Crossplane's fields in the spec of a claim. A namespaced composite resource has them below
// spec.crossplane.
var crossplaneFields = []string{
	"compositionRef", "compositionSelector", "compositionRevisionRef", "compositionRevisionSelector", "compositionUpdatePolicy",
}

// platformNamespace is the namespace of the platform team's objects.
const platformNamespace = "platform"

// spec returns a claim's spec in the form of the generation. It changes what docs/namespaced.md tells a team to change.
func (g *generation) spec(of map[string]any) map[string]any {
	if !g.namespaced() {
		return of
	}
	crossplane := map[string]any{}
	for _, name := range crossplaneFields {
		if v, ok := of[name]; ok {
			crossplane[name] = v
			delete(of, name)
		}
	}
	if len(crossplane) > 0 {
		of["crossplane"] = crossplane
	}
	if ref, ok := of["orgAccessRef"].(map[string]any); ok {
		ref["namespace"] = platformNamespace
	}
	// Pipelines read a ConfigMap.
	delete(of, "writeConnectionSecretToRef")
	return of
}

// revision returns the name of the CompositionRevision that a composite resource uses.
func revision(xr *unstructured.Unstructured) string {
	for _, path := range [][]string{{"spec", "compositionRevisionRef", "name"}, {"spec", "crossplane", "compositionRevisionRef", "name"}} {
		if name, _, _ := unstructured.NestedString(xr.Object, path...); name != "" {
			return name
		}
	}
	return ""
}
