package settings

import (
	"reflect"

	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/fn/protostruct"
	inputv1beta1 "github.com/ontopix/crossplane-ecr/input/v1beta1"
)

// Platform are the platform team's settings: those of the EnvironmentConfig over
// those of the Input.
type Platform struct {
	inputv1beta1.Settings

	// ConfigName is the EnvironmentConfig that was read; empty if none was.
	ConfigName string

	// Defaults are the layers that the platform team wrote, the farthest first.
	Defaults []*Layer

	// WarnPath and ExceptionsPath are where guardrails.warn and guardrails.exceptions
	// are written that are in force.
	WarnPath, ExceptionsPath *field.Path

	// RegionPath and ProviderConfigPath are where the region and the provider config are
	// written.
	RegionPath, ProviderConfigPath *field.Path
}

// requirementPlatform is the key under which the EnvironmentConfig is asked for.
const requirementPlatform = "platform-config"

// Roots of the paths of the platform team's settings.
var (
	inputPath    = field.NewPath("input")
	platformPath = field.NewPath("platformConfig")
)

// Load reads the Input and the EnvironmentConfig that it names. A run that has read
// one says so in the status, readBefore; from then on its absence is a fault, since
// guardrails would silently be gone with it.
func Load(in *structpb.Struct, required *composite.Required, readBefore string) (*Platform, fault.List) {
	var input inputv1beta1.Input
	var l fault.List
	l = append(l, protostruct.Decode(in, &input, inputPath)...)
	if input.Kind != "" && input.Kind != inputv1beta1.Kind {
		l.Invalid(inputPath.Child("kind"), input.Kind, "must be %s", inputv1beta1.Kind)
	}
	if want := inputv1beta1.Group + "/" + inputv1beta1.Version; input.APIVersion != "" && input.APIVersion != want {
		l.Invalid(inputPath.Child("apiVersion"), input.APIVersion, "must be %s", want)
	}
	l = append(l, validateSettings(&input.Settings, inputPath)...)

	p := &Platform{
		Settings:           input.Settings,
		WarnPath:           inputPath.Child("guardrails", "warn"),
		ExceptionsPath:     inputPath.Child("guardrails", "exceptions"),
		RegionPath:         inputPath.Child("region"),
		ProviderConfigPath: inputPath.Child("providerConfigRef", "name"),
	}
	p.addDefaults(&input.Settings, inputPath)

	ref := input.PlatformConfig
	if ref == nil {
		return p, l
	}
	if f := ValidateName(ref.Name, inputPath.Child("platformConfig", "name"), "an EnvironmentConfig"); len(f) > 0 {
		return p, append(l, f...)
	}
	config := required.ByName(requirementPlatform, "apiextensions.crossplane.io/v1beta1", "EnvironmentConfig", "", ref.Name)
	if required.Waiting {
		return p, l
	}
	if config == nil {
		if ref.Optional == nil || !*ref.Optional {
			l.Platform("platformConfig", inputPath.Child("platformConfig", "name"), ref.Name, "there is no EnvironmentConfig of this name")
		} else if readBefore != "" {
			l.Platform("platformConfig", inputPath.Child("platformConfig", "name"), ref.Name, "the EnvironmentConfig is gone, although its settings were in force: it is optional only until it is read for the first time")
		}
		return p, l
	}
	p.ConfigName = ref.Name

	var object struct {
		Data *structpb.Value `json:"data"`
	}
	protostruct.DecodeLenient(config, &object)
	if _, ok := object.Data.GetKind().(*structpb.Value_StructValue); object.Data != nil && !ok {
		l.Invalid(platformPath, nil, "the EnvironmentConfig's data must be an object")
	}
	var over inputv1beta1.Settings
	l = append(l, protostruct.Decode(object.Data.GetStructValue(), &over, platformPath)...)
	l = append(l, validateSettings(&over, platformPath)...)
	p.addDefaults(&over, platformPath)
	p.locate(&over)
	overlay(reflect.ValueOf(&p.Settings).Elem(), reflect.ValueOf(over))
	return p, l
}

// locate notes what the EnvironmentConfig replaces of what paths are kept of.
func (p *Platform) locate(over *inputv1beta1.Settings) {
	if over.Region != nil {
		p.RegionPath = platformPath.Child("region")
	}
	if over.ProviderConfigRef != nil {
		p.ProviderConfigPath = platformPath.Child("providerConfigRef", "name")
	}
	if over.Guardrails == nil {
		return
	}
	if over.Guardrails.Warn != nil {
		p.WarnPath = platformPath.Child("guardrails", "warn")
	}
	if over.Guardrails.Exceptions != nil {
		p.ExceptionsPath = platformPath.Child("guardrails", "exceptions")
	}
}

func (p *Platform) addDefaults(s *inputv1beta1.Settings, path *field.Path) {
	if l := NewLayer(path.Child("defaults"), s.Defaults); l != nil {
		p.Defaults = append(p.Defaults, l)
	}
}

// Rules are the guardrails, never nil.
func (p *Platform) Rules() *inputv1beta1.Guardrails {
	if p.Guardrails == nil {
		return &inputv1beta1.Guardrails{}
	}
	return p.Guardrails
}

// ProviderConfig is the one that is used where a spec names none.
func (p *Platform) ProviderConfig(x *composite.XR) managed.ProviderConfig {
	r := p.ProviderConfigRef
	if r == nil {
		return x.ProviderConfig("", "default")
	}
	return providerConfig(x, r.Kind, r.Name)
}

// providerConfig is the one of a name and a kind; nil is the default kind.
func providerConfig(x *composite.XR, kind *string, name string) managed.ProviderConfig {
	if kind == nil {
		return x.ProviderConfig("", name)
	}
	return x.ProviderConfig(*kind, name)
}

// overlay writes what over has onto base, a struct of the same type whose fields
// can all be nil: objects at every depth, lists and scalars whole.
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
