package xrd

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

// complete returns an error if something in a schema would get lost or do harm in the CRDs that Crossplane derives from
// it:
//
//   - Crossplane copies only a few keywords of the root, the spec and the status themselves (crossplane-runtime pkg/xcrd
//     genCrdVersion), and silently drops all others.
//   - The API server would fill in a default in the spec, so that no farther layer of settings could ever win.
func complete(root *extv1.JSONSchemaProps) error {
	spec, status := root.Properties["spec"], root.Properties["status"]
	keptRoot, keptSpec, keptStatus := kept(*root), kept(spec), kept(status)
	keptRoot.OneOf, keptRoot.Required = nil, []string{"spec"}
	keptSpec.XPreserveUnknownFields = spec.XPreserveUnknownFields
	lost := slices.Concat(
		difference("(root)", keptRoot, *root), difference("spec", keptSpec, spec), difference("status", keptStatus, status),
		defaults("spec", spec))
	if len(lost) > 0 {
		return fmt.Errorf("the schema would not survive:\n%s", strings.Join(lost, "\n"))
	}
	return nil
}

// kept returns what Crossplane keeps of the schema of a spec or status.
func kept(s extv1.JSONSchemaProps) extv1.JSONSchemaProps {
	return extv1.JSONSchemaProps{
		Type: "object", Description: s.Description, XValidations: s.XValidations, OneOf: s.OneOf,
		Properties: s.Properties, Required: s.Required,
	}
}

func difference(at string, kept, all extv1.JSONSchemaProps) []string {
	if diff := cmp.Diff(kept, all, cmpopts.EquateEmpty()); diff != "" {
		return []string{fmt.Sprintf("%s: Crossplane drops (-kept, +written):\n%s", at, diff)}
	}
	return nil
}

// defaults returns a message for each path below at whose schema has a default.
func defaults(at string, s extv1.JSONSchemaProps) []string {
	var found []string
	if s.Default != nil {
		found = append(found, at+": has a default, which no farther layer of settings could override")
	}
	for name, p := range s.Properties {
		found = append(found, defaults(at+"."+name, p)...)
	}
	if s.Items != nil && s.Items.Schema != nil {
		found = append(found, defaults(at+"[]", *s.Items.Schema)...)
	}
	if s.AdditionalProperties != nil && s.AdditionalProperties.Schema != nil {
		found = append(found, defaults(at+"[key]", *s.AdditionalProperties.Schema)...)
	}
	slices.Sort(found)
	return found
}
