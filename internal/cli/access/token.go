package access

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/ontopix/crossplane-ecr/internal/iam"
)

// A candidate is a token that a workflow may have, with the form of its subject.
type candidate struct {
	form  string // empty if the token was given as it is
	token iam.Token
}

// Forms of the subject of GitHub's tokens.
const (
	formNames     = "names"
	formImmutable = "immutable"
)

// parseToken reads the claims of a token: a JSON object, or the token itself.
func parseToken(text string) (iam.Token, error) {
	text = strings.TrimSpace(text)
	if parts := strings.Split(text, "."); len(parts) == 3 && !strings.HasPrefix(text, "{") {
		payload, err := base64.RawURLEncoding.DecodeString(parts[1])
		if err != nil {
			return iam.Token{}, errors.New("--token: neither JSON nor a token")
		}
		text = string(payload)
	}
	var claims map[string]any
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&claims); err != nil || claims == nil || dec.More() {
		return iam.Token{}, errors.New("--token: must be a JSON object of the claims, or the token itself")
	}
	t := iam.Token{Claims: map[string]string{}}
	for _, name := range slices.Sorted(maps.Keys(claims)) {
		value, err := claimText(claims[name])
		if err != nil {
			return iam.Token{}, fmt.Errorf("--token: the claim %s %w", name, err)
		}
		switch name {
		case "iss":
			t.Issuer = value
		case "aud":
			t.Audience = value
		case "sub":
			t.Subject = value
		default:
			t.Claims[name] = value
		}
	}
	switch {
	case t.Subject == "":
		return iam.Token{}, errors.New("--token: must have the claim sub")
	case strings.HasPrefix(t.Subject, "arn:"):
		return iam.Token{}, fmt.Errorf("--token: the claim sub is %q, a principal of AWS: ask with --who-can whom a policy names", t.Subject)
	}
	return t, nil
}

// claimText is a claim as STS compares it. STS has no condition keys for lists and objects, but for the audience,
// which tokens for AWS have one of.
func claimText(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case nil:
		return "", nil
	case bool, json.Number:
		return fmt.Sprint(v), nil
	case []any:
		if len(v) == 1 {
			return claimText(v[0])
		}
	case map[string]any:
		var b bytes.Buffer
		err := json.NewEncoder(&b).Encode(v)
		return strings.TrimSpace(b.String()), err
	}
	return "", errors.New("must have one value")
}

// A job is what the flags say of a GitHub workflow.
type job struct {
	repository, ref, environment, event, workflow string
	ownerID, repositoryID                         string
	issuer, audience                              string
	form                                          string
}

// flags adds the flags that build a token.
func (j *job) flags(f *pflag.FlagSet) {
	f.StringVar(&j.repository, "repository", "", "GitHub repository of the workflow, such as octo/api")
	f.StringVar(&j.ref, "ref", "", "Git ref that it runs for, such as refs/heads/main or refs/tags/v1 (default refs/heads/main)")
	f.StringVar(&j.environment, "environment", "", "Environment that the job names")
	f.StringVar(&j.event, "event", "", "Event that started it, such as push or pull_request")
	f.StringVar(&j.workflow, "workflow", "", "The claim job_workflow_ref, such as octo/ci/.github/workflows/build.yml@refs/heads/main")
	f.StringVar(&j.ownerID, "owner-id", "", "Number of the owner of the repository (default that of the org access that names the owner)")
	f.StringVar(&j.repositoryID, "repository-id", "", "Number of the repository")
	f.StringVar(&j.issuer, "issuer", "", "Issuer of the token (default that of the roles, if they have one)")
	f.StringVar(&j.audience, "audience", "", "Audience of the token (default the one that the roles ask for)")
	f.StringVar(&j.form, "subject-form", "",
		"Form of the subject: names (octo/api) or immutable (octo@1/api@2), which newer repositories send (default both)")
}

// onlyBuilt are the flags that go with --repository.
var onlyBuilt = []string{"ref", "environment", "event", "workflow", "owner-id", "repository-id", "audience", "subject-form"}

