package cases

import (
	"maps"
	"strings"
)

// Names of the generations in the tables.
const (
	claimed    = "claimed"
	namespaced = "namespaced"
)

// Names of objects of the namespaced generation.
const (
	namespace          = "team"
	orgAccessNamespace = "platform"
	orgAccessName      = "ontopix"
)

func generationOf(kind string) string {
	if strings.HasPrefix(kind, "X") {
		return claimed
	}
	return namespaced
}

// object returns the composite resource of a kind. The tables have specs of the claimed generation; for the namespaced
// one they are translated.
func object(kind string, spec any) map[string]any {
	o := map[string]any{
		"apiVersion": "ecr.ontopix.io/v1alpha1",
		"kind":       kind,
		"metadata":   map[string]any{"name": "case"},
		"spec":       spec,
	}
	if generationOf(kind) == claimed {
		return o
	}
	o["apiVersion"] = "ecr.m.ontopix.io/v1alpha1"
	o["metadata"] = map[string]any{"name": "case", "namespace": namespace}
	if s, ok := spec.(map[string]any); ok {
		o["spec"] = translate(s)
	}
	return o
}

// translate returns a spec of the namespaced generation: references have a namespace or a kind, and Crossplane's own
// fields are in an object of their own.
func translate(spec map[string]any) map[string]any {
	out := make(map[string]any, len(spec))
	crossplane := map[string]any{}
	for k, v := range spec {
		switch {
		case k == "orgAccessRef":
			out[k] = with(v, "namespace", orgAccessNamespace)
		case k == "providerConfigRef":
			out[k] = with(v, "kind", "ClusterProviderConfig")
		case strings.HasPrefix(k, "composition"):
			crossplane[k] = v
		default:
			out[k] = v
		}
	}
	if len(crossplane) > 0 {
		out["crossplane"] = crossplane
	}
	return out
}

// with returns a reference with a default for one of its fields. It does not change a reference that is not an object.
func with(ref any, key, value string) any {
	r, ok := ref.(map[string]any)
	if !ok {
		return ref
	}
	out := map[string]any{key: value}
	maps.Copy(out, r)
	return out
}
