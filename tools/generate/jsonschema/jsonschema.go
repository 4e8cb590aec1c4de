// Package jsonschema turns the schemas with which the API server validates objects into JSON schemas, for editors and
// for kubectl-ecr, which has no API server.
package jsonschema

import (
	"encoding/json"
	"fmt"

	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

// dialect is the version of JSON Schema that editors' YAML servers read.
const dialect = "http://json-schema.org/draft-07/schema#"

// Comment tells a reader where a generated file comes from.
const Comment = "Generated from the Go types by `make generate`. Do not edit."

// An Object is a kind of object and its schema.
type Object struct {
	APIVersion, Kind string
	Schema           *extv1.JSONSchemaProps

	// Embedded is true if the object is a part of another one, without metadata.
	Embedded bool
}

// Write returns the JSON schema of an object. It refuses unknown fields.
func Write(o Object) ([]byte, error) {
	root, err := generic(o.Schema)
	if err != nil {
		return nil, fmt.Errorf("cannot write the schema of %s: %w", o.Kind, err)
	}
	closeObjects(root)
	properties := root["properties"].(map[string]any)
	properties["apiVersion"] = map[string]any{"type": "string", "enum": []any{o.APIVersion}}
	properties["kind"] = map[string]any{"type": "string", "enum": []any{o.Kind}}
	required := []any{"apiVersion", "kind"}
	if !o.Embedded {
		required = append(required, "metadata")
		if properties["metadata"] == nil {
			properties["metadata"] = map[string]any{"type": "object"}
		}
		// Metadata may have any field that Kubernetes knows.
		delete(properties["metadata"].(map[string]any), "additionalProperties")
	}
	root["$schema"], root["$comment"], root["title"] = dialect, Comment, o.Kind
	root["required"] = append(required, list(root["required"])...)
	out, err := json.MarshalIndent(root, "", " ")
	return append(out, '\n'), err
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}

func generic(s *extv1.JSONSchemaProps) (map[string]any, error) {
	raw, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	m := map[string]any{}
	return m, json.Unmarshal(raw, &m)
}

// closeObjects makes a schema, and all schemas below it, refuse unknown fields, as the API server does.
func closeObjects(s map[string]any) {
	properties, _ := s["properties"].(map[string]any)
	_, open := s["additionalProperties"]
	if preserve, _ := s["x-kubernetes-preserve-unknown-fields"].(bool); properties != nil && !open && !preserve {
		s["additionalProperties"] = false
	}
	for _, p := range properties {
		if p, ok := p.(map[string]any); ok {
			closeObjects(p)
		}
	}
	for _, below := range []string{"items", "additionalProperties"} {
		if b, ok := s[below].(map[string]any); ok {
			closeObjects(b)
		}
	}
}
