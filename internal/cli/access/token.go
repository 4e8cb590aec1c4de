package access

import (
	"cmp"
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

// Forms of the subject in GitHub's tokens.
const (
	formNames     = "names"
	formImmutable = "immutable"
)

var errToken = errors.New("--token: must be a JSON object of the claims, or the token itself")

// parseToken parses the claims of a token as JSON, or the token itself.
func parseToken(text string) (iam.Token, error) {
	text = strings.TrimSpace(text)
	if parts := strings.Split(text, "."); len(parts) == 3 && !strings.HasPrefix(text, "{") {
		payload, err := base64.RawURLEncoding.DecodeString(parts[1])
		if err != nil {
			return iam.Token{}, errToken
		}
		text = string(payload)
	}
	var claims map[string]any
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&claims); err != nil || claims == nil || dec.More() {
		return iam.Token{}, errToken
	}
	t := iam.Token{Claims: map[string]string{}}
	for _, name := range slices.Sorted(maps.Keys(claims)) {
		var err error
		if t.Claims[name], err = claimText(claims[name]); err != nil {
			return iam.Token{}, fmt.Errorf("--token: the claim %s %w", name, err)
		}
	}
	t.Issuer, t.Audience, t.Subject = t.Claims["iss"], t.Claims["aud"], t.Claims["sub"]
	switch {
	case t.Subject == "":
		return iam.Token{}, errors.New("--token: must have the claim sub")
	case strings.HasPrefix(t.Subject, "arn:"):
		return iam.Token{}, fmt.Errorf("--token: the claim sub is %q, a principal of AWS: --who-can shows whom a policy names", t.Subject)
	}
	return t, nil
}

// claimText returns a claim as STS compares it. STS has no condition keys for objects or lists, except for the audience:
// tokens for AWS have only one.
func claimText(v any) (string, error) {
	switch v := v.(type) {
	case nil, map[string]any:
		return "", nil
	case []any:
		if len(v) != 1 {
			return "", errors.New("must have one value")
		}
		return claimText(v[0])
	}
	return fmt.Sprint(v), nil
}

// A job is the GitHub workflow that the flags describe.
type job struct {
	iam.GitHubJob

	repository, ref, event, workflow, form string
}

// flags adds the flags that build a token.
func (j *job) flags(f *pflag.FlagSet) {
	f.StringVar(&j.repository, "repository", "", "GitHub repository of the workflow, such as octo/api")
	f.StringVar(&j.ref, "ref", "", "Git ref of the workflow, such as refs/heads/main or refs/tags/v1 (default refs/heads/main)")
	f.StringVar(&j.Context.Environment, "environment", "", "Environment of the job")
	f.StringVar(&j.event, "event", "", "Event that started the workflow, such as push or pull_request")
	f.StringVar(&j.workflow, "workflow", "", "Claim job_workflow_ref, such as octo/ci/.github/workflows/build.yml@refs/heads/main")
	f.StringVar(&j.OwnerID, "owner-id", "", "Number of the repository's owner (default the one that the org access of the owner has)")
	f.StringVar(&j.RepositoryID, "repository-id", "", "Number of the repository")
	f.StringVar(&j.Issuer, "issuer", "", "Issuer of the token (default the one that the roles trust)")
	f.StringVar(&j.Audience, "audience", "", "Audience of the token (default the one that the roles require)")
	f.StringVar(&j.form, "subject-form", "",
		"Form of the subject: names (octo/api) or immutable (octo@1/api@2), which newer repositories send (default both)")
}

// jobFlags are the flags that need --repository.
var jobFlags = []string{"ref", "environment", "event", "workflow", "owner-id", "repository-id", "audience", "subject-form"}

