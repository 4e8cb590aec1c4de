package orgaccess_test

import (
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/ontopix/crossplane-ecr/internal/fntest"
	"github.com/ontopix/crossplane-ecr/internal/iam"
	"github.com/ontopix/crossplane-ecr/internal/iamtest"
	"github.com/ontopix/crossplane-ecr/test/cases"
)

// Who gets in by mistakes: runs of other owners, and those of whoever registers the organisation's name again.
var (
	mallory     = iam.GitHubJob{Owner: "mallory", OwnerID: "66"}
	alike       = iam.GitHubJob{Owner: "octo-evil", OwnerID: "66"}
	capitals    = iam.GitHubJob{Owner: "OCTO", OwnerID: "66"}
	again       = iam.GitHubJob{Owner: "octo", OwnerID: "66"}
	againNewer  = iam.GitHubJob{Owner: "octo", OwnerID: "66", Immutable: true}
	forSomebody = iam.GitHubJob{Owner: "octo", OwnerID: "65", Audience: "https://service.example.com"}
)

// The mistakes that are published of trust policies for GitHub, each with somebody who gets in by it. What the policies have
// in common is written once; G is the issuer, and AUD the test of the audience.
var mistakes = map[string]struct {
	reason, condition string
	intruder          iam.GitHubJob
}{
	"NoSubject":         {"Any repository on GitHub gets in.", `{AUD}`, mallory},
	"BareWildcard":      {"As if there were no subject.", `{AUD,"StringLike":{"G:sub":["*"]}}`, mallory},
	"AnyOwner":          {"AWS accepts it, since it is no bare wildcard.", `{AUD,"StringLike":{"G:sub":["repo:*"]}}`, mallory},
	"AnyOwnerOfABranch": {"Everybody has a branch main.", `{AUD,"StringLike":{"G:sub":["repo:*/*:ref:refs/heads/main"]}}`, mallory},
	"NoSlash":           {"Names of organisations that begin alike.", `{AUD,"StringLike":{"G:sub":["repo:octo*"]}}`, alike},
	"AnyNumber":         {"The newer form, as if its number did not matter.", `{AUD,"StringLike":{"G:sub":["repo:octo@*/*"]}}`, againNewer},
	"NameOnly":          {"The older form without the owner's number.", `{AUD,"StringLike":{"G:sub":["repo:octo/*"]}}`, again},
	"ForAllValues": {
		"It is true where the key is absent: on a claim that AWS does not know it always is.",
		`{AUD,"ForAllValues:StringLike":{"G:repository_owner":["octo"]}}`, mallory,
	},
	"IfExists":    {"So is this.", `{AUD,"StringLikeIfExists":{"G:repository_owner":["octo"]}}`, mallory},
	"NoAudience":  {"A token that was meant for somebody else, and that they pass on.", `{"StringLike":{"G:sub":["repo:octo/*"]}}`, forSomebody},
	"AnyAudience": {"As if there were none.", `{"StringLike":{"G:aud":["*"],"G:sub":["repo:octo/*"]}}`, forSomebody},
	"AnyCase": {
		"On another GitHub the name in capitals is somebody else's.",
		`{AUD,"StringEqualsIgnoreCase":{"G:sub":["repo:octo/api:ref:refs/heads/main"]}}`, capitals,
	},
}