// candidates builds the tokens that the job may have. It notes what it assumes.
func (j *job) candidates(e *estate, note func(format string, args ...any)) ([]candidate, error) { //nolint:gocyclo // one branch for each flag
	owner, name, ok := strings.Cut(j.repository, "/")
	if !ok || owner == "" || name == "" || strings.ContainsAny(name, "/:@*") || strings.ContainsAny(owner, ":@*") {
		return nil, fmt.Errorf("--repository %q: must be an owner and a name, such as octo/api", j.repository)
	}
	context, err := j.context()
	if err != nil {
		return nil, err
	}
	g := iam.GitHubJob{
		Issuer: j.issuer, Audience: j.audience, Owner: owner, OwnerID: j.ownerID, Repository: name, RepositoryID: j.repositoryID,
		Context: context, Claims: map[string]string{},
	}
	if g.Issuer == "" {
		g.Issuer = e.issuer()
	}
	if g.Audience == "" {
		g.Audience = e.audience(g.Issuer)
	}
	if g.OwnerID == "" {
		if g.OwnerID = e.ownerID(owner); g.OwnerID != "" {
			note("The owner %s is taken to be the one with the number %s: see --owner-id.", owner, g.OwnerID)
		}
	}
	if j.workflow != "" {
		g.Claims["job_workflow_ref"] = j.workflow
	}
	if j.event != "" {
		g.Claims["event_name"] = j.event
	}
	isServer := strings.HasSuffix(g.Issuer, "/_services/token")
	var out []candidate
	switch {
	case j.form != "" && j.form != formNames && j.form != formImmutable:
		return nil, fmt.Errorf("--subject-form %q: must be %s or %s", j.form, formNames, formImmutable)
	case j.form == formImmutable && (g.OwnerID == "" || g.RepositoryID == ""):
		return nil, errors.New("--subject-form immutable: needs --owner-id and --repository-id")
	case j.form == formImmutable && isServer:
		return nil, errors.New("--subject-form immutable: GitHub Enterprise Server sends names only")
	}
	if j.form != formImmutable {
		out = append(out, candidate{formNames, g.Token()})
	}
	switch {
	case j.form == formNames, isServer:
	case g.OwnerID == "" || g.RepositoryID == "":
		note("Only the subject of names is tried. Newer repositories send the immutable form: try it too by --owner-id and --repository-id.")
	default:
		g.Immutable = true
		out = append(out, candidate{formImmutable, g.Token()})
	}
	return out, nil
}

// context reads what the job runs for.
func (j *job) context() (iam.GitHubContext, error) {
	c := iam.GitHubContext{Environment: j.environment}
	branch, isBranch := strings.CutPrefix(j.ref, "refs/heads/")
	tag, isTag := strings.CutPrefix(j.ref, "refs/tags/")
	number, isPull := strings.CutPrefix(j.ref, "refs/pull/")
	switch {
	case isBranch && branch != "":
		c.Branch = branch
	case isTag && tag != "":
		c.Tag = tag
	case isPull && number != "":
		c.PullRequest, _, _ = strings.Cut(number, "/")
	case j.ref == "":
	default:
		return c, fmt.Errorf("--ref %q: must begin with refs/heads/, refs/tags/ or refs/pull/", j.ref)
	}
	// Only this event has a subject of its own: pull_request_target runs for the branch.
	if j.event == "pull_request" && c.PullRequest == "" {
		c.PullRequest = "1"
	}
	if isPull && j.event == "" {
		j.event = "pull_request"
	}
	return c, nil
}

// issuer is the one of the roles, or that of github.com.
func (e *estate) issuer() string {
	var issuers []string
	for _, r := range e.roles {
		for _, a := range r.admits() {
			issuers = appendValues(issuers, a.Issuer)
		}
	}
	if len(issuers) == 1 {
		return issuers[0]
	}
	return iam.GitHubIssuer
}

// audience is the one that the roles ask of an issuer's tokens.
func (e *estate) audience(issuer string) string {
	var audiences []string
	for _, r := range e.roles {
		for _, a := range r.admits() {
			if a.Issuer == issuer {
				audiences = appendValues(audiences, a.Conditions["aud"]...)
			}
		}
	}
	if len(audiences) == 1 {
		return audiences[0]
	}
	return iam.AWSAudience
}

// ownerID is the number of an owner, where the roles that name it ask for one.
func (e *estate) ownerID(owner string) string {
	var ids []string
	for _, r := range e.roles {
		for _, a := range r.admits() {
			named := slices.ContainsFunc(a.Subjects, func(s string) bool { return strings.HasPrefix(s, "repo:"+owner+"/") })
			if named {
				ids = appendValues(ids, a.Conditions["repository_owner_id"]...)
			}
			for _, s := range a.Subjects {
				if rest, ok := strings.CutPrefix(s, "repo:"+owner+"@"); ok {
					id, _, _ := strings.Cut(rest, "/")
					ids = appendValues(ids, id)
				}
			}
		}
	}
	if len(ids) == 1 {
		return ids[0]
	}
	return ""
}
