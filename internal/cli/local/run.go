package local

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/protostruct"
	crd "github.com/ontopix/crossplane-ecr/internal/schema"
)

// An Outcome is the function's answer for a composite resource.
type Outcome struct {
	// Findings about the composite resource and the settings.
	Findings []Finding

	// Refused reports whether nothing would be rendered.
	Refused bool

	// Desired are the composed resources by composition resource name. Status is that of the composite resource.
	Desired map[string]*unstructured.Unstructured
	Status  map[string]any

	// Missing is the org access that the composite resource refers to and that was not given; empty if there is none.
	Missing string
}

// Errors returns the findings that are errors.
func (o Outcome) Errors() []Finding {
	return slices.DeleteFunc(slices.Clone(o.Findings), func(f Finding) bool { return f.Level != Error })
}

// LifecyclePolicy returns the lifecycle policy of an image's repository; empty if it has none.
func (o Outcome) LifecyclePolicy(image string) string {
	for key, u := range o.Desired {
		if hash, ok := strings.CutPrefix(key, "lifecycle/"+image+"/"); ok && !strings.Contains(hash, "/") {
			return ForProvider(u, "policy")
		}
	}
	return ""
}

// ForProvider returns a string in spec.forProvider of a managed resource; empty if there is no resource or field.
func ForProvider(u *unstructured.Unstructured, field string) string {
	if u == nil {
		return ""
	}
	s, _, _ := unstructured.NestedString(u.Object, "spec", "forProvider", field)
	return s
}

// maxCalls is the maximum number of calls of the function: Crossplane gives up after five.
const maxCalls = 5

// Run validates a claim or composite resource by its schema, and runs the function on it.
func (s *Set) Run(ctx context.Context, c *Composite) (Outcome, error) {
	refused, err := c.Kind.Validate(ctx, c.Object.Object)
	if err != nil {
		return Outcome{}, err
	}
	o, faults, err := s.answer(c.XR, c, c.settings)
	if err != nil {
		return Outcome{}, err
	}
	if c.Kind.Claims != "" && slices.ContainsFunc(refused, func(e *field.Error) bool { return e.Field == namePath.String() }) {
		// The schema reports the name. The function reports that of the composite resource, which the author did not write.
		o.Findings = slices.DeleteFunc(o.Findings, func(f Finding) bool { return f.Path == namePath.String() })
		faults = slices.DeleteFunc(faults, func(f fault.Fault) bool { return f.Path.String() == namePath.String() })
	}
	malformed, err := validateMetadata(c.Object.Object)
	if err != nil {
		return Outcome{}, err
	}
	for _, f := range malformed {
		o.Findings = append(o.Findings, c.place(ofFault(Error, f), f.Path.String()))
		o.Refused = true
	}
	faults = append(faults, malformed...)
	for _, e := range refused {
		if !covers(faults, e) {
			o.Findings = append(o.Findings, c.place(ofSchema(e), e.Field))
			o.Refused = true
		}
	}
	o.Findings = Sorted(o.Findings)
	return o, nil
}

// namePath is the path of an object's name.
var namePath = field.NewPath("metadata", "name")

// metadata is the metadata that the author of an object writes.
type metadata struct {
	Name         string            `json:"name"`
	GenerateName string            `json:"generateName"`
	Namespace    string            `json:"namespace"`
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations"`
}

// validateMetadata returns what the API server cannot decode in the metadata of an object: a label that is a number, say.
func validateMetadata(object map[string]any) (fault.List, error) {
	written, _ := object["metadata"].(map[string]any)
	s, err := structpb.NewStruct(written)
	if err != nil {
		return nil, err
	}
	return protostruct.Decode(s, &metadata{}, field.NewPath("metadata")), nil
}

// place returns a finding with the place of a field in the author's file.
func (c *Composite) place(f Finding, path string) Finding {
	f.File, f.At, f.Object = c.File, c.Node.Position(path), c.Author()
	return f
}

// covers reports whether the function has a fault at, above or below the field of an error of the schema. The function's
// message is the better one.
func covers(faults fault.List, e *field.Error) bool {
	path := dotted.Replace(e.Field)
	return slices.ContainsFunc(faults, func(f fault.Fault) bool {
		other := dotted.Replace(f.Path.String())
		return within(other, path) || within(path, other)
	})
}

// within reports whether a field is another one, or below it.
func within(path, above string) bool {
	rest, ok := strings.CutPrefix(path, above)
	return ok && (rest == "" || rest[0] == '.')
}

// dotted writes keys and indices with dots, since the schema writes keys with dots.
var dotted = strings.NewReplacer("[", ".", "]", "")

