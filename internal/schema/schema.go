// Package schema validates claims and composite resources as the API server does: structure first, then CEL rules. The
// schemas are those of package schemas.
package schema

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	metav1validation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"

	"github.com/ontopix/crossplane-ecr/schemas"
)

// A Schema validates objects of one kind. It is compiled at its first use, since compiling the rules takes a tenth of a
// second.
type Schema struct {
	// Namespaced is true if objects of the kind have a namespace.
	Namespaced bool

	compile func() (*compiled, error)
}

type compiled struct {
	structural *structuralschema.Structural
	openAPI    validation.SchemaValidator
	rules      *cel.Validator
}

// New returns the schema in a file of package schemas.
func New(name string, namespaced bool) *Schema {
	return &Schema{Namespaced: namespaced, compile: sync.OnceValues(func() (*compiled, error) {
		c, err := read(name)
		if err != nil {
			return nil, fmt.Errorf("cannot read schema %s: %w", name, err)
		}
		return c, nil
	})}
}

func read(name string) (*compiled, error) {
	raw, err := schemas.Files.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var v1 extv1.JSONSchemaProps
	if err := json.Unmarshal(raw, &v1); err != nil {
		return nil, err
	}
	structure(&v1)
	internal := &apiextensions.JSONSchemaProps{}
	if err := extv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(&v1, internal, nil); err != nil {
		return nil, err
	}
	c := &compiled{}
	if c.structural, err = structuralschema.NewStructural(internal); err != nil {
		return nil, err
	}
	if c.openAPI, _, err = validation.NewSchemaValidator(internal); err != nil {
		return nil, err
	}
	c.rules = cel.NewValidator(c.structural, true, celconfig.PerCallLimit)
	return c, nil
}

// structure turns a schema for editors into a structural one. A structural schema cannot refuse unknown fields: the API
// server prunes them.
func structure(s *extv1.JSONSchemaProps) {
	s.Schema = ""
	if s.AdditionalProperties != nil && s.AdditionalProperties.Schema == nil {
		s.AdditionalProperties = nil
	}
	for name, p := range s.Properties {
		structure(&p)
		s.Properties[name] = p
	}
	if s.Items != nil && s.Items.Schema != nil {
		structure(s.Items.Schema)
	}
	if s.AdditionalProperties != nil {
		structure(s.AdditionalProperties.Schema)
	}
}

// Validate returns the errors with which the API server refuses to create an object. It refuses unknown fields, as the
// API server does for kubectl and for server-side apply. It ignores the status: authors do not write that.
func (s *Schema) Validate(ctx context.Context, object map[string]any) (field.ErrorList, error) {
	c, err := s.compile()
	if err != nil {
		return nil, err
	}
	u := (&unstructured.Unstructured{Object: object}).DeepCopy()
	content := u.Object
	delete(content, "status")
	defaulting.PruneNonNullableNullsWithoutDefaults(content, c.structural)
	defaulting.Default(content, c.structural)

	var errs field.ErrorList
	options := structuralschema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}
	for _, path := range pruning.PruneWithOptions(content, c.structural, true, options) {
		errs = append(errs, field.Forbidden(field.NewPath(path), "unknown field"))
	}
	metadata := field.NewPath("metadata")
	errs = append(errs, metav1validation.ValidateObjectMetaAccessor(u, s.Namespaced, metav1validation.NameIsDNSSubdomain, metadata)...)
	for _, err := range validation.ValidateCustomResource(nil, content, c.openAPI) {
		errs = append(errs, withField(err))
	}
	errs = append(errs, listtype.ValidateListSetsAndMaps(nil, c.structural, content)...)
	if !blocksRules(errs) {
		ruleErrs, _ := c.rules.Validate(ctx, nil, c.structural, content, nil, celconfig.RuntimeCELCostBudget)
		errs = append(errs, ruleErrs...)
	}
	return errs, nil
}

// withField returns an error with the field that it is about. If a number is not an integer, or is too large for one,
// the validator has the field only in the text.
func withField(err *field.Error) *field.Error {
	rule, path, ok := strings.Cut(err.Detail, " in spec.")
	if err.Field != "<nil>" || !ok {
		return err
	}
	return field.Invalid(field.NewPath("spec."+path), err.BadValue, rule)
}

// blocksRules reports whether the API server skips the CEL rules because of the errors in an object's structure.
func blocksRules(errs field.ErrorList) bool {
	for _, err := range errs {
		switch err.Type {
		case field.ErrorTypeNotSupported, field.ErrorTypeRequired, field.ErrorTypeTooLong, field.ErrorTypeTooMany, field.ErrorTypeTypeInvalid:
			return true
		}
	}
	return false
}

// Rule returns the rule that an error is about, on one line and without the value.
func Rule(err *field.Error) string {
	detail := strings.Join(strings.Fields(err.Detail), " ")
	switch err.Type {
	case field.ErrorTypeRequired:
		if detail == "" {
			return "required"
		}
		return "required: " + detail
	case field.ErrorTypeDuplicate:
		return "written twice"
	case field.ErrorTypeNotSupported:
		return strings.Replace(detail, "supported values: ", "must be one of ", 1)
	default:
		if detail == "" {
			return strings.ToLower(err.Type.String())
		}
		return detail
	}
}
