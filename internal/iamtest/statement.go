package iamtest

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// An Effect is what a statement does to the requests it matches.
type Effect string

// The two effects (reference_policies_elements_effect).
const (
	Allow Effect = "Allow"
	Deny  Effect = "Deny"
)

// A Statement is one statement of a policy. Of each pair (Principal and
// NotPrincipal, and so on) at most one is set.
type Statement struct {
	Sid          string
	Effect       Effect
	Principal    *PrincipalElement
	NotPrincipal *PrincipalElement
	Action       []string
	NotAction    []string
	Resource     []string
	NotResource  []string
	Condition    []Condition

	action      []template
	notAction   []template
	resource    []template
	notResource []template
}

// sidPattern is what IAM accepts; ECR does not document a rule of its own.
var sidPattern = regexp.MustCompile(`^[A-Za-z0-9]*$`)

func parseStatements(d *Document, v any) ([]Statement, error) {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	if v == nil || len(list) == 0 {
		return nil, errors.New("Statement is required and must not be empty")
	}
	var out []Statement
	for i, e := range list {
		o, ok := e.(object)
		if !ok {
			return nil, fmt.Errorf("Statement[%d] is %s, not an object", i, jsonType(e))
		}
		s, err := parseStatement(d, o)
		if err != nil {
			return nil, fmt.Errorf("Statement[%d]: %w", i, err)
		}
		if s.Sid != "" && slices.ContainsFunc(out, func(o Statement) bool { return o.Sid == s.Sid }) {
			return nil, fmt.Errorf("Statement[%d]: Sid %q occurs twice", i, s.Sid)
		}
		out = append(out, s)
	}
	return out, nil
}

func parseStatement(d *Document, o object) (Statement, error) {
	s := Statement{}
	for _, m := range o {
		var err error
		switch m.name {
		case "Sid":
			s.Sid, err = stringValue(m)
		case "Effect":
			s.Effect, err = parseEffect(m)
		case "Principal":
			s.Principal, err = parsePrincipalElement(m.value)
		case "NotPrincipal":
			s.NotPrincipal, err = parsePrincipalElement(m.value)
		case "Action":
			s.Action, err = stringList(m.value)
		case "NotAction":
			s.NotAction, err = stringList(m.value)
		case "Resource":
			s.Resource, err = stringList(m.value)
		case "NotResource":
			s.NotResource, err = stringList(m.value)
		case "Condition":
			s.Condition, err = parseCondition(m.value, d.Version == version2012)
		default:
			err = errors.New("unknown element")
		}
		if err != nil {
			return Statement{}, fmt.Errorf("%s: %w", m.name, err)
		}
	}
	if err := s.compile(d); err != nil {
		return Statement{}, err
	}
	return s, s.check(d.Kind)
}

// compile prepares the patterns.
func (s *Statement) compile(d *Document) error {
	s.action, s.notAction = parseActions(s.Action), parseActions(s.NotAction)
	var err error
	if s.resource, err = parseResources(s.Resource, d); err != nil {
		return fmt.Errorf("Resource: %w", err)
	}
	if s.notResource, err = parseResources(s.NotResource, d); err != nil {
		return fmt.Errorf("NotResource: %w", err)
	}
	return nil
}

// check applies what the grammar says of a whole statement, and what its kind
// of policy adds.
func (s *Statement) check(kind Kind) error {
	switch {
	case s.Effect == "":
		return errors.New("Effect is required")
	case s.Principal != nil && s.NotPrincipal != nil:
		return errors.New("Principal and NotPrincipal exclude each other")
	case s.Resource != nil && s.NotResource != nil:
		return errors.New("Resource and NotResource exclude each other")
	case (s.Action != nil) == (s.NotAction != nil):
		return errors.New("exactly one of Action and NotAction is required")
	case s.NotPrincipal != nil && s.Effect == Allow:
		// reference_policies_elements_notprincipal: "not supported".
		return errors.New("NotPrincipal needs the effect Deny")
	}
	for _, a := range slices.Concat(s.Action, s.NotAction) {
		if err := checkActionPattern(kind, a); err != nil {
			return err
		}
	}
	return s.checkKind(kind)
}

func (s *Statement) checkKind(kind Kind) error {
	hasPrincipal := s.Principal != nil || s.NotPrincipal != nil
	hasResource := s.Resource != nil || s.NotResource != nil
	switch {
	case kind == IdentityPolicy && hasPrincipal:
		return errors.New("an identity-based policy has no Principal")
	case kind != IdentityPolicy && !hasPrincipal:
		return errors.New("a resource-based policy needs a Principal")
	case kind == TrustPolicy && hasResource:
		return errors.New("a trust policy has no Resource")
	case kind == TrustPolicy && s.NotPrincipal != nil:
		return errors.New("a trust policy has no NotPrincipal")
	case (kind == IdentityPolicy || kind == RegistryPolicy) && !hasResource:
		return errors.New("one of Resource and NotResource is required")
	case (kind == IdentityPolicy || kind == TrustPolicy) && !sidPattern.MatchString(s.Sid):
		return fmt.Errorf("Sid %q: IAM takes letters and digits only", s.Sid)
	}
	return nil
}

func parseEffect(m member) (Effect, error) {
	s, err := stringValue(m)
	if err != nil {
		return "", err
	}
	if e := Effect(s); e == Allow || e == Deny {
		return e, nil
	}
	return "", fmt.Errorf("%q is neither Allow nor Deny", s)
}

// actionPattern is an action with wildcards: a wildcard may stand for the whole
// action or for a part of its name, but not for a part of the service.
var actionPattern = regexp.MustCompile(`^(\*|\*:\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+)$`)

func checkActionPattern(kind Kind, a string) error {
	if !actionPattern.MatchString(a) {
		return fmt.Errorf("%q is not an action", a)
	}
	service, name, _ := strings.Cut(strings.ToLower(a), ":")
	switch {
	case kind == TrustPolicy && service != "sts":
		return fmt.Errorf("action %q: a trust policy takes STS actions only", a)
	case (kind == RepositoryPolicy || kind == RegistryPolicy) && service != "ecr":
		return fmt.Errorf("action %q: a %s takes ECR actions only", a, kind)
	case kind == RepositoryPolicy && name == "getauthorizationtoken":
		// It is an action on the registry; ECR refuses it in a repository policy.
		return fmt.Errorf("action %q has no place in a repository policy", a)
	}
	return nil
}