// ofSchema returns the finding of an error of the schema, without its place.
func ofSchema(e *field.Error) Finding {
	f := Finding{Level: Error, Path: e.Field, Rule: crd.Rule(e) + " (the API's rule)", Owner: string(fault.API), ID: "schema"}
	switch v := e.BadValue.(type) {
	case string:
		if e.Type != field.ErrorTypeRequired && e.Type != field.ErrorTypeForbidden && v != "" {
			f.Value = fmt.Sprintf("%q", fault.Truncate(v, 120))
		}
	case int64, float64, bool:
		f.Value = fmt.Sprint(v)
	}
	return f
}

// answer runs the function on a composite resource, and returns the faults among its findings too. c is the object of the
// author. If it is nil, only findings in the settings are returned.
func (s *Set) answer(u *unstructured.Unstructured, c *Composite, inForce *settings) (Outcome, fault.List, error) {
	input := inForce.input(u.GroupVersionKind())
	if s.Shipped() {
		input = input.allowOrgAccess(u)
	}
	in, answer, missing, err := s.ask(u, input, inForce)
	if err != nil {
		return Outcome{}, nil, err
	}
	rsp := composite.Respond(in, composite.ReadXR(in.GetObserved().GetComposite().GetResource()), answer)

	o := Outcome{Missing: missing}
	add := func(f Finding, path string) {
		if p, rest := inForce.part(path, input); p != nil {
			f.File, f.At = p.File, p.position(rest)
		} else if c != nil {
			f = c.place(f, path)
		} else {
			return
		}
		o.Findings = append(o.Findings, f)
	}
	for _, f := range answer.Faults {
		add(ofFault(Error, f), f.Path.String())
	}
	for _, f := range answer.Warnings {
		add(ofFault(Warning, f), f.Path.String())
	}
	if answer.Refused && len(answer.Faults) == 0 {
		add(Finding{Level: Error, Rule: answer.Valid.Message, ID: answer.Valid.Reason}, "")
	}
	o.Refused = answer.Refused
	if o.Desired, err = desired(rsp, u); err != nil {
		return o, answer.Faults, err
	}
	o.Status, _ = rsp.GetDesired().GetComposite().GetResource().AsMap()["status"].(map[string]any)
	advice, _ := o.Status["advice"].([]any)
	for _, a := range advice {
		a, _ := a.(map[string]any)
		path, _ := a["path"].(string)
		message, _ := a["message"].(string)
		add(Finding{Level: Advice, Path: path, Rule: message, ID: "advice"}, path)
	}
	return o, answer.Faults, nil
}

// ask calls the function until it has all objects that it asks for. It returns the last request and answer, and the org
// access that was not given; empty if none is missing.
func (s *Set) ask(
	u *unstructured.Unstructured, input *part, inForce *settings,
) (in *fnv1.RunFunctionRequest, answer composite.Answer, missing string, err error) {
	in = &fnv1.RunFunctionRequest{Observed: &fnv1.State{Composite: &fnv1.Resource{}}, RequiredResources: map[string]*fnv1.Resources{}}
	if in.Observed.Composite.Resource, err = structpb.NewStruct(u.Object); err != nil {
		return nil, answer, "", err
	}
	written, _ := input.Settings.(map[string]any)
	if in.Input, err = structpb.NewStruct(written); err != nil {
		return nil, answer, "", err
	}
	answer = s.function.Answer(in)
	for calls := 1; answer.Waits && calls < maxCalls; calls++ {
		for _, l := range answer.Lookups {
			if l.Served {
				continue
			}
			object, given := s.lookUp(l, u, inForce)
			if !given {
				missing = strings.TrimPrefix(l.Namespace+"/"+l.Name, "/")
			}
			if in.RequiredResources[l.Key], err = resources(l, object); err != nil {
				return nil, answer, "", err
			}
		}
		answer = s.function.Answer(in)
	}
	return in, answer, missing, nil
}

// part returns the part of the settings that has a path, and the path in it; nil if the path is in no file of settings.
func (s *settings) part(path string, input *part) (*part, string) {
	for root, p := range map[string]*part{"platformConfig": s.config, "input": input} {
		rest, ok := strings.CutPrefix(path, root)
		if ok && (rest == "" || rest[0] == '.' || rest[0] == '[') && p != nil && p.Node != nil {
			return p, strings.TrimPrefix(rest, ".")
		}
	}
	return nil, ""
}

// lookUp returns the object that the function asks for; nil if no file has it. For an org access that was not given it
// returns a stand-in and false.
func (s *Set) lookUp(l composite.Lookup, u *unstructured.Unstructured, inForce *settings) (object map[string]any, given bool) {
	switch {
	case l.Name == "":
	case l.Kind == environmentKind.Kind && inForce.config != nil:
		object = map[string]any{}
		if inForce.config.Settings != nil {
			object["data"] = inForce.config.Settings
		}
	case strings.HasSuffix(l.Kind, "EcrOrgAccess"):
		if object = s.orgAccess(l, inForce); object == nil {
			return standIn(u, inForce), false
		}
	}
	return object, true
}

