package orgaccess_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/internal/iam"
)

// TestMistakes shows that the matrix would find the published mistakes in trust policies for GitHub: for each mistake
// it has a token that gets in and must not. G is the issuer, and AUD the condition on the audience.
func TestMistakes(t *testing.T) {
	cases := map[string]struct{ reason, condition string }{
		"NoSubject":         {"Any repository on GitHub gets in.", `{AUD}`},
		"BareWildcard":      {"As if there were no subject.", `{AUD,"StringLike":{"G:sub":["*"]}}`},
		"AnyOwner":          {"AWS accepts it, since it is no bare wildcard.", `{AUD,"StringLike":{"G:sub":["repo:*"]}}`},
		"AnyOwnerOfABranch": {"Everybody has a branch main.", `{AUD,"StringLike":{"G:sub":["repo:*/*:ref:refs/heads/main"]}}`},
		"NoSlash":           {"Names of organisations that begin alike.", `{AUD,"StringLike":{"G:sub":["repo:octo*"]}}`},
		"AnyNumber":         {"The newer form, as if its number did not matter: the name can be registered again.", `{AUD,"StringLike":{"G:sub":["repo:octo@*/*"]}}`},
		"NameOnly":          {"The older form without the owner's number: the name can be registered again.", `{AUD,"StringLike":{"G:sub":["repo:octo/*"]}}`},
		"ForAllValues":      {"It holds if the key is absent, as it is for each claim that AWS does not read.", `{AUD,"ForAllValues:StringLike":{"G:repository_owner":["octo"]}}`},
		"IfExists":          {"It also holds if the key is absent.", `{AUD,"StringLikeIfExists":{"G:repository_owner":["octo"]}}`},
		"NoAudience":        {"A token for somebody else, who passes it on.", `{"StringEquals":{"G:repository_owner_id":["65"]},"StringLike":{"G:sub":["repo:octo/*"]}}`},
		"AnyAudience":       {"As if there were no audience.", `{"StringEquals":{"G:repository_owner_id":["65"]},"StringLike":{"G:aud":["*"],"G:sub":["repo:octo/*"]}}`},
		"AnyCase":           {"On another GitHub the name in capitals is somebody else's.", `{AUD,"StringEqualsIgnoreCase":{"G:sub":["repo:octo/api:ref:refs/heads/main"]}}`},
	}
	spec := parseSpec(t, minimal)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			condition := strings.Replace(tc.condition, "AUD", `"StringEquals":{"G:aud":["sts.amazonaws.com"]}`, 1)
			d, err := iam.Parse(iam.TrustPolicy, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":["`+providerARN+`"]},`+
				`"Action":["sts:AssumeRoleWithWebIdentity"],"Condition":`+strings.ReplaceAll(condition, "G:", "token.actions.githubusercontent.com:")+`}]}`)
			if err != nil {
				t.Fatal(err)
			}
			p := principal{arn: "arn:aws:iam::" + account + ":role/push", trust: d}
			if !slices.ContainsFunc(jobs(spec.GitHub, audienceOf(spec)), func(j iam.GitHubJob) bool {
				return p.lets(t, j) && !admits(spec, v1alpha1.OrgRole{}, j)
			}) {
				t.Errorf("%s\nno token gets in by it: the matrix would not find the mistake", tc.reason)
			}
		})
	}
}
