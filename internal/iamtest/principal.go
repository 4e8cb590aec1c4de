package iamtest

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A PrincipalElement is the value of Principal or NotPrincipal.
type PrincipalElement struct {
	// Any is "*", or {"AWS": "*"}: everyone. AWS calls the two equivalent for
	// anonymous callers and leaves others open; here they are the same.
	Any bool

	AWS           []string
	Federated     []string
	Service       []string
	CanonicalUser []string
}

// A grant is how closely a principal element names a caller.
type grant int

const (
	// grantNone does not name the caller.
	grantNone grant = iota

	// grantAccount names the caller's account, which delegates: the account's
	// own policies decide (reference_policies_elements_principal, "AWS account
	// principals").
	grantAccount

	// grantDirect names the caller, or everyone.
	grantDirect
)

var (
	accountPattern = regexp.MustCompile(`^\d{12}$`)

	// uniqueIDPattern is what an ARN turns into once its role or user is gone.
	uniqueIDPattern = regexp.MustCompile(`^A(ROA|IDA)[A-Z0-9]+$`)

	// servicePattern is a service principal, in any partition.
	servicePattern = regexp.MustCompile(`^[a-z0-9.-]+\.amazonaws\.com(\.cn)?$`)

	// builtInProviders are the federated principals that are no ARN.
	builtInProviders = []string{
		"cognito-identity.amazonaws.com", "www.amazon.com", "graph.facebook.com", "accounts.google.com",
	}
)

func parsePrincipalElement(v any) (*PrincipalElement, error) {
	if s, ok := v.(string); ok {
		if s != "*" {
			return nil, fmt.Errorf("%q: a principal without its kind can only be *", s)
		}
		return &PrincipalElement{Any: true}, nil
	}
	o, ok := v.(object)
	if !ok {
		return nil, fmt.Errorf("is %s, not * or an object", jsonType(v))
	}
	if len(o) == 0 {
		return nil, errors.New("the object is empty")
	}
	e := &PrincipalElement{}
	for _, m := range o {
		names, err := stringList(m.value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
		if err := e.add(m.name, names); err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
	}
	return e, nil
}

func (e *PrincipalElement) add(kind string, names []string) error {
	var valid func(string) bool
	switch kind {
	case "AWS":
		e.Any = slices.Contains(names, "*")
		e.AWS, valid = names, validAWSPrincipal
	case "Federated":
		e.Federated, valid = names, validFederated
	case "Service":
		e.Service, valid = names, servicePattern.MatchString
	case "CanonicalUser":
		e.CanonicalUser, valid = names, func(s string) bool { return s != "" && !strings.ContainsAny(s, "*?") }
	default:
		return errors.New("unknown kind of principal")
	}
	for _, n := range names {
		if !valid(n) {
			return fmt.Errorf("%q is not a principal (a wildcard cannot match part of one)", n)
		}
	}
	return nil
}

func validAWSPrincipal(s string) bool {
	if s == "*" || accountPattern.MatchString(s) || uniqueIDPattern.MatchString(s) {
		return true
	}
	a, ok := parseARN(s)
	if !ok || strings.ContainsAny(s, "*?$") || !accountPattern.MatchString(a.account) || a.region != "" {
		return false
	}
	kind, name, _ := strings.Cut(a.resource, "/")
	switch a.service + " " + kind {
	case "iam root":
		return a.resource == "root"
	case "iam role", "iam user", "sts federated-user":
		return name != ""
	case "sts assumed-role":
		role, session, _ := strings.Cut(name, "/")
		return role != "" && session != "" && !strings.Contains(session, "/")
	}
	return false
}

func validFederated(s string) bool {
	if slices.Contains(builtInProviders, s) {
		return true
	}
	a, ok := parseARN(s)
	if !ok || strings.ContainsAny(s, "*?$") || a.service != "iam" || !accountPattern.MatchString(a.account) {
		return false
	}
	kind, name, _ := strings.Cut(a.resource, "/")
	return (kind == "oidc-provider" || kind == "saml-provider") && name != ""
}

// grant tells how the element names a caller. Names are compared exactly
// ("you cannot use a wildcard to match part of a principal name or ARN", "the
// user name part is case sensitive").
func (e *PrincipalElement) grant(p Principal) grant {
	switch {
	case e.Any:
		return grantDirect
	case p.kind == awsService && slices.Contains(e.Service, p.name):
		return grantDirect
	case p.kind == federatedProvider && slices.Contains(e.Federated, p.name):
		return grantDirect
	}
	best := grantNone
	for _, n := range e.AWS {
		if p.isAWS() {
			best = max(best, grantAWS(n, p))
		}
	}
	return best
}

func grantAWS(name string, p Principal) grant {
	root := "arn:" + p.partition + ":iam::" + p.account + ":root"
	switch {
	case name == p.name, p.session != "" && name == p.sessionARN():
		return grantDirect
	case name == p.account, name == root:
		return grantAccount
	}
	return grantNone
}
