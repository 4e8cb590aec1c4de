package iam

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	kjson "sigs.k8s.io/json"
)

// A Kind is a kind of policy. It decides which elements the policy may have.
type Kind string

// The kinds of policies.
const (
	// IdentityPolicy is an inline or managed policy of a role or user.
	IdentityPolicy Kind = "identity policy"

	// TrustPolicy is the assume-role policy of a role.
	TrustPolicy Kind = "trust policy"

	// RepositoryPolicy is the policy of one ECR repository.
	RepositoryPolicy Kind = "repository policy"

	// RegistryPolicy is the policy of an ECR registry.
	RegistryPolicy Kind = "registry policy"
)

// A Document is a policy.
type Document struct {
	Kind       Kind
	Version    string
	Statements []Statement
}

// The versions of the policy language (reference_policies_elements_version). The default is 2008's.
const (
	version2012 = "2012-10-17"
	version2008 = "2008-10-17"
)

// An Effect says whether a statement allows or denies the requests that it matches.
type Effect string

// The effects (reference_policies_elements_effect).
const (
	Allow Effect = "Allow"
	Deny  Effect = "Deny"
)

// A Statement is a statement of a policy. At most one of each pair, such as Action and NotAction, is set.
type Statement struct {
	Sid         string
	Effect      Effect
	Principal   *PrincipalElement
	Action      Values
	NotAction   Values
	Resource    Values
	NotResource Values
	Condition   Conditions

	// ecr caches which of ecrActions the statement matches, since most requests are for one of them.
	ecr []bool
}

// Values are a string or a non-empty list of strings.
type Values []string

// UnmarshalJSON implements json.Unmarshaler.
func (v *Values) UnmarshalJSON(data []byte) error {
	var err error
	*v, err = oneOrMore[string](data)
	return err
}

// oneOrMore parses a value or a non-empty list of values.
func oneOrMore[T any](data []byte) ([]T, error) {
	if !bytes.HasPrefix(data, []byte("[")) {
		one := make([]T, 1)
		return one, unmarshal(data, &one[0])
	}
	var list []T
	if err := unmarshal(data, &list); err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, errors.New("a list must not be empty")
	}
	return list, nil
}

// unmarshal parses JSON as IAM does: names are case-sensitive, and unique within an object ("Individual elements must
// not contain multiple instances of the same key", reference_policies_grammar).
func unmarshal(data []byte, into any) error {
	strict, err := kjson.UnmarshalStrict(data, into, kjson.DisallowDuplicateFields, kjson.DisallowUnknownFields)
	if err != nil {
		return err
	}
	return errors.Join(strict...)
}

