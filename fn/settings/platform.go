package settings

import (
	"cmp"
	"reflect"
	"strings"

	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/protostruct"
	inputv1beta1 "github.com/ontopix/crossplane-ecr/input/v1beta1"
)

// Platform has the platform team's settings that are in force. Nothing changes them once they are loaded.
type Platform struct {
	inputv1beta1.Settings

	// Sources of the settings, the farthest first: a later one overrides those before it.
	Sources []Source

	// ConfigName is the name of the EnvironmentConfig that was read; empty if none was.
	ConfigName string

	// Broken is true if Load found a fault. A setting that is missing then is no fault of those who rely on it, and no
	// guardrail can be trusted.
	Broken bool

	// Defaults are the layers that the platform team wrote, the farthest first.
	Defaults []*Layer

	// Paths of the fields that are in force.
	RegionPath, ProviderConfigPath, OrgAccessPath *field.Path
}

// A Source is one place where the platform team writes settings.
type Source struct {
	inputv1beta1.Settings

	// Path of the settings: input or platformConfig.
	Path *field.Path
}

// lookupPlatform is the prefix of the lookup key for the EnvironmentConfig. Its name follows, since Crossplane 2.4
// repeats the lookups of the previous run: the absence of one that is no longer named must refuse nothing.
const lookupPlatform = "platform-config/"

// Paths of the sources.
var (
	inputPath    = field.NewPath("input")
	platformPath = field.NewPath("platformConfig")
)

// Load reads the Input and the EnvironmentConfig that it names. readBefore is the EnvironmentConfig that an earlier run
// has read, from the status. From then on its absence is a fault, since its guardrails would silently be gone.
func Load(req composite.Request, readBefore string) (*Platform, composite.Lookups, fault.List) {
	input, l := readInput(req.Input)
	sources := []Source{{Settings: input.Settings, Path: inputPath}}
	configName := ""
	var lookups composite.Lookups
	if ref := input.PlatformConfig; ref != nil {
		config, asked, faults := readConfig(req, ref, readBefore)
		lookups = asked
		l.Add(faults...)
		if config != nil {
			configName = ref.Name
			sources = append(sources, *config)
		}
	}
	for i := range sources {
		l.Add(sources[i].validate()...)
	}
	p := inForce(sources)
	p.ConfigName, p.Broken = configName, len(l) > 0
	return p, lookups, l
}

func readInput(in *structpb.Struct) (*inputv1beta1.Input, fault.List) {
	var input inputv1beta1.Input
	l := protostruct.Decode(in, &input, inputPath)
	if input.Kind != "" && input.Kind != inputv1beta1.Kind {
		l.Invalid(inputPath.Child("kind"), input.Kind, "must be %s", inputv1beta1.Kind)
	}
	if want := inputv1beta1.Group + "/" + inputv1beta1.Version; input.APIVersion != "" && input.APIVersion != want {
		l.Invalid(inputPath.Child("apiVersion"), input.APIVersion, "must be %s", want)
	}
	return &input, l
}

// readConfig returns the settings of the EnvironmentConfig that the Input names; nil if it does not exist, or is not
// fetched yet.
func readConfig(req composite.Request, ref *inputv1beta1.PlatformConfig, readBefore string) (*Source, composite.Lookups, fault.List) {
	path := inputPath.Child("platformConfig", "name")
	if l := ValidateName(ref.Name, path, "an EnvironmentConfig"); len(l) > 0 {
		return nil, nil, l
	}
	lookups := composite.Lookups{{
		Key:        lookupPlatform + ref.Name,
		APIVersion: "apiextensions.crossplane.io/v1beta1",
		Kind:       "EnvironmentConfig",
		Name:       ref.Name,
	}}
	if req.Fetched.Lacks(lookups) {
		return nil, lookups, nil
	}
	var l fault.List
	config := req.Fetched.Object(lookups[0])
	if config == nil {
		switch {
		case ref.Optional == nil || !*ref.Optional || req.SettingsRequired:
			l.Platform("platformConfig", path, ref.Name, "there is no EnvironmentConfig of this name")
		case readBefore != "":
			l.Platform("platformConfig", path, ref.Name,
				"the EnvironmentConfig is gone, although its settings were in force: it is optional only until it is "+
					"read for the first time")
		}
		return nil, lookups, l
	}

	data := config.GetFields()["data"]
	switch data.GetKind().(type) {
	case nil, *structpb.Value_NullValue, *structpb.Value_StructValue:
	default:
		l.Invalid(platformPath, nil, "the EnvironmentConfig's data must be an object")
	}
	s := &Source{Path: platformPath}
	l.Add(protostruct.Decode(data.GetStructValue(), &s.Settings, platformPath)...)
	return s, lookups, l
}

