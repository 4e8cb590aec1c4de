package access

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/apis"
	"github.com/ontopix/crossplane-ecr/fn/function"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/internal/cli/files"
)

// A world is what the function is given: composite resources, and what it asks the cluster for.
type world struct {
	// composites by their identities, each with the name that people know it by.
	composites map[string]composite

	// inputs of the Compositions, by the kinds of composite resources.
	inputs map[string]map[string]any

	// cluster has EnvironmentConfigs and org accesses.
	cluster []*unstructured.Unstructured
}

type composite struct {
	of     string
	object *unstructured.Unstructured
}

// render renders what the files hold. It reports whether something was refused, and says why.
func (c *command) render(paths []string) (out []Rendering, refused bool, err error) {
	all, err := files.Read(c.In, paths...)
	if err != nil {
		return nil, false, err
	}
	w, err := newWorld()
	if err != nil {
		return nil, false, err
	}
	for _, f := range all {
		for _, fault := range f.Faults {
			refused = true
			c.Note("%s:%d:%d: %s", f.Name, fault.At.Line, fault.At.Column, fault.Rule)
		}
		for _, o := range f.Objects {
			w.add(o.Unstructured, c.namespace)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(w.composites)) {
		x := w.composites[id]
		objects, fatal, err := w.run(x.object)
		if err != nil {
			return nil, false, fmt.Errorf("%s: %w", x.of, err)
		}
		if fatal != "" {
			refused = true
			c.Note("%s is refused, and grants nothing new: %s", x.of, fatal)
			continue
		}
		out = append(out, Rendering{Of: x.of, Objects: objects})
	}
	return out, refused, nil
}

// newWorld returns one with the Inputs that the packages ship.
func newWorld() (*world, error) {
	w := &world{composites: map[string]composite{}, inputs: map[string]map[string]any{}}
	return w, fs.WalkDir(apis.Compositions, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := apis.Compositions.ReadFile(path)
		if err != nil {
			return err
		}
		f, err := files.Parse(path, raw)
		for _, o := range f.Objects {
			w.add(o.Unstructured, "")
		}
		return err
	})
}

// add adds an object, if it is one of those that matter.
func (w *world) add(u *unstructured.Unstructured, namespace string) {
	group, _, _ := strings.Cut(u.GetAPIVersion(), "/")
	switch {
	case group == managed.Claimed.Group && !strings.HasPrefix(u.GetKind(), "X"), group == managed.Namespaced.Group:
		if u.GetNamespace() == "" {
			u.SetNamespace(cmp.Or(namespace, "default"))
		}
		of := fmt.Sprintf("%s %s/%s", u.GetKind(), u.GetNamespace(), u.GetName())
		if group == managed.Claimed.Group {
			u = claimed(u)
		}
		w.compose(of, u)
	case group == managed.Claimed.Group:
		of := u.GetKind() + " " + u.GetName()
		if claim, ok, _ := unstructured.NestedStringMap(u.Object, "spec", "claimRef"); ok {
			of = fmt.Sprintf("%s %s/%s", claim["kind"], claim["namespace"], claim["name"])
		}
		w.compose(of, u)
	case u.GetKind() == "EnvironmentConfig":
		w.cluster = append(w.cluster, u)
	case u.GetKind() == "Composition":
		of, _, _ := unstructured.NestedStringMap(u.Object, "spec", "compositeTypeRef")
		steps, _, _ := unstructured.NestedSlice(u.Object, "spec", "pipeline")
		for _, s := range steps {
			step, _ := s.(map[string]any)
			if input, ok := step["input"].(map[string]any); ok && input["kind"] == "Input" {
				w.inputs[of["apiVersion"]+"/"+of["kind"]] = input
			}
		}
	}
}

// compose adds a composite resource. That of a claim is the same whether the claim or itself is given.
func (w *world) compose(of string, u *unstructured.Unstructured) {
	kind := strings.TrimPrefix(u.GetKind(), "X")
	w.composites[u.GetAPIVersion()+" "+kind+" "+of] = composite{of: of, object: u}
	if kind == "EcrOrgAccess" {
		w.cluster = append(w.cluster, u)
	}
}

