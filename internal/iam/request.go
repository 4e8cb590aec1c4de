package iam

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/ontopix/crossplane-ecr/fn/aws"
)

// A Principal is a caller. AccountRoot, RoleSession, User, OIDCProvider, Service and Anonymous return one.
type Principal struct {
	kind      principalKind
	name      string // the ARN of a root user, user, role or provider; the name of a service
	session   string // of a role
	partition string
	account   string
	err       error // an invalid ARN or name
}

// A principalKind is the value of aws:PrincipalType for the kinds that have one.
type principalKind string

const (
	anonymousCaller   principalKind = "Anonymous"
	accountRoot       principalKind = "Account"
	iamUser           principalKind = "User"
	iamRole           principalKind = "AssumedRole"
	federatedProvider principalKind = "provider"
	awsService        principalKind = "service"
)

// AccountRoot returns the root user of an account, which may do everything in its own account.
func AccountRoot(partition, account string) Principal {
	return iamPrincipal(accountRoot, aws.AccountRootARN(partition, account), "root")
}

// User returns the IAM user with this ARN.
func User(arn string) Principal { return iamPrincipal(iamUser, arn, "user/") }

// RoleSession returns a session of the role with this ARN. Policies can name the role or the session.
func RoleSession(roleARN, session string) Principal {
	p := iamPrincipal(iamRole, roleARN, "role/")
	if p.session = session; session == "" {
		p.err = errors.New("a role session must have a name")
	}
	return p
}

// OIDCProvider returns the caller of AssumeRoleWithWebIdentity with a token of the provider with this ARN.
func OIDCProvider(arn string) Principal {
	return iamPrincipal(federatedProvider, arn, "oidc-provider/")
}

// Service returns an AWS service, such as lambda.amazonaws.com.
func Service(name string) Principal {
	p := Principal{kind: awsService, name: name}
	if !servicePattern.MatchString(name) {
		p.err = fmt.Errorf("%q is not a service principal", name)
	}
	return p
}

// Anonymous returns a caller who has not authenticated.
func Anonymous() Principal { return Principal{kind: anonymousCaller, name: "anonymous"} }

func iamPrincipal(kind principalKind, text, prefix string) Principal {
	a, ok := aws.ParseARN(text)
	p := Principal{kind: kind, name: text, partition: a.Partition, account: a.Account}
	if !ok || a.Service != "iam" || !aws.IsAccountID(a.Account) || !strings.HasPrefix(a.Resource, prefix) {
		p.err = fmt.Errorf("%q is not the ARN of an IAM %s", text, strings.TrimSuffix(prefix, "/"))
	}
	return p
}

// isAWS reports whether the caller belongs to an account.
func (p Principal) isAWS() bool {
	return p.kind == accountRoot || p.kind == iamUser || p.kind == iamRole
}

// sessionARN returns the ARN of the role session, which has no path.
func (p Principal) sessionARN() string {
	return "arn:" + p.partition + ":sts::" + p.account + ":assumed-role/" + p.baseName() + "/" + p.session
}

// baseName returns the name of a role or user without its path.
func (p Principal) baseName() string { return p.name[strings.LastIndex(p.name, "/")+1:] }

// A Context has the values of condition keys, which are not case-sensitive. A key without values is absent. Evaluation
// adds the keys that follow from the principal and the resource (aws:PrincipalArn, aws:PrincipalAccount,
// aws:PrincipalType, aws:username, aws:PrincipalIsAWSService, aws:PrincipalServiceName, aws:ResourceAccount) unless the
// context has them.
type Context map[string][]string

// A Request asks to allow an action on a resource.
type Request struct {
	// Action is one action, such as ecr:PutImage.
	Action string

	// Resource is the ARN of the resource, or * for an action without one.
	Resource string

	Principal Principal
	Context   Context
}

// An evaluation is a valid request.
type evaluation struct {
	Request
	keys      map[string][]string // by name in lower case
	partition string              // of the resource; empty for *
	account   string              // of the resource
}

func (e *evaluation) values(key string) []string { return e.keys[strings.ToLower(key)] }

var requestActionPattern = regexp.MustCompile(`^[A-Za-z0-9-]+:[A-Za-z0-9]+$`)

func newEvaluation(r Request) (*evaluation, error) {
	e := &evaluation{Request: r, keys: map[string][]string{}}
	switch {
	case !requestActionPattern.MatchString(r.Action):
		return nil, fmt.Errorf("request: %q is not an action", r.Action)
	case r.Principal.kind == "":
		return nil, errors.New("request: must have a principal")
	case r.Principal.err != nil:
		return nil, fmt.Errorf("request: %w", r.Principal.err)
	}
	if err := e.setResource(); err != nil {
		return nil, fmt.Errorf("request: %w", err)
	}
	for key, value := range e.derivedKeys() {
		if value != "" {
			e.keys[key] = []string{value}
		}
	}
	for key, values := range r.Context {
		e.keys[strings.ToLower(key)] = slices.Clone(values)
	}
	return e, nil
}

func (e *evaluation) setResource() error {
	action, isECR := ECRAction(e.Action)
	switch {
	case isECR && !action.OnRepository && e.Resource != "*":
		return fmt.Errorf("AWS evaluates %s on *, not on %q", e.Action, e.Resource)
	case isECR && action.OnRepository && e.Resource == "*":
		return fmt.Errorf("%s needs the ARN of a repository", e.Action)
	case e.Resource == "*":
		// Such an action concerns the caller's own account.
		e.account = e.Principal.account
		return nil
	}
	a, ok := aws.ParseARN(e.Resource)
	if !ok || a.Account == "" {
		return fmt.Errorf("the resource %q must be * or an ARN with an account", e.Resource)
	}
	e.partition, e.account = a.Partition, a.Account
	return nil
}

// derivedKeys returns the global condition keys that follow from the request, with names in lower case
// (reference_policies_condition-keys, and the table of principals in reference_policies_variables).
func (e *evaluation) derivedKeys() map[string]string {
	p := e.Principal
	keys := map[string]string{"aws:resourceaccount": e.account}
	if p.isAWS() {
		keys["aws:principalarn"] = p.name
		keys["aws:principalaccount"] = p.account
		keys["aws:principalisawsservice"] = "false"
	}
	switch p.kind {
	case accountRoot, iamUser, iamRole, anonymousCaller:
		keys["aws:principaltype"] = string(p.kind)
	case awsService:
		keys["aws:principalisawsservice"] = "true"
		keys["aws:principalservicename"] = p.name
	}
	if p.kind == iamUser {
		keys["aws:username"] = p.baseName()
	}
	return keys
}
