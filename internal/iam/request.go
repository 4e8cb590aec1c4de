package iam

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/ontopix/crossplane-ecr/fn/aws"
)

// A Principal is the caller of a request. AccountRoot, RoleSession, User, OIDCProvider, Service and Anonymous
// make one.
type Principal struct {
	kind      principalKind
	name      string // the ARN of root, user, role or provider; the name of a service
	session   string // of a role
	partition string
	account   string
	err       error // what is wrong with what it was made of
}

// A principalKind is the value of aws:PrincipalType for those that have one.
type principalKind string

const (
	anonymousCaller   principalKind = "Anonymous"
	accountRoot       principalKind = "Account"
	iamUser           principalKind = "User"
	iamRole           principalKind = "AssumedRole"
	federatedProvider principalKind = "provider"
	awsService        principalKind = "service"
)

// AccountRoot is the root user of an account. Everything in its own account is open to it.
func AccountRoot(partition, account string) Principal {
	return iamPrincipal(accountRoot, aws.AccountRootARN(partition, account), "root")
}

// User is an IAM user, by its ARN.
func User(arn string) Principal { return iamPrincipal(iamUser, arn, "user/") }

// RoleSession is a session of the role with this ARN. Policies can name both the role and the session.
func RoleSession(roleARN, session string) Principal {
	p := iamPrincipal(iamRole, roleARN, "role/")
	if p.session = session; session == "" {
		p.err = errors.New("a role session must have a name")
	}
	return p
}

// OIDCProvider is who calls AssumeRoleWithWebIdentity with a token of the provider with this ARN.
func OIDCProvider(arn string) Principal {
	return iamPrincipal(federatedProvider, arn, "oidc-provider/")
}

// Service is an AWS service, such as lambda.amazonaws.com.
func Service(name string) Principal {
	p := Principal{kind: awsService, name: name}
	if !servicePattern.MatchString(name) {
		p.err = fmt.Errorf("%q is not a service principal", name)
	}
	return p
}

// Anonymous is a caller who has not authenticated.
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

// sessionARN is the ARN of the role session. It has the role's name without the path.
func (p Principal) sessionARN() string {
	return "arn:" + p.partition + ":sts::" + p.account + ":assumed-role/" + p.baseName() + "/" + p.session
}

// baseName is the name of a role or user without its path.
func (p Principal) baseName() string { return p.name[strings.LastIndex(p.name, "/")+1:] }

// A Context is the request context: condition keys in any case, with their values. A key without values is
// absent. The keys that follow from principal and resource (aws:PrincipalArn, aws:PrincipalAccount,
// aws:PrincipalType, aws:username, aws:PrincipalIsAWSService, aws:PrincipalServiceName, aws:ResourceAccount) are
// added. Those that are given here are taken as they are.
type Context map[string][]string

// A Request is what AWS is asked to allow.
type Request struct {
	// Action is one action, such as ecr:PutImage.
	Action string

	// Resource is the ARN of the resource, or * for an action that takes none.
	Resource string

	Principal Principal
	Context   Context
}

// An evaluation is a checked request.
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
		// Such an action is about the caller's own account.
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

// derivedKeys are the global condition keys that follow from the request, by their names in lower case
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

// sameAccount reports whether the caller and the resource are of one account.
func (e *evaluation) sameAccount() bool {
	return e.Principal.account == e.account && (e.partition == "" || e.partition == e.Principal.partition)
}
