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

// The mistakes that are published of trust policies for GitHub, each with somebody who
// gets in by it. What the policies have in common is written once.
var mistakes = map[string]struct {
	reason    string
	condition string
	intruder  func(*iam.GitHubJob)
}{
	"NoSubject": {
		reason:    "Any repository on GitHub gets in.",
		condition: `{"StringEquals":{"G:aud":["sts.amazonaws.com"]}}`,
		intruder:  func(j *iam.GitHubJob) { j.Owner, j.OwnerID = "mallory", "66" },
	},
	"BareWildcard": {
		reason:    "As if there were no subject.",
		condition: `{"StringEquals":{"G:aud":["sts.amazonaws.com"]},"StringLike":{"G:sub":["*"]}}`,
		intruder:  func(j *iam.GitHubJob) { j.Owner, j.OwnerID = "mallory", "66" },
	},
	"AnyOwner": {
		reason:    "AWS accepts it, since it is no bare wildcard.",
		condition: `{"StringEquals":{"G:aud":["sts.amazonaws.com"]},"StringLike":{"G:sub":["repo:*"]}}`,
		intruder:  func(j *iam.GitHubJob) { j.Owner, j.OwnerID = "mallory", "66" },
	},
	"AnyOwnerOfABranch": {
		reason:    "Everybody has a branch main.",
		condition: `{"StringEquals":{"G:aud":["sts.amazonaws.com"]},"StringLike":{"G:sub":["repo:*/*:ref:refs/heads/main"]}}`,
		intruder:  func(j *iam.GitHubJob) { j.Owner, j.OwnerID = "mallory", "66" },
	},
	"NoSlash": {
		reason:    "Names of organisations that begin alike.",
		condition: `{"StringEquals":{"G:aud":["sts.amazonaws.com"]},"StringLike":{"G:sub":["repo:octo*"]}}`,
		intruder:  func(j *iam.GitHubJob) { j.Owner, j.OwnerID = "octo-evil", "66" },
	},
	"AnyNumber": {
		reason:    "The newer form, as if its number did not matter: the name can be registered again.",
		condition: `{"StringEquals":{"G:aud":["sts.amazonaws.com"]},"StringLike":{"G:sub":["repo:octo@*/*"]}}`,
		intruder:  func(j *iam.GitHubJob) { j.OwnerID, j.Immutable = "66", true },
	},
	"NameOnly": {
		reason:    "The older form without the owner's number: the name can be registered again.",
		condition: `{"StringEquals":{"G:aud":["sts.amazonaws.com"]},"StringLike":{"G:sub":["repo:octo/*"]}}`,
		intruder:  func(j *iam.GitHubJob) { j.OwnerID = "66" },
	},
	"ForAllValues": {
		reason:    "It is true where the key is absent: on a claim that AWS does not know it always is.",
		condition: `{"StringEquals":{"G:aud":["sts.amazonaws.com"]},"ForAllValues:StringLike":{"G:repository_owner":["octo"]}}`,
		intruder:  func(j *iam.GitHubJob) { j.Owner, j.OwnerID = "mallory", "66" },
	},
	"IfExists": {
		reason:    "So is this.",
		condition: `{"StringEquals":{"G:aud":["sts.amazonaws.com"]},"StringLikeIfExists":{"G:repository_owner":["octo"]}}`,
		intruder:  func(j *iam.GitHubJob) { j.Owner, j.OwnerID = "mallory", "66" },
	},
	"NoAudience": {
		reason:    "A token that was meant for somebody else, and that they pass on.",
		condition: `{"StringLike":{"G:sub":["repo:octo/*"]}}`,
		intruder:  func(j *iam.GitHubJob) { j.Audience = "https://service.example.com" },
	},
	"AnyAudience": {
		reason:    "As if there were none.",
		condition: `{"StringLike":{"G:aud":["*"],"G:sub":["repo:octo/*"]}}`,
		intruder:  func(j *iam.GitHubJob) { j.Audience = "https://service.example.com" },
	},
	"AnyCase": {
		reason:    "On another GitHub the name in capitals is somebody else's.",
		condition: `{"StringEquals":{"G:aud":["sts.amazonaws.com"]},"StringEqualsIgnoreCase":{"G:sub":["repo:octo/api:ref:refs/heads/main"]}}`,
		intruder:  func(j *iam.GitHubJob) { j.Owner, j.OwnerID = "OCTO", "66" },
	},
}

// TestMistakes shows, for each published mistake, that the tests would find it, and that
// no spec that is accepted makes it: who gets in by it gets in nowhere.
func TestMistakes(t *testing.T) {
	const role = "arn:aws:iam::" + account + ":role/push"
	own := iam.GitHubJob{Owner: "octo", OwnerID: "65", Repository: "api", RepositoryID: "74"}
	accepted := acceptedSpecs(t)
	for name, m := range mistakes {
		t.Run(name, func(t *testing.T) {
			intruder := own
			m.intruder(&intruder)
			text := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":["` + providerARN + `"]},"Action":["sts:AssumeRoleWithWebIdentity"],"Condition":` +
				strings.ReplaceAll(m.condition, "G:", "token.actions.githubusercontent.com:") + `}]}`
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