// Parse parses a policy. It checks the grammar (reference_policies_grammar) and the rules of the kind.
func Parse(kind Kind, text string) (*Document, error) {
	d, err := parse(kind, text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	return d, nil
}

func parse(kind Kind, text string) (*Document, error) {
	if !utf8.ValidString(text) {
		return nil, errors.New("must be valid UTF-8")
	}
	if kind == IdentityPolicy || kind == TrustPolicy {
		if err := checkCharacters(text); err != nil {
			return nil, err
		}
	}
	var doc struct {
		Version   *string
		ID        *string `json:"Id"`
		Statement json.RawMessage
	}
	if err := unmarshal([]byte(text), &doc); err != nil {
		return nil, err
	}
	d := &Document{Kind: kind}
	if doc.ID != nil && kind == IdentityPolicy {
		return nil, errors.New("an identity policy must not have an Id")
	}
	if doc.Version != nil {
		if d.Version = *doc.Version; d.Version != version2012 && d.Version != version2008 {
			return nil, fmt.Errorf("Version %q must be %s or %s", d.Version, version2012, version2008)
		}
	}
	if doc.Statement == nil {
		return nil, errors.New("must have a Statement")
	}
	statements, err := oneOrMore[json.RawMessage](doc.Statement)
	if err != nil {
		return nil, fmt.Errorf("Statement: %w", err)
	}
	for i, raw := range statements {
		if err := d.add(raw); err != nil {
			return nil, fmt.Errorf("Statement[%d]: %w", i, err)
		}
	}
	return d, nil
}

// add parses a statement and adds it to the document.
func (d *Document) add(raw []byte) error {
	var s Statement
	if err := unmarshal(raw, &s); err != nil {
		return err
	}
	if err := s.check(d); err != nil {
		return err
	}
	if s.Sid != "" && slices.ContainsFunc(d.Statements, func(o Statement) bool { return o.Sid == s.Sid }) {
		return fmt.Errorf("the Sid %q occurs twice", s.Sid)
	}
	ecr := make([]bool, len(ecrActions))
	for i, a := range ecrActions {
		ecr[i] = s.matchesAction(a.Name)
	}
	s.ecr = ecr
	d.Statements = append(d.Statements, s)
	return nil
}

// checkCharacters refuses characters that IAM accepts in no policy (reference_iam-quotas, "IAM name requirements").
func checkCharacters(text string) error {
	for i, r := range text {
		if r != '\t' && r != '\n' && r != '\r' && (r < 0x20 || r > 0xff) {
			return fmt.Errorf("byte %d: IAM does not accept the character %U in a policy", i, r)
		}
	}
	return nil
}

// sidPattern is what IAM accepts. ECR documents no rule of its own.
var sidPattern = regexp.MustCompile(`^[A-Za-z0-9]*$`)

// check validates a statement by the grammar and by the rules of its kind of policy.
func (s *Statement) check(d *Document) error { //nolint:gocyclo // one case for each rule of the grammar
	hasResource := s.Resource != nil || s.NotResource != nil
	isIAM := d.Kind == IdentityPolicy || d.Kind == TrustPolicy
	switch {
	case s.Effect != Allow && s.Effect != Deny:
		return fmt.Errorf("the Effect %q must be Allow or Deny", s.Effect)
	case (s.Action != nil) == (s.NotAction != nil):
		return errors.New("must have either Action or NotAction")
	case s.Resource != nil && s.NotResource != nil:
		return errors.New("must not have both Resource and NotResource")
	case d.Kind == IdentityPolicy && s.Principal != nil:
		return errors.New("an identity policy must not have a Principal")
	case d.Kind != IdentityPolicy && s.Principal == nil:
		return fmt.Errorf("a %s must have a Principal", d.Kind)
	case d.Kind == TrustPolicy && hasResource:
		return errors.New("a trust policy must not have a Resource")
	case (d.Kind == IdentityPolicy || d.Kind == RegistryPolicy) && !hasResource:
		return fmt.Errorf("a statement of an %s must have a Resource or NotResource", d.Kind)
	case isIAM && !sidPattern.MatchString(s.Sid):
		return fmt.Errorf("the Sid %q must have letters and digits only", s.Sid)
	}
	for _, a := range slices.Concat(s.Action, s.NotAction) {
		if err := checkAction(d.Kind, a); err != nil {
			return err
		}
	}
	for _, r := range slices.Concat(s.Resource, s.NotResource) {
		if err := checkResource(d, r); err != nil {
			return fmt.Errorf("the resource %q %w", r, err)
		}
	}
	for _, c := range s.Condition {
		for _, v := range c.Values {
			if d.hasVariable(v) {
				return fmt.Errorf("%s: %s: %q: policy variables are not evaluated", c.Name(), c.Key, v)
			}
		}
	}
	return nil
}

// hasVariable reports whether a value contains a policy variable, or an escape such as ${*}. In policies of 2008 "${"
// is plain text (reference_policies_variables).
func (d *Document) hasVariable(value string) bool {
	return d.Version == version2012 && strings.Contains(value, "${")
}

// actionPattern matches an action with wildcards. A wildcard may replace the whole action or part of its name, but not
// part of the service (reference_policies_elements_action).
var actionPattern = regexp.MustCompile(`^(\*|\*:\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+)$`)

func checkAction(kind Kind, a string) error {
	if !actionPattern.MatchString(a) {
		return fmt.Errorf("%q is not an action", a)
	}
	service, name, _ := strings.Cut(strings.ToLower(a), ":")
	switch {
	case kind == TrustPolicy && service != "sts":
		return fmt.Errorf("action %q: a trust policy accepts STS actions only", a)
	case (kind == RepositoryPolicy || kind == RegistryPolicy) && service != "ecr":
		return fmt.Errorf("action %q: a %s accepts ECR actions only", a, kind)
	case kind == RepositoryPolicy && name == "getauthorizationtoken":
		// ECR refuses it here, since it is an action on the registry.
		return fmt.Errorf("action %q: a repository policy accepts actions on repositories only", a)
	}
	return nil
}

// checkResource refuses patterns that AWS refuses (reference_policies_elements_resource, "You can't use a wildcard in
// the service segment").
func checkResource(d *Document, pattern string) error {
	if pattern == "*" {
		return nil
	}
	fields := strings.SplitN(pattern, ":", 6)
	switch {
	case d.hasVariable(pattern):
		return errors.New("has a policy variable: policy variables are not evaluated")
	case len(fields) < 3 || fields[0] != "arn" || fields[1] == "" || fields[2] == "":
		return errors.New("must be an ARN or *")
	case len(fields) < 6 && d.Kind != IdentityPolicy:
		return errors.New("must have the six fields of an ARN")
	case strings.ContainsAny(fields[2], "*?"):
		return errors.New("must not have a wildcard in the service")
	}
	return nil
}