// resources returns an object, or none if it is nil, as Crossplane returns it for a lookup.
func resources(l composite.Lookup, object map[string]any) (*fnv1.Resources, error) {
	if object == nil {
		return &fnv1.Resources{}, nil
	}
	unstructured.RemoveNestedField(object, "metadata")
	u := &unstructured.Unstructured{Object: object}
	u.SetGroupVersionKind(schema.FromAPIVersionAndKind(l.APIVersion, l.Kind))
	u.SetName(l.Name)
	u.SetNamespace(l.Namespace)
	r, err := structpb.NewStruct(object)
	return &fnv1.Resources{Items: []*fnv1.Resource{{Resource: r}}}, err
}

// suffix is the length of the suffix that Crossplane appends to the name of a claim.
const suffix = len("-abcde")

// orgAccess returns an org access. It is one of the composite resources, by its own name or that of its claim, or else one
// that was given beside settings. Several composite resources of the name are in different clusters: the one under the
// same settings is preferred.
func (s *Set) orgAccess(l composite.Lookup, inForce *settings) map[string]any {
	var found *Composite
	for _, c := range s.Composites {
		u := c.XR
		if u.GetKind() != l.Kind || u.GetAPIVersion() != l.APIVersion || u.GetNamespace() != l.Namespace {
			continue
		}
		claimed := c.Kind.Claims != "" && len(l.Name) == len(c.GetName())+suffix && strings.HasPrefix(l.Name, c.GetName()+"-")
		if (u.GetName() == l.Name || claimed) && (found == nil || found.settings != inForce && c.settings == inForce) {
			found = c
		}
	}
	if found != nil {
		return found.XR.DeepCopy().Object
	}
	for _, o := range s.sources.orgAccesses {
		if o.GetKind() == l.Kind && o.GetAPIVersion() == l.APIVersion && o.GetNamespace() == l.Namespace && o.GetName() == l.Name {
			return o.DeepCopy().Object
		}
	}
	return nil
}

// standIn returns an org access for one that was not given, so that everything else can be checked.
func standIn(u *unstructured.Unstructured, inForce *settings) map[string]any {
	region, _, _ := unstructured.NestedString(u.Object, "spec", "region")
	if region == "" && inForce.config != nil {
		data, _ := inForce.config.Settings.(map[string]any)
		region, _ = data["region"].(string)
	}
	spec := map[string]any{
		"accountId": "000000000000",
		"github":    map[string]any{"organization": "organization", "organizationId": "1"},
	}
	if p := aws.Partition(region); p != "" {
		spec["partition"] = p
	}
	return map[string]any{"spec": spec}
}

// desired returns the resources of a response as Crossplane would create them.
func desired(rsp *fnv1.RunFunctionResponse, u *unstructured.Unstructured) (map[string]*unstructured.Unstructured, error) {
	all := map[string]*unstructured.Unstructured{}
	for key, r := range rsp.GetDesired().GetResources() {
		raw, err := protojson.Marshal(r.GetResource())
		if err != nil {
			return nil, err
		}
		object := &unstructured.Unstructured{}
		if err := object.UnmarshalJSON(raw); err != nil {
			return nil, fmt.Errorf("desired %s: %w", key, err)
		}
		if u.GetNamespace() != "" {
			object.SetNamespace(u.GetNamespace())
		}
		all[key] = object
	}
	return all, nil
}

// Shipped reports whether there are no settings: those of the packages are then in force.
func (s *Set) Shipped() bool { return s.sources.empty() }

// CheckSettings returns the findings in the settings, whatever objects they are in force for.
func (s *Set) CheckSettings() ([]Finding, error) {
	if s.Shipped() {
		return nil, nil
	}
	settings, err := s.sources.all()
	if err != nil {
		return nil, err
	}
	var all []Finding
	for _, inForce := range settings {
		for _, u := range probes() {
			o, _, err := s.answer(u, nil, inForce)
			if err != nil {
				return nil, err
			}
			all = append(all, o.Findings...)
		}
	}
	return Sorted(all), nil
}

// probes returns a valid composite resource of each kind: only settings can make the function refuse it.
func probes() []*unstructured.Unstructured {
	probe := func(kind string, spec map[string]any) *unstructured.Unstructured {
		u := &unstructured.Unstructured{Object: map[string]any{"spec": spec}}
		u.SetGroupVersionKind(schema.GroupVersionKind{Group: v1alpha1.Group, Version: v1alpha1.Version, Kind: kind})
		u.SetName("probe")
		return u
	}
	return []*unstructured.Unstructured{
		probe(v1alpha1.XProjectRegistryKind, map[string]any{
			"project": "probe", "region": "eu-central-1", "images": []any{map[string]any{"name": "probe"}},
		}),
		probe(v1alpha1.XEcrOrgAccessKind, map[string]any{
			"accountId": "000000000000", "region": "eu-central-1", "github": map[string]any{"organization": "organization", "organizationId": "1"},
		}),
	}
}
