package github

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
)

// FuzzSubjects shows that the subjects of accepted entries begin with the organisation, and have only the wildcards
// that were written.
func FuzzSubjects(f *testing.F) {
	f.Add("octo", "65", "api", "74", "main", "v*", "production", true)
	f.Add("octo", "65", "*", "", "*", "", "", false)
	f.Add("a-b", "1", "...", "", "release/*", "*:*", "prod:eu", true)
	f.Add("octo", "", "api", "", "x:environment:production", "${aws:username}", "a?b", false)
	f.Add("octo/other", "65", "api@74", "", "ma\nin", "ÿ", "Ā", true)
	f.Fuzz(func(t *testing.T, org, id, repository, repositoryID, branch, tag, environment string, pullRequests bool) {
		if !utf8.ValidString(org + id + repository + repositoryID + branch + tag + environment) {
			t.Skip() // a protobuf message cannot contain it
		}
		spec := &v1alpha1.OrgGitHub{Organization: org, OrganizationID: &id}
		entry := v1alpha1.Allow{Repository: repository, GitHubContexts: v1alpha1.GitHubContexts{PullRequests: &pullRequests}}
		if repositoryID != "" {
			entry.RepositoryID = &repositoryID
		}
		for into, v := range map[*[]string]string{&entry.Branches: branch, &entry.Tags: tag, &entry.Environments: environment} {
			if v != "" {
				*into = []string{v}
			}
		}
		o := OrganizationOf(spec)
		faults := append(o.Validate(field.NewPath("github")), o.ValidateAllow([]v1alpha1.Allow{entry}, field.NewPath("allow"))...)
		if len(faults) > 0 {
			return
		}
		subjects := o.subjects([]v1alpha1.Allow{entry})
		if len(subjects) == 0 || !slices.IsSorted(subjects) || len(slices.Compact(slices.Clone(subjects))) != len(subjects) {
			t.Errorf("subjects(...): want some, sorted, each once, got %q", subjects)
		}
		for _, s := range subjects {
			rest, named := strings.CutPrefix(s, "repo:"+org+"/")
			if !named {
				rest, named = strings.CutPrefix(s, "repo:"+org+"@"+id+"/")
			}
			if !named || strings.ContainsAny(s, "?$\n\x00") {
				t.Errorf("subjects(...): %q lets others in", s)
			}
			if strings.HasSuffix(repository, "*") {
				if !strings.HasPrefix(rest, repository) {
					t.Errorf("subjects(...): %q is of another repository than %q", s, repository)
				}
				continue
			}
			if next, ok := strings.CutPrefix(rest, repository); !ok || next[0] != ':' && next[0] != '@' {
				t.Errorf("subjects(...): %q is of another repository than %q", s, repository)
			}
		}
	})
}
