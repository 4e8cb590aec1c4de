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

// claimText is a claim as STS compares it. STS has no condition keys for objects and lists, but for the audience, which
// tokens for AWS have one of.
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

// A job is what the flags say of a GitHub workflow.
type job struct {
	iam.GitHubJob

	repository, ref, event, workflow, form string
}

// flags adds the flags that build a token.
func (j *job) flags(f *pflag.FlagSet) {
	f.StringVar(&j.repository, "repository", "", "GitHub repository of the workflow, such as octo/api")
	f.StringVar(&j.ref, "ref", "", "Git ref that it runs for, such as refs/heads/main or refs/tags/v1 (default refs/heads/main)")
	f.StringVar(&j.Context.Environment, "environment", "", "Environment that the job names")
	f.StringVar(&j.event, "event", "", "Event that started it, such as push or pull_request")
	f.StringVar(&j.workflow, "workflow", "", "The claim job_workflow_ref, such as octo/ci/.github/workflows/build.yml@refs/heads/main")
	f.StringVar(&j.OwnerID, "owner-id", "", "Number of the owner of the repository (default that of the org access that names the owner)")
	f.StringVar(&j.RepositoryID, "repository-id", "", "Number of the repository")
	f.StringVar(&j.Issuer, "issuer", "", "Issuer of the token (default that of the roles, if they have one)")
	f.StringVar(&j.Audience, "audience", "", "Audience of the token (default the one that the roles ask for)")
	f.StringVar(&j.form, "subject-form", "",
		"Form of the subject: names (octo/api) or immutable (octo@1/api@2), which newer repositories send (default both)")
}

// onlyBuilt are the flags that go with --repository.
var onlyBuilt = []string{"ref", "environment", "event", "workflow", "owner-id", "repository-id", "audience", "subject-form"}

// tokens builds the tokens that the job may have. It notes what it assumes.
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
			note("The owner %s is taken to be the one with the number %s: see --owner-id.", j.Owner, j.OwnerID)
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
		return nil, errors.New("--subject-form immutable: GitHub Enterprise Server sends names only")
	}
	var out []iam.Token
	if j.form != formImmutable {
		out = append(out, j.Token())
	}
	switch {
	case j.form == formNames, isServer:
	case !numbered:
		note("Only the subject of names is tried. Newer repositories send the immutable form: try it too by --owner-id and --repository-id.")
	default:
		j.Immutable = true
		out = append(out, j.Token())
	}
	return out, nil
}

// setContext reads what the job runs for.
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
	// Only this event has a subject of its own: pull_request_target runs for the branch.
	if j.event == "pull_request" && j.Context.PullRequest == "" {
		j.Context.PullRequest = "1"
	}
	return nil
}

// only returns what the admissions of all roles have of something, if that is one value, else another one.
func (e *estate) only(of func(Admission) []string, otherwise string) string {
	var values []string
	for _, r := range e.roles {
		for _, a := range r.admits() {
			values = appendNew(values, of(a)...)
		}
	}
	if len(values) == 1 {
		return values[0]
	}
	return otherwise
}

// issuer is the one of the roles, or that of github.com.
func (e *estate) issuer() string {
	return e.only(func(a Admission) []string { return []string{a.Issuer} }, iam.GitHubIssuer)
}

// audience is the one that the roles ask of an issuer's tokens.
func (e *estate) audience(issuer string) string {
	return e.only(func(a Admission) []string {
		if a.Issuer != issuer {
			return nil
		}
		return a.Conditions["aud"]
	}, iam.AWSAudience)
}

// ownerID is the number of an owner, where the roles that name it ask for one.
func (e *estate) ownerID(owner string) string {
	return e.only(func(a Admission) []string {
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
