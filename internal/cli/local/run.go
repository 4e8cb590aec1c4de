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

// An Outcome is what the function says of a composite resource.
type Outcome struct {
	// Findings about the composite resource and about the settings, each where it is
	// written.
	Findings []Finding

	// Refused reports whether nothing would be rendered.
	Refused bool

	// Desired resources by composition resource name, and the status.
	Desired map[string]*unstructured.Unstructured
	Status  map[string]any

	// Missing is the org access that is referred to and was not given; empty if none is.
	Missing string
}

// Errors are the findings that a refusal is for.
func (o Outcome) Errors() []Finding {
	return slices.DeleteFunc(slices.Clone(o.Findings), func(f Finding) bool { return f.Level != Error })
}

// LifecyclePolicy returns the lifecycle policy of an image's repository; empty if it has none.
func (o Outcome) LifecyclePolicy(image string) string {
	for key, u := range o.Desired {
		if hash, ok := strings.CutPrefix(key, "lifecycle/"+image+"/"); ok && !strings.Contains(hash, "/") {
			policy, _, _ := unstructured.NestedString(u.Object, "spec", "forProvider", "policy")
			return policy
		}
	}
	return ""
}

// maxCalls is how often the function is called at most: Crossplane gives up after five.
const maxCalls = 5

// Run runs the schema and the function on a claim or composite resource.
func (s *Set) Run(ctx context.Context, c *Composite) (Outcome, error) {
	refused, err := c.Kind.Schema.Validate(ctx, c.Object.Object)
	if err != nil {
		return Outcome{}, err
	}
	o, faults, err := s.answer(c.XR, c, c.settings)
	if err != nil {
		return Outcome{}, err
	}
	if c.Kind.Claims != "" && slices.ContainsFunc(refused, func(e *field.Error) bool { return e.Field == namePath.String() }) {
		// The name of a claim's composite resource is not what its author wrote.
		o.Findings = slices.DeleteFunc(o.Findings, func(f Finding) bool { return f.Path == namePath.String() })
		faults = slices.DeleteFunc(faults, func(f fault.Fault) bool { return f.Path.String() == namePath.String() })
	}
	unread, err := readMetadata(c.Object.Object)
	if err != nil {
		return Outcome{}, err
	}
	for _, f := range unread {
		o.Findings = append(o.Findings, c.place(ofFault(Error, f), f.Path.String()))
		o.Refused = true
	}
	faults = append(faults, unread...)
	for _, e := range refused {
		if !told(faults, e) {
			o.Findings = append(o.Findings, c.place(ofSchema(e), e.Field))
			o.Refused = true
		}
	}
	o.Findings = Sorted(o.Findings)
	return o, nil
}

// namePath is the path of an object's name.
var namePath = field.NewPath("metadata", "name")

// metadata is what the author of an object writes about it.
type metadata struct {
	Name         string            `json:"name"`
	GenerateName string            `json:"generateName"`
	Namespace    string            `json:"namespace"`
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations"`
}

// readMetadata returns why the API server cannot read the metadata of an object: a label that is a number, say.
func readMetadata(object map[string]any) (fault.List, error) {
	written, _ := object["metadata"].(map[string]any)
	s, err := structpb.NewStruct(written)
	if err != nil {
		return nil, err
	}
	return protostruct.Decode(s, &metadata{}, field.NewPath("metadata")), nil
}

// place says where in the author's file a finding is that is about a field.
func (c *Composite) place(f Finding, path string) Finding {
	f.File, f.At, f.Object = c.File, c.Node.Position(path), c.Author()
	return f
}

// told reports whether the function says what the schema says, in better words: at the same
// field, in the object that a rule stands at, or of the list or object around it.
func told(faults fault.List, e *field.Error) bool {
	at := plain.Replace(e.Field)
	for _, f := range faults {
		said := plain.Replace(f.Path.String())
		if within(said, at) || within(at, said) {
			return true
		}
	}
	return false
}

// within reports whether a field is another one, or below it.
func within(path, above string) bool {
	rest, ok := strings.CutPrefix(path, above)
	return ok && (rest == "" || rest[0] == '.')
}

