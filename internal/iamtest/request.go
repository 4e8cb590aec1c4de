package iamtest

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A Principal is the caller of a request. Make one with AccountRoot,
// RoleSession, User, OIDCProvider, Service or Anonymous.
type Principal struct {
	kind      principalKind
	name      string // the ARN of root, user, role or provider; the name of a service
	session   string // of a role
	partition string
	account   string
	err       error // what was wrong with the ARN it was made of
}

type principalKind int

const (
	noPrincipal principalKind = iota
	anonymousCaller
	accountRoot
	iamUser
	iamRole
	federatedProvider
	awsService
)

// AccountRoot is the root user of an account. By default everything in its own
// account is open to it.
func AccountRoot(partition, account string) Principal {
	return iamPrincipal(accountRoot, "arn:"+partition+":iam::"+account+":root", "root")
}

// User is an IAM user, by its ARN.
func User(arn string) Principal { return iamPrincipal(iamUser, arn, "user/") }

// RoleSession is who calls after assuming a role: a session of the role with
// this ARN. Both the role and the session can be named as principals.
func RoleSession(roleARN, session string) Principal {
	p := iamPrincipal(iamRole, roleARN, "role/")
	if p.session = session; session == "" {
		p.err = errors.New("a role session needs a name")
	}
	return p
}

// OIDCProvider is who calls AssumeRoleWithWebIdentity with a token of the
// provider with this ARN.
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
func Anonymous() Principal { return Principal{kind: anonymousCaller} }

func iamPrincipal(kind principalKind, text, prefix string) Principal {
	a, ok := parseARN(text)
	p := Principal{kind: kind, name: text, partition: a.partition, account: a.account}
	if !ok || a.service != "iam" || !accountPattern.MatchString(a.account) || !strings.HasPrefix(a.resource, prefix) {
		p.err = fmt.Errorf("%q is not the ARN of an IAM %s", text, strings.TrimSuffix(prefix, "/"))
	}
	return p
}

// isAWS tells whether the caller belongs to an account.
func (p Principal) isAWS() bool {
	return p.kind == accountRoot || p.kind == iamUser || p.kind == iamRole
}

// sessionARN is the ARN of the role session. It holds the role's name without
// the path.
func (p Principal) sessionARN() string {
	name := p.name[strings.LastIndex(p.name, "/")+1:]
	return "arn:" + p.partition + ":sts::" + p.account + ":assumed-role/" + name + "/" + p.session
}

// A Context is the request context: condition keys, spelled in any case, with
// their values. A key with no values is absent. The keys that follow from the
// principal and the resource (aws:PrincipalArn, aws:PrincipalAccount,
// aws:PrincipalType, aws:username, aws:PrincipalIsAWSService,
// aws:PrincipalServiceName, aws:ResourceAccount) are added; given here, they
// are taken as given.
type Context map[string][]string

// A Request is what AWS is asked to allow.
type Request struct {
	// Action is one action, such as ecr:PutImage.
	Action string

	// Resource is the ARN of the resource, or * for an action that takes none.
	Resource string

	// ResourceAccount is the account that owns the resource. It is needed only
	// where the ARN does not say, as with S3.
	ResourceAccount string

	Principal Principal
	Context   Context
}

// contextKeys is a context with its keys in lower case.
type contextKeys map[string][]string

func (k contextKeys) get(key string) []string { return k[strings.ToLower(key)] }

// An evaluation is a checked request.
type evaluation struct {
	Request
	keys      contextKeys
	partition string // of the resource, empty for *
	account   string // of the resource, empty if unknown
}

var requestActionPattern = regexp.MustCompile(`^[A-Za-z0-9-]+:[A-Za-z0-9]+$`)

func newEvaluation(r Request) (*evaluation, error) {
	e := &evaluation{Request: r, keys: contextKeys{}, account: r.ResourceAccount}
	switch {
	case !requestActionPattern.MatchString(r.Action):
		return nil, fmt.Errorf("request: %q is not an action", r.Action)
	case r.Principal.kind == noPrincipal:
		return nil, errors.New("request: needs a principal")
	case r.Principal.err != nil:
		return nil, fmt.Errorf("request: %w", r.Principal.err)
	}
	if err := e.setResource(); err != nil {
		return nil, fmt.Errorf("request: %w", err)
	}
	for key, values := range r.Context {
		lower := strings.ToLower(key)
		if _, ok := e.keys[lower]; ok {
			return nil, fmt.Errorf("request: the context has two spellings of %s", key)
		}
		e.keys[lower] = slices.Clone(values)
	}
	for key, value := range e.derivedKeys() {
		if _, ok := e.keys[key]; !ok && value != "" {
			e.keys[key] = []string{value}
		}
	}
	return e, nil
}

func (e *evaluation) setResource() error {
	if want := ecrResource(e.Action); want == "*" && e.Resource != "*" {
		return fmt.Errorf("%s takes no resource: AWS evaluates it on *, not on %q", e.Action, e.Resource)
	} else if want == ecrRepository && e.Resource == "*" {
		return fmt.Errorf("%s needs the ARN of a repository", e.Action)
	}
	if e.Resource == "*" {
		// Such an action concerns the caller's own account.
		if e.account == "" {
			e.account = e.Principal.account
		}
		return nil
	}
	a, ok := parseARN(e.Resource)
	if !ok {
		return fmt.Errorf("%q is neither an ARN nor *", e.Resource)
	}
	if a.account != "" && e.account != "" && a.account != e.account {
		return fmt.Errorf("%q is not in the account %s", e.Resource, e.account)
	}
	if e.partition = a.partition; a.account != "" {
		e.account = a.account
	}
	return nil
}

// derivedKeys are the global condition keys that follow from the request
// itself (reference_policies_condition-keys and the table of principals in
// reference_policies_variables).
func (e *evaluation) derivedKeys() map[string]string {
	p := e.Principal
	keys := map[string]string{"aws:resourceaccount": e.account}
	if p.isAWS() {
		keys["aws:principalarn"] = p.name
		keys["aws:principalaccount"] = p.account
		keys["aws:principalisawsservice"] = "false"
	}
	switch p.kind {
	case accountRoot:
		keys["aws:principaltype"] = "Account"
	case iamUser:
		keys["aws:principaltype"] = "User"
		keys["aws:username"] = p.name[strings.LastIndex(p.name, "/")+1:]
	case iamRole:
		keys["aws:principaltype"] = "AssumedRole"
	case anonymousCaller:
		keys["aws:principaltype"] = "Anonymous"
	case awsService:
		keys["aws:principalisawsservice"] = "true"
		keys["aws:principalservicename"] = p.name
	}
	return keys
}

// sameAccount tells whether the caller and the resource share an account.
func (e *evaluation) sameAccount() bool {
	return e.Principal.account == e.account && (e.partition == "" || e.partition == e.Principal.partition)
}

// An arn is an ARN in its six components.
type arn struct {
	partition, service, region, account, resource string
}

func parseARN(s string) (arn, bool) {
	f := strings.SplitN(s, ":", 6)
	if len(f) < 6 || f[0] != "arn" || f[1] == "" || f[2] == "" || f[5] == "" {
		return arn{}, false
	}
	return arn{partition: f[1], service: f[2], region: f[3], account: f[4], resource: f[5]}, true
}