// TestMistakes shows, for each published mistake, that the tests would find it, and that
// no spec that is accepted makes it: who gets in by it gets in nowhere.
func TestMistakes(t *testing.T) {
	const role = "arn:aws:iam::" + account + ":role/push"
	accepted := acceptedSpecs(t)
	for name, m := range mistakes {
		t.Run(name, func(t *testing.T) {
			intruder := m.intruder
			intruder.Repository, intruder.RepositoryID = "api", "74"
			condition := strings.Replace(m.condition, "AUD", `"StringEquals":{"G:aud":["sts.amazonaws.com"]}`, 1)
			text := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":["` + providerARN + `"]},"Action":["sts:AssumeRoleWithWebIdentity"],"Condition":` +
				strings.ReplaceAll(condition, "G:", "token.actions.githubusercontent.com:") + `}]}`
			d, err := iam.Parse(iam.TrustPolicy, text)
			if err != nil {
				t.Fatal(err)
			}
			got, err := iam.EvaluateTrust(d, role, intruder.Token())
			if err != nil {
				t.Fatal(err)
			}
			if !got.Allowed() {
				t.Fatalf("%s\nthe evaluator keeps %s out: it would not find the mistake", m.reason, intruder.Subject())
			}

			for id, p := range accepted {
				for _, j := range iamtest.GitHubJobs(intruder) {
					if p.lets(t, j) {
						t.Errorf("%s\nspec %s lets in %s (audience %s, owner %s)", m.reason, id, j.Subject(), j.Audience, j.OwnerID)
					}
				}
			}
		})
	}
}

// acceptedSpecs are roles of all specs that tests of this package and of the schemas
// hold valid, for the organisation octo on github.com.
func acceptedSpecs(t *testing.T) map[string]principal {
	t.Helper()
	input, err := cases.Input()
	if err != nil {
		t.Fatal(err)
	}
	valid, err := cases.Valid(cases.XEcrOrgAccess)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for name, text := range specs {
		texts[name] = text
	}
	for _, c := range valid {
		raw, err := yaml.Marshal(c.Object["spec"])
		if err != nil {
			t.Fatal(err)
		}
		texts[c.Name] = string(raw)
	}
	all := map[string]principal{}
	for name, text := range texts {
		spec := parseSpec(t, text)
		// The intruders are like octo, with the number 65.
		spec.GitHub.Organization = "octo"
		if spec.GitHub.OrganizationID != nil {
			spec.GitHub.OrganizationID = new("65")
		}
		raw, err := yaml.Marshal(spec)
		if err != nil {
			t.Fatal(err)
		}
		r := request{spec: string(raw), Request: fntest.Request{Input: fntest.Text(t, input)}}.run(t)
		if fatal := r.fatal(); fatal != "" {
			t.Fatalf("%s: %s", name, fatal)
		}
		for _, p := range r.read(t, spec).roles {
			all[name+"/"+p.name] = p
		}
	}
	return all
}

// TestTrustHasOnlyThese shows that a trust policy of an accepted spec knows three keys
// and three operators, none of which is true where the key is absent and grants
// something, and that every subject begins with the organisation, closed.
func TestTrustHasOnlyThese(t *testing.T) {
	for name, p := range acceptedSpecs(t) {
		for i, s := range p.trust.Statements {
			seen := map[string]string{}
			for _, c := range s.Condition {
				_, key, _ := strings.Cut(c.Key, ":")
				if seen[key] += c.Operator + " "; c.Set != "" || c.IfExists {
					t.Errorf("%s: Statement[%d]: %s may hold without the key", name, i, c.Key)
				}
				if key != "sub" || c.Operator == "StringNotLike" {
					continue
				}
				for _, v := range c.Values {
					if !strings.HasPrefix(v, "repo:octo/") && !strings.HasPrefix(v, "repo:octo@65/") {
						t.Errorf("%s: Statement[%d]: subject %s is not closed", name, i, v)
					}
				}
			}
			if sub := seen["sub"]; seen["aud"] != "StringEquals " || sub != "StringLike " && sub != "StringLike StringNotLike " {
				t.Errorf("%s: Statement[%d]: tests %v", name, i, seen)
			}
			delete(seen, "aud")
			delete(seen, "sub")
			if owner, ok := seen["repository_owner_id"]; ok && owner != "StringEquals " || len(seen) > 1 {
				t.Errorf("%s: Statement[%d]: tests %v besides", name, i, seen)
			}
		}
	}
}