// plain writes keys and indices alike: the schema writes keys with dots.
var plain = strings.NewReplacer("[", ".", "]", "")

func ofSchema(e *field.Error) Finding {
	f := Finding{Level: Error, Path: e.Field, Rule: crd.Rule(e) + " (the API's rule)", Owner: string(fault.API), ID: "schema"}
	switch v := e.BadValue.(type) {
	case string:
		if e.Type != field.ErrorTypeRequired && e.Type != field.ErrorTypeForbidden && v != "" {
			f.Value = fmt.Sprintf("%q", fault.Cut(v, 120))
		}
	case int64, float64, bool:
		f.Value = fmt.Sprint(v)
	}
	return f
}

// answer runs the function on a composite resource, whose author's object is c; nil if there
// is none, and only the settings are of interest.
func (s *Set) answer(u *unstructured.Unstructured, c *Composite, by *settings) (Outcome, fault.List, error) {
	o := Outcome{}
	input, err := by.input(u.GroupVersionKind())
	if err != nil {
		return o, nil, err
	}
	in, answer, err := s.ask(u, input, by, &o)
	if err != nil {
		return o, nil, err
	}
	rsp := composite.Respond(in, composite.ReadXR(in.GetObserved().GetComposite().GetResource()), answer)

	// A finding is told where it is written: in the settings, or by the author.
	tell := func(f Finding, path string) {
		if part, rest := by.part(path, input); part != nil {
			f.File, f.At = part.File, part.Position(rest)
		} else if c != nil {
			f = c.place(f, path)
		} else {
			return
		}
		o.Findings = append(o.Findings, f)
	}
	var told fault.List
	for _, f := range answer.Faults {
		if f.ID == orgAccessNamespaces && s.Shipped() && o.Missing == "" {
			// Who may decide who is let in, the platform team says, and nobody gave that.
			o.Missing = fmt.Sprint(f.Value)
		}
		if o.Missing == "" || !standInOnly(f) {
			told = append(told, f)
			tell(ofFault(Error, f), f.Path.String())
		}
	}
	for _, f := range answer.Warnings {
		if o.Missing == "" || !standInOnly(f) {
			tell(ofFault(Warning, f), f.Path.String())
		}
	}
	if answer.Refused && len(answer.Faults) == 0 {
		tell(Finding{Level: Error, Rule: answer.Valid.Message, ID: answer.Valid.Reason}, "")
	}
	o.Refused = answer.Refused && (len(told) > 0 || len(answer.Faults) == 0)
	if o.Desired, err = desired(rsp, u); err != nil {
		return o, told, err
	}
	o.Status, _ = rsp.GetDesired().GetComposite().GetResource().AsMap()["status"].(map[string]any)
	advice, _ := o.Status["advice"].([]any)
	for _, a := range advice {
		a, _ := a.(map[string]any)
		path, _ := a["path"].(string)
		message, _ := a["message"].(string)
		tell(Finding{Level: Advice, Path: path, Rule: message, ID: "advice"}, path)
	}
	return o, told, nil
}

// ask calls the function as often as it asks for more, and returns the last request and its answer.
func (s *Set) ask(
	u *unstructured.Unstructured, input *Part, by *settings, o *Outcome,
) (*fnv1.RunFunctionRequest, composite.Answer, error) {
	var answer composite.Answer
	var err error
	in := &fnv1.RunFunctionRequest{Observed: &fnv1.State{Composite: &fnv1.Resource{}}, RequiredResources: map[string]*fnv1.Resources{}}
	if in.Observed.Composite.Resource, err = structpb.NewStruct(u.Object); err != nil {
		return nil, answer, err
	}
	written, _ := input.Settings.(map[string]any)
	if in.Input, err = structpb.NewStruct(written); err != nil {
		return nil, answer, err
	}
	answer = s.function.Answer(in)
	for calls := 1; answer.Waits && calls < maxCalls; calls++ {
		for _, l := range answer.Lookups {
			if err := s.look(in, l, u, by, o); err != nil {
				return nil, answer, err
			}
		}
		answer = s.function.Answer(in)
	}
	return in, answer, nil
}