// claimOnly are the fields of a claim that its composite resource does not have.
var claimOnly = []string{
	"compositeDeletePolicy", "compositionRef", "compositionRevisionRef", "resourceRef", "writeConnectionSecretToRef",
}

// claimed returns the composite resource that Crossplane makes of a claim, as far as access hangs on it.
func claimed(claim *unstructured.Unstructured) *unstructured.Unstructured {
	u := &unstructured.Unstructured{Object: map[string]any{}}
	u.SetAPIVersion(claim.GetAPIVersion())
	u.SetKind("X" + claim.GetKind())
	u.SetName(claim.GetName())
	u.SetLabels(claim.GetLabels())
	spec, _ := claim.Object["spec"].(map[string]any)
	spec = maps.Clone(spec)
	if spec == nil {
		spec = map[string]any{}
	}
	for _, f := range claimOnly {
		delete(spec, f)
	}
	spec["claimRef"] = map[string]any{
		"apiVersion": claim.GetAPIVersion(), "kind": claim.GetKind(), "namespace": claim.GetNamespace(), "name": claim.GetName(),
	}
	u.Object["spec"] = spec
	return u
}

// run renders a composite resource by the function, as Crossplane does on a first render.
func (w *world) run(u *unstructured.Unstructured) (objects []*unstructured.Unstructured, fatal string, err error) {
	req := &fnv1.RunFunctionRequest{
		Meta:     &fnv1.RequestMeta{Capabilities: []fnv1.Capability{fnv1.Capability_CAPABILITY_REQUIRED_RESOURCES}},
		Observed: &fnv1.State{Composite: &fnv1.Resource{}},
	}
	if req.Observed.Composite.Resource, err = structpb.NewStruct(u.Object); err != nil {
		return nil, "", err
	}
	if req.Input, err = structpb.NewStruct(w.inputs[u.GetAPIVersion()+"/"+u.GetKind()]); err != nil {
		return nil, "", err
	}
	f := function.New()
	var rsp *fnv1.RunFunctionResponse
	for asked := -1; asked < len(req.GetRequiredResources()); {
		asked = len(req.GetRequiredResources())
		if rsp, err = f.RunFunction(context.Background(), req); err != nil {
			return nil, "", err
		}
		if req.RequiredResources, err = w.fetch(rsp.GetRequirements().GetResources()); err != nil {
			return nil, "", err
		}
	}
	for _, r := range rsp.GetResults() {
		if r.GetSeverity() == fnv1.Severity_SEVERITY_FATAL {
			return nil, r.GetMessage(), nil
		}
	}
	for _, name := range slices.Sorted(maps.Keys(rsp.GetDesired().GetResources())) {
		raw, err := protojson.Marshal(rsp.GetDesired().GetResources()[name].GetResource())
		if err != nil {
			return nil, "", err
		}
		o := &unstructured.Unstructured{}
		if err := o.UnmarshalJSON(raw); err != nil {
			return nil, "", err
		}
		if o.GetNamespace() == "" {
			o.SetNamespace(u.GetNamespace())
		}
		objects = append(objects, o)
	}
	return objects, "", nil
}

// fetch answers what the function asks for by name. What it asks for by label is what others own already.
func (w *world) fetch(selectors map[string]*fnv1.ResourceSelector) (map[string]*fnv1.Resources, error) {
	out := map[string]*fnv1.Resources{}
	for key, s := range selectors {
		out[key] = &fnv1.Resources{}
		for _, o := range w.cluster {
			sameKind := o.GetAPIVersion() == s.GetApiVersion() && o.GetKind() == s.GetKind()
			if !sameKind || o.GetName() != s.GetMatchName() || o.GetNamespace() != s.GetNamespace() {
				continue
			}
			r, err := structpb.NewStruct(o.Object)
			if err != nil {
				return nil, err
			}
			out[key].Items = []*fnv1.Resource{{Resource: r}}
		}
	}
	return out, nil
}