// tokens returns the tokens that the job may have. It notes what it assumes.
func (j *job) tokens(e *estate, note func(format string, args ...any)) ([]iam.Token, error) {
	var ok bool
	if j.Owner, j.Repository, ok = strings.Cut(j.repository, "/"); !ok || j.Owner == "" || j.Repository == "" ||
		strings.ContainsAny(j.Repository, "/:@*") || strings.ContainsAny(j.Owner, ":@*") {
		return nil, fmt.Errorf("--repository %q: must be an owner and a name, such as octo/api", j.repository)
	}
	if err := j.setContext(); err != nil {
		return nil, err
	}
	j.Issuer = cmp.Or(j.Issuer, e.issuer())
	j.Audience = cmp.Or(j.Audience, e.audience(j.Issuer))
	if j.OwnerID == "" {
		if j.OwnerID = e.ownerID(j.Owner); j.OwnerID != "" {
			note("The owner %s is assumed to have the number %s: see --owner-id.", j.Owner, j.OwnerID)
		}
	}
	j.Claims = map[string]string{"job_workflow_ref": j.workflow}
	isServer := strings.HasSuffix(j.Issuer, "/_services/token")
	numbered := j.OwnerID != "" && j.RepositoryID != ""
	switch {
	case j.form != "" && j.form != formNames && j.form != formImmutable:
		return nil, fmt.Errorf("--subject-form %q: must be %s or %s", j.form, formNames, formImmutable)
	case j.form == formImmutable && !numbered:
		return nil, errors.New("--subject-form immutable: needs --owner-id and --repository-id")
	case j.form == formImmutable && isServer:
		return nil, errors.New("--subject-form immutable: GitHub Enterprise Server sends only names")
	}
	var out []iam.Token
	if j.form != formImmutable {
		out = append(out, j.Token())
	}
	switch {
	case j.form == formNames, isServer:
	case !numbered:
		note("Only the subject with names is tried. Newer repositories send the immutable form: " +
			"give --owner-id and --repository-id to try it too.")
	default:
		j.Immutable = true
		out = append(out, j.Token())
	}
	return out, nil
}

// setContext sets what the job runs for: a branch, a tag or a pull request.
func (j *job) setContext() error {
	branch, isBranch := strings.CutPrefix(j.ref, "refs/heads/")
	tag, isTag := strings.CutPrefix(j.ref, "refs/tags/")
	number, isPull := strings.CutPrefix(j.ref, "refs/pull/")
	switch {
	case isBranch && branch != "":
		j.Context.Branch = branch
	case isTag && tag != "":
		j.Context.Tag = tag
	case isPull && number != "":
		j.Context.PullRequest, _, _ = strings.Cut(number, "/")
	case j.ref == "":
	default:
		return fmt.Errorf("--ref %q: must begin with refs/heads/, refs/tags/ or refs/pull/", j.ref)
	}
	// Only this event has its own subject: pull_request_target runs for the branch.
	if j.event == "pull_request" && j.Context.PullRequest == "" {
		j.Context.PullRequest = "1"
	}
	return nil
}

// onlyValue returns the value that the admissions of all roles share, or the fallback if they have none or several.
func (e *estate) onlyValue(of func(Admission) []string, fallback string) string {
	var values []string
	for _, r := range e.roles {
		for _, a := range r.admissions() {
			values = appendNew(values, of(a)...)
		}
	}
	if len(values) == 1 {
		return values[0]
	}
	return fallback
}

// issuer returns the issuer that the roles trust, or that of github.com.
func (e *estate) issuer() string {
	return e.onlyValue(func(a Admission) []string { return []string{a.Issuer} }, iam.GitHubIssuer)
}

// audience returns the audience that the roles require in the tokens of an issuer.
func (e *estate) audience(issuer string) string {
	return e.onlyValue(func(a Admission) []string {
		if a.Issuer != issuer {
			return nil
		}
		return a.Conditions["aud"]
	}, iam.AWSAudience)
}

// ownerID returns the number of an owner, if the roles that name the owner require one.
func (e *estate) ownerID(owner string) string {
	return e.onlyValue(func(a Admission) []string {
		var ids []string
		for _, s := range a.Subjects {
			if strings.HasPrefix(s, "repo:"+owner+"/") {
				ids = append(ids, a.Conditions["repository_owner_id"]...)
			}
			if rest, ok := strings.CutPrefix(s, "repo:"+owner+"@"); ok {
				id, _, _ := strings.Cut(rest, "/")
				ids = append(ids, id)
			}
		}
		return ids
	}, "")
}
