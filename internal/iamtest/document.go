package iamtest

import (
	"errors"
	"fmt"
)

// A Kind says where a policy is attached, which decides what it may hold.
type Kind string

const (
	// IdentityPolicy is an inline or managed policy of a role or user.
	IdentityPolicy Kind = "identity policy"

	// TrustPolicy is the assume-role policy of a role.
	TrustPolicy Kind = "trust policy"

	// RepositoryPolicy is the policy of one ECR repository.
	RepositoryPolicy Kind = "repository policy"

	// RegistryPolicy is the policy of an ECR registry.
	RegistryPolicy Kind = "registry policy"

	// ResourcePolicy is a resource-based policy of any other service, such as
	// the S3 bucket policies of AWS's examples.
	ResourcePolicy Kind = "resource policy"
)

// A Document is one parsed policy.
type Document struct {
	Kind       Kind
	Version    string
	ID         string
	Statements []Statement
}

const (
	version2012 = "2012-10-17"
	version2008 = "2008-10-17"
)

// Parse reads a policy document of a kind. Besides the grammar
// (reference_policies_grammar) it checks what each kind may hold. Unknown
// elements, wrong types, empty lists and empty objects, unknown operators and
// values that an operator cannot compare are errors: AWS lets some of these
// pass, but then a statement does not mean what it says.
func Parse(kind Kind, text string) (*Document, error) {
	doc, err := parseDocument(kind, text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	return doc, nil
}

func parseDocument(kind Kind, text string) (*Document, error) {
	v, err := parseJSON(text)
	if err != nil {
		return nil, err
	}
	if kind == IdentityPolicy || kind == TrustPolicy {
		if err := checkCharacters(text); err != nil {
			return nil, err
		}
	}
	root, ok := v.(object)
	if !ok {
		return nil, fmt.Errorf("a policy document is a JSON object, not %s", jsonType(v))
	}
	d := &Document{Kind: kind}
	var statements any
	for _, m := range root {
		switch m.name {
		case "Version":
			d.Version, err = stringValue(m)
		case "Id":
			d.ID, err = stringValue(m)
		case "Statement":
			statements = m.value
		default:
			err = fmt.Errorf("unknown element %q", m.name)
		}
		if err != nil {
			return nil, err
		}
	}
	if root.has("Version") && d.Version != version2012 && d.Version != version2008 {
		return nil, fmt.Errorf("Version is %q, not %s or %s", d.Version, version2012, version2008)
	}
	if root.has("Id") && kind == IdentityPolicy {
		return nil, errors.New("Id is not allowed in an identity-based policy")
	}
	if d.Statements, err = parseStatements(d, statements); err != nil {
		return nil, err
	}
	return d, nil
}

// checkCharacters holds a text to the characters that IAM admits in a policy
// ("IAM name requirements", reference_iam-quotas).
func checkCharacters(text string) error {
	for i, r := range text {
		if r != '\t' && r != '\n' && r != '\r' && (r < 0x20 || r > 0xff) {
			return fmt.Errorf("byte %d: IAM admits no character %U in a policy", i, r)
		}
	}
	return nil
}