// inForce returns the settings of the sources, each overriding those before it.
func inForce(sources []Source) *Platform {
	p := &Platform{Sources: sources}
	for i := range sources {
		s := &sources[i]
		overlay(reflect.ValueOf(&p.Settings).Elem(), reflect.ValueOf(s.Settings))
		if l := NewLayer(s.Path.Child("defaults"), s.Defaults); l != nil {
			p.Defaults = append(p.Defaults, l)
		}
	}
	p.RegionPath = p.PathOf(func(s *inputv1beta1.Settings) bool { return s.Region != nil }, "region")
	p.ProviderConfigPath = p.PathOf(func(s *inputv1beta1.Settings) bool { return s.ProviderConfigRef != nil }, "providerConfigRef", "name")
	p.OrgAccessPath = p.PathOf(func(s *inputv1beta1.Settings) bool { return s.OrgAccess != nil }, "orgAccess")
	return p
}

// PathOf returns the path of a field that is in force: in the nearest source that has it, or in the Input if none has.
func (p *Platform) PathOf(has func(*inputv1beta1.Settings) bool, name string, more ...string) *field.Path {
	path := inputPath
	for i := range p.Sources {
		if has(&p.Sources[i].Settings) {
			path = p.Sources[i].Path
		}
	}
	return path.Child(name, more...)
}

// TagsOf returns the tags that labels of a composite resource become, and their faults.
func (p *Platform) TagsOf(x *composite.XR) (map[string]string, fault.List) {
	var l fault.List
	tags := map[string]string{}
	for i, k := range p.TagsFromLabels {
		if x.Claim != nil && !copied(k) {
			path := p.PathOf(func(s *inputv1beta1.Settings) bool { return s.TagsFromLabels != nil }, "tagsFromLabels")
			l.Invalid(path.Index(i), k,
				"cannot become a tag of a claim's repositories: Crossplane copies no label of kubernetes.io or "+
					"k8s.io from a claim, name a label with another prefix")
		}
		v, ok := x.Labels[k]
		if !ok {
			continue
		}
		tags[k] = v
		l.Add(awsFault("tags", field.NewPath("metadata", "labels").Key(k), v, aws.TagValueFault(v))...)
	}
	return tags, l
}

// copied reports whether Crossplane copies a label from a claim to its composite resource.
// https://github.com/crossplane/crossplane/tree/v2.4.0/internal/controller/apiextensions/claim
func copied(label string) bool {
	prefix, _, _ := strings.Cut(label, "/")
	return !strings.HasSuffix(prefix, "kubernetes.io") && !strings.HasSuffix(prefix, "k8s.io")
}

// Rules returns the guardrails, never nil.
func (p *Platform) Rules() *inputv1beta1.Guardrails {
	if p.Guardrails == nil {
		return &inputv1beta1.Guardrails{}
	}
	return p.Guardrails
}

// ProviderConfig returns the provider config of a composite resource whose spec names none.
func (p *Platform) ProviderConfig(x *composite.XR) managed.ProviderConfig {
	r := cmp.Or(p.ProviderConfigRef, &inputv1beta1.ProviderConfigReference{Name: "default"})
	return providerConfig(x, r.Kind, r.Name)
}

// DecideProviderConfig returns the provider config that is in force for some resources: the one that they are already
// managed with, since another one may be of another account; else the one that is named at a path; else the platform
// team's. A spec that names another one than the first has a fault. Its message ends with the text instead.
func (p *Platform) DecideProviderConfig(
	x *composite.XR, resources string, decided, named *managed.ProviderConfig, path *field.Path, instead string,
) (managed.ProviderConfig, fault.Advice, fault.List) {
	var advice fault.Advice
	var faults fault.List
	config := p.ProviderConfig(x)
	if named != nil {
		config = *named
	}
	switch {
	case decided == nil || *decided == config:
		return config, nil, nil
	case named != nil:
		faults.Invalid(path, config.String(), "the %s are managed with %s, and cannot move to another account%s", resources, decided, instead)
		return config, nil, faults
	case p.ProviderConfigRef != nil:
		advice.Add(p.ProviderConfigPath, "has no effect here: the %s are managed with %s, and cannot move to another account", resources, decided)
	}
	return *decided, advice, nil
}

// providerConfig returns the provider config of a kind and a name. A nil kind is the default kind.
func providerConfig(x *composite.XR, kind *string, name string) managed.ProviderConfig {
	return x.ProviderConfig(*cmp.Or(kind, new("")), name)
}

// overlay writes the fields that over has onto base, a struct of the same type whose fields can be nil: it merges
// objects at every depth, and replaces lists and scalars whole.
func overlay(base, over reflect.Value) {
	for i := range over.NumField() {
		o, b := over.Field(i), base.Field(i)
		switch {
		case o.Kind() == reflect.String:
			if o.Len() > 0 {
				b.Set(o)
			}
		case o.IsNil():
		case o.Kind() == reflect.Pointer && o.Elem().Kind() == reflect.Struct && !b.IsNil():
			merged := reflect.New(o.Type().Elem())
			merged.Elem().Set(b.Elem())
			overlay(merged.Elem(), o.Elem())
			b.Set(merged)
		default:
			b.Set(o)
		}
	}
}
