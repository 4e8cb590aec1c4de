package orgaccess_test

import (
	"strings"
	"testing"

	"k8s.io/utils/ptr"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/internal/iam"
	"github.com/ontopix/crossplane-ecr/internal/iamtest"
)

// A principal is a rendered role as AWS evaluates it.
type principal struct {
	name        string // push or pull
	arn         string
	spec        v1alpha1.OrgRole
	may         []string // actions that the design lists
	trust       *iam.Document
	permissions *iam.Document
}

// documents are the policies that a response desires.
type documents struct {
	roles    []principal
	registry *iam.Document // nil if there is none
}

// read reads the policies of a response. AWS must accept each of them, in form and in size; a trust policy must pass the
// check that IAM makes for GitHub.
func (r response) read(t testing.TB, spec *v1alpha1.EcrOrgAccessSpec) documents {
	t.Helper()
	var d documents
	for _, p := range []principal{
		{name: "push", spec: ptr.Deref(spec.Push, v1alpha1.OrgRole{}), may: pushMay},
		{name: "pull", spec: ptr.Deref(spec.Pull, v1alpha1.OrgRole{}), may: pullMay},
	} {
		if _, ok := r.GetDesired().GetResources()[p.name+"-role"]; !ok {
			continue
		}
		o := r.object(t, p.name+"-role")
		path, _ := o.Spec.ForProvider["path"].(string)
		p.arn = "arn:" + partitionOf(spec) + ":iam::" + spec.AccountID + ":role" + path + o.External()
		p.trust = parse(t, iam.TrustPolicy, o.Spec.ForProvider["assumeRolePolicy"])
		if text := o.Spec.ForProvider["assumeRolePolicy"].(string); spec.Quotas == nil && iamtest.CheckSize(iam.TrustPolicy, text) != nil {
			t.Errorf("CheckSize(...): %v", iamtest.CheckSize(iam.TrustPolicy, text))
		}
		if err := iamtest.CheckGitHubTrust(p.trust); err != nil {
			t.Errorf("IAM refuses the trust policy: %v", err)
		}
		checkClosed(t, spec.GitHub, p.trust)
		p.permissions = parse(t, iam.IdentityPolicy, r.object(t, p.name+"-policy").Spec.ForProvider["policy"])
		d.roles = append(d.roles, p)
	}
	if _, ok := r.GetDesired().GetResources()["registry-policy"]; ok {
		d.registry = parse(t, iam.RegistryPolicy, r.object(t, "registry-policy").Spec.ForProvider["policy"])
	}
	return d
}

// checkClosed checks that a trust policy has three keys and three operators at most, that no condition which grants
// something holds without its key, and that every subject begins with the organisation and a delimiter.
func checkClosed(t testing.TB, g *v1alpha1.OrgGitHub, trust *iam.Document) {
	t.Helper()
	for i, s := range trust.Statements {
		seen := map[string]string{}
		for _, c := range s.Condition {
			_, key, _ := strings.Cut(c.Key, ":")
			if seen[key] += c.Operator + " "; c.Set != "" || c.IfExists {
				t.Errorf("Statement[%d]: %s may hold without the key", i, c.Key)
			}
			if key != "sub" || c.Operator == "StringNotLike" {
				continue
			}
			for _, v := range c.Values {
				newer := "repo:" + g.Organization + "@" + ptr.Deref(g.OrganizationID, "?") + "/"
				if !strings.HasPrefix(v, "repo:"+g.Organization+"/") && !strings.HasPrefix(v, newer) {
					t.Errorf("Statement[%d]: subject %s is not closed", i, v)
				}
			}
		}
		if sub := seen["sub"]; seen["aud"] != "StringEquals " || sub != "StringLike " && sub != "StringLike StringNotLike " {
			t.Errorf("Statement[%d]: tests %v", i, seen)
		}
		delete(seen, "aud")
		delete(seen, "sub")
		if owner, ok := seen["repository_owner_id"]; ok && owner != "StringEquals " || len(seen) > 1 {
			t.Errorf("Statement[%d]: tests %v besides", i, seen)
		}
	}
}

func parse(t testing.TB, kind iam.Kind, text any) *iam.Document {
	t.Helper()
	s, _ := text.(string)
	d, err := iam.Parse(kind, s)
	if err != nil {
		t.Fatalf("Parse(...): %v\n%s", err, s)
	}
	if err := iamtest.Canonical(s); err != nil {
		t.Errorf("Canonical(...): %v", err)
	}
	if kind == iam.TrustPolicy {
		return d // its size depends on the account
	}
	if err := iamtest.CheckSize(kind, s); err != nil {
		t.Errorf("CheckSize(...): %v", err)
	}
	return d
}

// compare checks that AWS and the design let the same jobs assume the role. It counts the tokens, and those let in.
func (p principal) compare(t testing.TB, spec *v1alpha1.EcrOrgAccessSpec, jobs []iam.GitHubJob) (tokens, in int) {
	t.Helper()
	for _, j := range jobs {
		got, want := p.lets(t, j), admits(spec, p.spec, j)
		if tokens++; want {
			in++
		}
		if got != want {
			t.Errorf("%s role: %s (issuer %s, audience %s, owner %s): AWS lets in %t, the design %t", p.name, j.Subject(), j.Issuer, j.Audience, j.OwnerID, got, want)
		}
	}
	return tokens, in
}

// compareRights checks that AWS and the design allow the role the same actions, each on a repository of the function.
func (p principal) compareRights(t testing.TB, spec *v1alpha1.EcrOrgAccessSpec, repository func() string) {
	t.Helper()
	for _, a := range iam.ECRActions() {
		resource := a.ResourceFor(repository())
		if got, want := p.can(t, a.Name, resource), permits(spec, p.spec, p.may, a.Name, resource); got != want {
			t.Errorf("%s role: %s on %s: AWS says %t, the design %t", p.name, a.Name, resource, got, want)
		}
	}
}

// lets reports whether AWS lets a job assume the role.
func (p principal) lets(t testing.TB, j iam.GitHubJob) bool {
	t.Helper()
	r, err := iam.EvaluateTrust(p.trust, p.arn, j.Token())
	if err != nil {
		t.Fatal(err)
	}
	return r.Allowed()
}

// can reports whether the role's policy allows an action. In another account, that account must allow the action as
// well; the role must not be allowed anything there even then.
func (p principal) can(t testing.TB, action, resource string) bool {
	t.Helper()
	r, err := iam.EvaluateOne(p.permissions, iam.Request{
		Action: action, Resource: resource, Principal: iam.RoleSession(p.arn, "job"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return r.Allowed()
}
