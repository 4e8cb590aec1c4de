package artifact

import (
	"fmt"
	"strings"

	"github.com/crossplane/crossplane-runtime/v2/pkg/xcrd"
	xpv1 "github.com/crossplane/crossplane/apis/v2/apiextensions/v1"
	xpv2 "github.com/crossplane/crossplane/apis/v2/apiextensions/v2"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"

	"github.com/ontopix/crossplane-ecr/tools/generate/jsonschema"
)

// schemasOf returns the JSON schemas of a definition's kinds, by path. They are those that
// Crossplane derives.
func schemasOf(definition any) (map[string][]byte, error) {
	xrd, err := asV1(definition)
	if err != nil {
		return nil, err
	}
	// In a cluster it has one, and the CRDs' owner reference needs it.
	xrd.SetUID(types.UID("00000000-0000-0000-0000-000000000000"))
	composite, err := xcrd.ForCompositeResource(xrd)
	if err != nil {
		return nil, fmt.Errorf("cannot derive the composite resource's CRD: %w", err)
	}
	crds := []*extv1.CustomResourceDefinition{composite}
	if xrd.Spec.ClaimNames != nil {
		claim, err := xcrd.ForCompositeResourceClaim(xrd)
		if err != nil {
			return nil, fmt.Errorf("cannot derive the claim's CRD: %w", err)
		}
		crds = append(crds, claim)
	}
	files := map[string][]byte{}
	for _, crd := range crds {
		if err := addSchema(files, crd); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// asV1 returns a definition of either version as Crossplane stores it: the versions have
// the same fields.
func asV1(definition any) (*xpv1.CompositeResourceDefinition, error) {
	raw, err := yaml.Marshal(definition)
	if err != nil {
		return nil, err
	}
	v1 := &xpv1.CompositeResourceDefinition{}
	if err := yaml.Unmarshal(raw, v1); err != nil {
		return nil, err
	}
	if v1.APIVersion == xpv2.SchemeGroupVersion.String() {
		v1.APIVersion = xpv1.SchemeGroupVersion.String()
	}
	return v1, nil
}

// retired are fields of Crossplane 1.20 that later ones do not have: an object that was
// written for it has them.
var retired = []string{"publishConnectionDetailsTo", "environmentConfigRefs"}

// addSchema adds the JSON schema of a CRD's version.
func addSchema(files map[string][]byte, crd *extv1.CustomResourceDefinition) error {
	version, names := crd.Spec.Versions[0], crd.Spec.Names
	path := "schemas/" + strings.ToLower(names.Kind) + ".json"
	if crd.Spec.Group == namespacedGroup {
		path = "schemas/namespaced-" + strings.ToLower(names.Kind) + ".json"
	} else {
		open := true
		for _, name := range retired {
			version.Schema.OpenAPIV3Schema.Properties["spec"].Properties[name] = extv1.JSONSchemaProps{XPreserveUnknownFields: &open}
		}
	}
	var err error
	files[path], err = jsonschema.Write(jsonschema.Object{
		APIVersion: crd.Spec.Group + "/" + version.Name,
		Kind:       names.Kind,
		Schema:     version.Schema.OpenAPIV3Schema,
	})
	return err
}

// settingsSchemas returns the JSON schemas of the platform team's settings, by path: the
// Input, and the EnvironmentConfig that has its fields as data.
func settingsSchemas(input *extv1.CustomResourceDefinition) (map[string][]byte, error) {
	version := input.Spec.Versions[0]
	data := version.Schema.OpenAPIV3Schema.DeepCopy()
	for _, own := range []string{"apiVersion", "kind", "metadata", "platformConfig"} {
		delete(data.Properties, own)
	}
	files := map[string][]byte{}
	for path, o := range map[string]jsonschema.Object{
		"schemas/input.json": {
			APIVersion: input.Spec.Group + "/" + version.Name,
			Kind:       input.Spec.Names.Kind,
			Schema:     version.Schema.OpenAPIV3Schema,
			Embedded:   true,
		},
		"schemas/settings.json": {
			APIVersion: "apiextensions.crossplane.io/v1beta1",
			Kind:       "EnvironmentConfig",
			Schema: &extv1.JSONSchemaProps{
				Description: "The platform team's settings.",
				Type:        "object",
				Required:    []string{"data"},
				Properties:  map[string]extv1.JSONSchemaProps{"data": *data},
			},
		},
	} {
		var err error
		if files[path], err = jsonschema.Write(o); err != nil {
			return nil, err
		}
	}
	return files, nil
}
