package e2e_test

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/ontopix/crossplane-ecr/internal/fake/provider"
	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
)

// A generation is one of the two ways in which a team writes what it wants: by a claim, or by a namespaced composite resource.
// It is all that tells the two apart; behaviours do not know which one they run for.
type generation struct {
	name string
	// group of what a team writes.
	group string
	// of the provider's groups, as in ecr.<provider>.upbound.io.
	provider string
	// manifests is the directory of the ProjectRegistry's XRD and Composition, composition the name of the latter.
	manifests, composition string
	// xrKind is the kind of the composite resource that a ProjectRegistry is, or has made for it.
	xrKind string
	// unready is the reason of Ready while something is being made: a claim waits for its composite resource.
	unready string
	// suffix keeps the two apart where they share something: namespaces, roles of an account.
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

// generations returns those that a version of Crossplane has.
func generations(v plane.Version) []*generation {
	if !v.Modern {
		return []*generation{claimed}
	}
	return []*generation{claimed, namespaced}
}

func (g *generation) namespaced() bool { return g == namespaced }

// apiVersion of what a team writes.
func (g *generation) apiVersion() string { return g.group + "/v1alpha1" }

// managed returns what identifies a kind of the provider, as the function renders it.
func (g *generation) managed(kind string) schema.GroupVersionKind {
	for _, family := range []string{"ecr", "iam"} {
		if k, ok := provider.KindOf(schema.GroupKind{Group: family + "." + g.provider + ".upbound.io", Kind: kind}); ok {
			return k.GroupVersionKind
		}
	}
	panic("the provider has no " + kind)
}

// crossplanesOwn are the fields that Crossplane has in the spec of a claim, and below spec.crossplane of a namespaced composite
// resource.
var crossplanesOwn = []string{
	"compositionRef", "compositionSelector", "compositionRevisionRef", "compositionRevisionSelector", "compositionUpdatePolicy",
}

// platformNamespace is where the platform team's own objects are.
const platformNamespace = "platform"

// spec returns a claim's spec as the generation has it. This is what docs/namespaced.md tells a team to do with its own.
func (g *generation) spec(of map[string]any) map[string]any {
	if !g.namespaced() {
		return of
	}
	machinery := map[string]any{}
	for _, name := range crossplanesOwn {
		if v, ok := of[name]; ok {
			machinery[name] = v
			delete(of, name)
		}
	}
	if len(machinery) > 0 {
		of["crossplane"] = machinery
	}
	if ref, ok := of["orgAccessRef"].(map[string]any); ok {
		ref["namespace"] = platformNamespace
	}
	// What a pipeline needs is in a ConfigMap.
	delete(of, "writeConnectionSecretToRef")
	return of
}

// revision returns the name of the Composition's revision that a composite resource is made with.
func revision(xr *unstructured.Unstructured) string {
	for _, path := range [][]string{{"spec", "compositionRevisionRef", "name"}, {"spec", "crossplane", "compositionRevisionRef", "name"}} {
		if name, _, _ := unstructured.NestedString(xr.Object, path...); name != "" {
			return name
		}
	}
	return ""
}