// orgAccessNamespaces is the ID of the guardrail that names who may have an org access.
const orgAccessNamespaces = "orgAccessNamespaces"

// standInOnly reports whether a fault is about an org access that was made up.
func standInOnly(f fault.Fault) bool {
	return f.ID == fault.IDNotFound || f.ID == orgAccessNamespaces && strings.HasPrefix(f.Path.String(), "spec.orgAccessRef")
}

// part returns the part of the settings that a path is in, and the rest of the path; nil if it is in none that was written.
func (by *settings) part(path string, input *Part) (*Part, string) {
	for root, part := range map[string]*Part{"platformConfig": by.config, "input": input} {
		rest, ok := strings.CutPrefix(path, root)
		if ok && (rest == "" || rest[0] == '.' || rest[0] == '[') && part != nil && part.Node != nil {
			return part, strings.TrimPrefix(rest, ".")
		}
	}
	return nil, ""
}

// look answers what the function asks for, from the files.
func (s *Set) look(in *fnv1.RunFunctionRequest, l composite.Lookup, u *unstructured.Unstructured, by *settings, o *Outcome) error {
	if l.Served {
		return nil
	}
	found := &fnv1.Resources{}
	in.RequiredResources[l.Key] = found
	var object map[string]any
	switch {
	case l.Name == "":
	case l.Kind == environmentKind.Kind && by.config != nil:
		object = map[string]any{}
		if by.config.Settings != nil {
			object["data"] = by.config.Settings
		}
	case strings.HasSuffix(l.Kind, "EcrOrgAccess"):
		if object = s.orgAccess(l, by); object == nil {
			o.Missing = strings.TrimPrefix(l.Namespace+"/"+l.Name, "/")
			object = standIn(u, by)
		}
	}
	if object == nil {
		return nil
	}
	is := &unstructured.Unstructured{Object: object}
	is.SetAPIVersion(l.APIVersion)
	is.SetKind(l.Kind)
	unstructured.RemoveNestedField(object, "metadata")
	is.SetName(l.Name)
	is.SetNamespace(l.Namespace)
	r, err := structpb.NewStruct(object)
	found.Items = []*fnv1.Resource{{Resource: r}}
	return err
}

// suffix is how long what Crossplane appends to the name of a claim is.
const suffix = len("-abcde")

// orgAccess finds an org access among the composite resources, by its own name or by that
// of its claim: Crossplane appends five characters to it. Else it is one that was given beside settings.
//
// Where several settings are in force there may be one of a name under each: that under the
// same settings is of the same cluster.
func (s *Set) orgAccess(l composite.Lookup, by *settings) map[string]any {
	var found *Composite
	for _, c := range s.Composites {
		u := c.XR
		if u.GetKind() != l.Kind || u.GetAPIVersion() != l.APIVersion || u.GetNamespace() != l.Namespace {
			continue
		}
		claimed := c.Kind.Claims != "" && len(l.Name) == len(c.GetName())+suffix && strings.HasPrefix(l.Name, c.GetName()+"-")
		if (u.GetName() == l.Name || claimed) && (found == nil || found.settings != by && c.settings == by) {
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

// standIn is an org access in place of one that was not given, so that everything else can
// be looked at.
func standIn(u *unstructured.Unstructured, by *settings) map[string]any {
	region, _, _ := unstructured.NestedString(u.Object, "spec", "region")
	if region == "" && by.config != nil {
		data, _ := by.config.Settings.(map[string]any)
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

// Shipped reports whether nobody gave settings, so that those of the packages are in force.
func (s *Set) Shipped() bool { return s.sources.empty() }

// CheckSettings returns what is wrong with the settings, whoever uses them.
func (s *Set) CheckSettings() ([]Finding, error) {
	if s.Shipped() {
		return nil, nil
	}
	in, err := s.sources.all()
	if err != nil {
		return nil, err
	}
	var all []Finding
	for _, by := range in {
		for _, u := range probes() {
			o, _, err := s.answer(u, nil, by)
			if err != nil {
				return nil, err
			}
			all = append(all, o.Findings...)
		}
	}
	return Sorted(all), nil
}

// probes are composite resources of both kinds, which only the settings can make invalid.
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
