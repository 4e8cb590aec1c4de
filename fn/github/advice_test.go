package github

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
)

func TestAdviseAllow(t *testing.T) {
	branches := func(v ...string) v1alpha1.GitHubContexts { return v1alpha1.GitHubContexts{Branches: v} }
	cases := map[string]struct {
		reason string
		allow  []v1alpha1.Allow
		want   []string // paths
	}{
		"None":         {reason: "There is no advice on the default."},
		"Names":        {reason: "There is no advice on names that git allows, and on wildcards.", allow: []v1alpha1.Allow{{Repository: "api", GitHubContexts: branches("main", "release/*", "*", "a.b", "user@corp", "feature.lock.d")}}},
		"Refs":         {reason: "Names of branches are written without their prefix.", allow: []v1alpha1.Allow{{Repository: "api", GitHubContexts: branches("refs/heads/main")}}, want: []string{"allow[0].branches[0]"}},
		"Tags":         {reason: "Names of tags are written without their prefix, too.", allow: []v1alpha1.Allow{{Repository: "api", GitHubContexts: v1alpha1.GitHubContexts{Tags: []string{"v1", "refs/tags/v2"}}}}, want: []string{"allow[0].tags[1]"}},
		"Environments": {reason: "An environment may have a name that git would refuse.", allow: []v1alpha1.Allow{{Repository: "api", GitHubContexts: v1alpha1.GitHubContexts{Environments: []string{"refs/x", "a..b", "prod:eu"}}}}},
		"Impossible": {
			reason: "A name that git refuses matches nothing.",
			allow:  []v1alpha1.Allow{{Repository: "api", GitHubContexts: branches("a..b", "a~1", "a^", "a:b", "a[0]", `a\b`, "/a", "a/", "a//b", ".a", "a/.b", "a.", "a.lock", "a@{0}")}},
			want: []string{
				"allow[0].branches[0]", "allow[0].branches[1]", "allow[0].branches[2]", "allow[0].branches[3]", "allow[0].branches[4]", "allow[0].branches[5]", "allow[0].branches[6]",
				"allow[0].branches[7]", "allow[0].branches[8]", "allow[0].branches[9]", "allow[0].branches[10]", "allow[0].branches[11]", "allow[0].branches[12]", "allow[0].branches[13]",
			},
		},
		"OpenedByAny":   {reason: "An open entry for any repository.", allow: []v1alpha1.Allow{{Repository: "*"}, {Repository: "api", GitHubContexts: branches("main")}}, want: []string{"allow[1]"}},
		"OpenedBySame":  {reason: "An open entry for the same repository.", allow: []v1alpha1.Allow{{Repository: "api", GitHubContexts: branches("main")}, {Repository: "api"}}, want: []string{"allow[0]"}},
		"OpenedNamed":   {reason: "An open entry for a name adds nothing to one for any.", allow: []v1alpha1.Allow{{Repository: "*"}, {Repository: "api"}}, want: []string{"allow[1]"}},
		"OpenedPrefix":  {reason: "An open entry for names that begin alike.", allow: []v1alpha1.Allow{{Repository: "api", GitHubContexts: branches("main")}, {Repository: "ap*"}}, want: []string{"allow[0]"}},
		"NotOpened":     {reason: "An open entry for another repository.", allow: []v1alpha1.Allow{{Repository: "api", GitHubContexts: branches("main")}, {Repository: "web"}}},
		"NotOpenedWide": {reason: "A closed entry for any repository opens nothing.", allow: []v1alpha1.Allow{{Repository: "*", GitHubContexts: branches("main")}, {Repository: "web"}}},
		"Twice":         {reason: "There is no advice on repetitions.", allow: []v1alpha1.Allow{{Repository: "api"}, {Repository: "api"}}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, a := range octo.AdviseAllow(tc.allow, field.NewPath("allow")) {
				got = append(got, a.Path)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\nAdviseAllow(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
