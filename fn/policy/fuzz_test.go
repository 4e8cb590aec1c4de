package policy

import (
	"regexp"
	"testing"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/github"
	"github.com/ontopix/crossplane-ecr/internal/iam"
	"github.com/ontopix/crossplane-ecr/internal/iamtest"
)

// Names that GitHub allows for organisations and repositories.
var (
	gitHubOwner      = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,37}[A-Za-z0-9])?$`)
	gitHubRepository = regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`)
)

// FuzzForeignRuns shows that no accepted entry lets in a run of another owner, whatever the owner calls the repository
// and the environment.
func FuzzForeignRuns(f *testing.F) {
	f.Add("octo", "65", "api", "74", "main", "production", "octo-evil", "api", "production", "66", true)
	f.Add("octo", "65", "*", "", "*", "*", "mallory", "octo", "repo:octo/api:ref:refs/heads/main", "65", false)
	f.Add("octo", "65", "api", "", "x\",\"*", "prod:*", "octox", "api", ":pull_request", "66", true)
	f.Add("a", "1", ".", "1", "*:*", "*@*", "A", "a", "a", "1", false)
	f.Fuzz(func(t *testing.T, org, id, repository, repositoryID, ref, environment, owner, theirs, context, ownerID string, immutable bool) {
		spec := &v1alpha1.OrgGitHub{Organization: org, OrganizationID: &id}
		entry := v1alpha1.Allow{Repository: repository, GitHubContexts: v1alpha1.GitHubContexts{
			Branches: []string{ref}, Tags: []string{ref}, Environments: []string{environment}, PullRequests: new(true),
		}}
		if repositoryID != "" {
			entry.RepositoryID = &repositoryID
		}
		o := github.OrganizationOf(spec)
		allow := []v1alpha1.Allow{entry, {Repository: repository}}
		invalid := append(o.Validate(field.NewPath("github")), o.ValidateAllow(allow, field.NewPath("allow"))...)
		if len(invalid) > 0 || owner == org || !gitHubOwner.MatchString(owner) || !gitHubRepository.MatchString(theirs) {
			t.Skip()
		}
		text := trust(o, "aws", allow)
		d, err := iam.Parse(iam.TrustPolicy, text)
		if err != nil {
			t.Fatalf("Parse(...): %v\n%s", err, text)
		}
		if err := iamtest.Canonical(text); err != nil {
			t.Errorf("Canonical(...): %v\n%s", err, text)
		}
		if err := iamtest.CheckGitHubTrust(d); err != nil {
			t.Errorf("AWS refuses it: %v\n%s", err, text)
		}
		for _, c := range []iam.GitHubContext{{Environment: context}, {Branch: context}, {Tag: context}, {PullRequest: "7"}} {
			// Another owner has neither the name nor the number of the organisation.
			job := iam.GitHubJob{Owner: owner, OwnerID: ownerID, Repository: theirs, RepositoryID: repositoryID, Immutable: immutable, Context: c}
			got, err := iam.EvaluateTrust(d, "arn:aws:iam::"+account+":role/ecr/push", job.Token())
			if err != nil {
				t.Fatal(err)
			}
			if got.Allowed() {
				t.Errorf("%s gets in\n%s", job.Subject(), text)
			}
		}
	})
}
