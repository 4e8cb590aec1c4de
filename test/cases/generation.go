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

// Where objects of the namespaced generation are.
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

// object is the composite resource of a kind. The tables are written in the claimed
// generation's words; one of the namespaced generation says the same in its own.
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

// translate is a spec as the namespaced generation writes it: references tell what the
// claimed one's cannot, and Crossplane's own fields have an object of their own.
func translate(spec map[string]any) map[string]any {
	out := make(map[string]any, len(spec))
	machinery := map[string]any{}
	for k, v := range spec {
		switch {
		case k == "orgAccessRef":
			out[k] = with(v, "namespace", orgAccessNamespace)
		case k == "providerConfigRef":
			out[k] = with(v, "kind", "ClusterProviderConfig")
		case strings.HasPrefix(k, "composition"):
			machinery[k] = v
		default:
			out[k] = v
		}
	}
	if len(machinery) > 0 {
		out["crossplane"] = machinery
	}
	return out
}

// with is a reference with a field that says what is meant where it is not written. A
// reference that is no object stays as it is.
func with(ref any, key, value string) any {
	r, ok := ref.(map[string]any)
	if !ok {
		return ref
	}
	out := map[string]any{key: value}
	maps.Copy(out, r)
	return out
}
