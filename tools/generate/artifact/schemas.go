package artifact

import (
	"fmt"
	"strings"

	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"

	"github.com/crossplane/crossplane-runtime/v2/pkg/xcrd"
	xpv1 "github.com/crossplane/crossplane/apis/v2/apiextensions/v1"

	"github.com/ontopix/crossplane-ecr/tools/generate/jsonschema"
)

// addSchemas adds the JSON schemas of a definition's kinds, by path, from the CRDs that Crossplane derives.
func addSchemas(files map[string][]byte, definition *xpv1.CompositeResourceDefinition) error {
	xrd := definition.DeepCopy()
	// Crossplane stores definitions of both versions as v1. The owner reference of the CRDs needs a UID, as in a cluster.
	xrd.APIVersion = xpv1.SchemeGroupVersion.String()
	xrd.SetUID("00000000-0000-0000-0000-000000000000")
	composite, err := xcrd.ForCompositeResource(xrd)
	if err != nil {
		return fmt.Errorf("cannot derive the composite resource's CRD: %w", err)
	}
	if err := addSchema(files, composite); err != nil || xrd.Spec.ClaimNames == nil {
		return err
	}
	claim, err := xcrd.ForCompositeResourceClaim(xrd)
	if err != nil {
		return fmt.Errorf("cannot derive the claim's CRD: %w", err)
	}
	return addSchema(files, claim)
}

// retired are fields of Crossplane 1.20 that later versions lack. Objects that were written for 1.20 may have them.
var retired = []string{"publishConnectionDetailsTo", "environmentConfigRefs"}

// addSchema adds the JSON schema of a CRD's only version.
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

// addSettingsSchemas adds the JSON schemas of the platform team's settings, by path: of the Input, and of an
// EnvironmentConfig with the Input's fields as its data.
func addSettingsSchemas(files map[string][]byte, input *extv1.CustomResourceDefinition) error {
	version := input.Spec.Versions[0]
	data := version.Schema.OpenAPIV3Schema.DeepCopy()
	for _, own := range []string{"apiVersion", "kind", "metadata", "platformConfig"} {
		delete(data.Properties, own)
	}
	var err error
	files["schemas/input.json"], err = jsonschema.Write(jsonschema.Object{
		APIVersion: input.Spec.Group + "/" + version.Name,
		Kind:       input.Spec.Names.Kind,
		Schema:     version.Schema.OpenAPIV3Schema,
		Embedded:   true,
	})
	if err != nil {
		return err
	}
	files["schemas/settings.json"], err = jsonschema.Write(jsonschema.Object{
		APIVersion: "apiextensions.crossplane.io/v1beta1",
		Kind:       "EnvironmentConfig",
		Schema: &extv1.JSONSchemaProps{
			Description: "The platform team's settings.",
			Type:        "object",
			Required:    []string{"data"},
			Properties:  map[string]extv1.JSONSchemaProps{"data": *data},
		},
	})
	return err
}
