package policy

import (
	"slices"
	"testing"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/internal/iam"
	"github.com/ontopix/crossplane-ecr/internal/iamtest"
)

func parse(t *testing.T, kind iam.Kind, text string) *iam.Document {
	t.Helper()
	d, err := iam.Parse(kind, text)
	if err != nil {
		t.Fatalf("Parse(...): %v\n%s", err, text)
	}
	return d
}

func TestWhoGetsIn(t *testing.T) {
	job := iam.GitHubJob{Owner: "octo", OwnerID: "65", Repository: "api", RepositoryID: "74", Immutable: true}
	with := func(f func(*iam.GitHubJob)) iam.GitHubJob {
		j := job
		f(&j)
		return j
	}
	everyone, main := octo.Everyone(), []v1alpha1.Allow{{Repository: "api", GitHubContexts: v1alpha1.GitHubContexts{Branches: []string{"main"}}}}
	pullRequests := []v1alpha1.Allow{{Repository: "*", GitHubContexts: v1alpha1.GitHubContexts{PullRequests: new(true)}}}
	namedPullRequests := []v1alpha1.Allow{{Repository: "api", GitHubContexts: v1alpha1.GitHubContexts{PullRequests: new(true)}}}
	environments := []v1alpha1.Allow{{Repository: "api", GitHubContexts: v1alpha1.GitHubContexts{Environments: []string{"pull_*"}}}}
	cases := map[string]struct {
		reason    string
		partition string
		allow     []v1alpha1.Allow
		job       iam.GitHubJob
		want      bool
	}{
		"NewForm":              {reason: "The newer form of the subject.", allow: everyone, job: job, want: true},
		"OldForm":              {reason: "The older form.", allow: everyone, job: with(func(j *iam.GitHubJob) { j.Immutable = false }), want: true},
		"PullRequest":          {reason: "Any context, pull requests too.", allow: everyone, job: with(func(j *iam.GitHubJob) { j.Context.PullRequest = "7" }), want: true},
		"Main":                 {reason: "The branch that is named.", allow: main, job: job, want: true},
		"OtherBranch":          {reason: "No other branch.", allow: main, job: with(func(j *iam.GitHubJob) { j.Context.Branch = "mainline" })},
		"Environment":          {reason: "An environment hides the branch.", allow: main, job: with(func(j *iam.GitHubJob) { j.Context.Environment = "prod" })},
		"LongerName":           {reason: "A longer name of an organisation.", allow: everyone, job: with(func(j *iam.GitHubJob) { j.Owner = "octo-evil"; j.Immutable = false })},
		"LongerNameNew":        {reason: "And in the newer form.", allow: everyone, job: with(func(j *iam.GitHubJob) { j.Owner, j.OwnerID = "octox", "66" })},
		"Case":                 {reason: "IAM compares case.", allow: everyone, job: with(func(j *iam.GitHubJob) { j.Owner = "Octo" })},
		"Reregistered":         {reason: "The name with another number.", allow: everyone, job: with(func(j *iam.GitHubJob) { j.OwnerID = "66" })},
		"ReregisteredID":       {reason: "And in the older form, by the owner's claim.", allow: everyone, job: with(func(j *iam.GitHubJob) { j.OwnerID = "66"; j.Immutable = false })},
		"Audience":             {reason: "A token for somebody else.", allow: everyone, job: with(func(j *iam.GitHubJob) { j.Audience = "https://github.com/octo" })},
		"China":                {reason: "China has its own audience.", partition: "aws-cn", allow: everyone, job: with(func(j *iam.GitHubJob) { j.Audience = iam.AWSChinaAudience }), want: true},
		"ChinaOther":           {reason: "And takes no other.", partition: "aws-cn", allow: everyone, job: job},
		"Issuer":               {reason: "A token of another issuer.", allow: everyone, job: with(func(j *iam.GitHubJob) { j.Issuer = iam.GHESIssuer("git.example.com") })},
		"PullRequests":         {reason: "Pull requests of any repository.", allow: pullRequests, job: with(func(j *iam.GitHubJob) { j.Context.PullRequest = "7" }), want: true},
		"NotAnEnvironment":     {reason: "An environment of that name is none, although the wildcard spans `:environment`.", allow: pullRequests, job: with(func(j *iam.GitHubJob) { j.Context.Environment = "pull_request" })},
		"NotAnEnvironmentOld":  {reason: "Nor in the older form.", allow: pullRequests, job: with(func(j *iam.GitHubJob) { j.Context.Environment, j.Immutable = "pull_request", false })},
		"NotANamedEnvironment": {reason: "Nor where the wildcard stands for the number alone.", allow: namedPullRequests, job: with(func(j *iam.GitHubJob) { j.Context.Environment = "pull_request" })},
		"NamedPullRequest":     {reason: "A pull request of the named one is.", allow: namedPullRequests, job: with(func(j *iam.GitHubJob) { j.Context.PullRequest = "7" }), want: true},
		"AlsoAnEnvironment":    {reason: "An environment that is admitted by itself is, whatever else is left out.", allow: slices.Concat(pullRequests, environments), job: with(func(j *iam.GitHubJob) { j.Context.Environment = "pull_request" }), want: true},
		"Nobody":               {reason: "No subjects, nobody.", job: job},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			partition := tc.partition
			if partition == "" {
				partition = "aws"
			}
			text := trust(octo, partition, tc.allow)
			if tc.allow == nil {
				if _, err := iam.Parse(iam.TrustPolicy, text); err == nil {
					t.Errorf("a policy without subjects must not be one that AWS takes: %s", text)
				}
				return
			}
			d := parse(t, iam.TrustPolicy, text)
			if err := iamtest.CheckGitHubTrust(d); err != nil {
				t.Errorf("AWS refuses it: %v", err)
			}
			got, err := iam.EvaluateTrust(d, "arn:"+partition+":iam::"+account+":role/ecr/push", tc.job.Token())
			if err != nil {
				t.Fatal(err)
			}
			if got.Allowed() != tc.want {
				t.Errorf("%s\n%s: want %t", tc.reason, tc.job.Subject(), tc.want)
			}
		})
	}
}

func TestWhoPulls(t *testing.T) {
	const repository = "arn:aws:ecr:eu-west-1:" + account + ":repository/shop/api"
	const stranger = "777788889999"
	role := func(account string) iam.Principal {
		return iam.RoleSession("arn:aws:iam::"+account+":role/deploy", "s")
	}
	inOrg := iam.Context{"aws:PrincipalOrgID": {org}}
	fromLambda := func(region, account string) iam.Context {
		return iam.Context{"aws:SourceArn": {"arn:aws:lambda:" + region + ":" + account + ":function:f"}}
	}
	byAccount := &v1alpha1.Pull{Accounts: []string{other}}
	byOrganization := &v1alpha1.Pull{OrganizationIDs: []string{org}}
	byRole := &v1alpha1.Pull{Principals: []string{"arn:aws:iam::" + other + ":role/deploy"}}
	byLambda := &v1alpha1.Pull{Accounts: []string{other}, Lambda: new(true)}
	cases := map[string]struct {
		reason  string
		pull    *v1alpha1.Pull
		who     iam.Principal
		context iam.Context
		action  string
		want    bool
	}{
		"Account":          {reason: "An account that is named.", pull: byAccount, who: role(other), action: "ecr:BatchGetImage", want: true},
		"AccountPush":      {reason: "Pulling is not pushing.", pull: byAccount, who: role(other), action: "ecr:PutImage"},
		"AccountPolicy":    {reason: "Nor is it changing who may.", pull: byAccount, who: role(other), action: "ecr:SetRepositoryPolicy"},
		"Stranger":         {reason: "An account that is not named.", pull: byAccount, who: role(stranger), action: "ecr:BatchGetImage"},
		"Organization":     {reason: "A principal of the organisation.", pull: byOrganization, who: role(stranger), context: inOrg, action: "ecr:BatchGetImage", want: true},
		"NoOrganization":   {reason: "A principal of none.", pull: byOrganization, who: role(stranger), action: "ecr:BatchGetImage"},
		"OtherOrg":         {reason: "A principal of another one.", pull: byOrganization, who: role(stranger), context: iam.Context{"aws:PrincipalOrgID": {"o-abcdefghik"}}, action: "ecr:BatchGetImage"},
		"Anonymous":        {reason: "Nobody at all.", pull: byOrganization, who: iam.Anonymous(), action: "ecr:BatchGetImage"},
		"Role":             {reason: "The role that is named.", pull: byRole, who: role(other), action: "ecr:BatchGetImage", want: true},
		"OtherRole":        {reason: "Another role of its account.", pull: byRole, who: iam.RoleSession("arn:aws:iam::"+other+":role/build", "s"), action: "ecr:BatchGetImage"},
		"Lambda":           {reason: "Lambda, for a function of the account.", pull: byLambda, who: iam.Service("lambda.amazonaws.com"), context: fromLambda("eu-west-1", other), action: "ecr:BatchGetImage", want: true},
		"LambdaLists":      {reason: "Lambda gets what it needs, no more.", pull: byLambda, who: iam.Service("lambda.amazonaws.com"), context: fromLambda("eu-west-1", other), action: "ecr:ListImages"},
		"LambdaStranger":   {reason: "Lambda, for a function of an account that is not named.", pull: byLambda, who: iam.Service("lambda.amazonaws.com"), context: fromLambda("eu-west-1", stranger), action: "ecr:BatchGetImage"},
		"LambdaRegion":     {reason: "Lambda pulls within its region.", pull: byLambda, who: iam.Service("lambda.amazonaws.com"), context: fromLambda("eu-west-2", other), action: "ecr:BatchGetImage"},
		"LambdaNoFunction": {reason: "Lambda, for nobody's function.", pull: byLambda, who: iam.Service("lambda.amazonaws.com"), action: "ecr:BatchGetImage"},
		"OtherService":     {reason: "Another service.", pull: byLambda, who: iam.Service("ec2.amazonaws.com"), context: fromLambda("eu-west-1", other), action: "ecr:BatchGetImage"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			d := parse(t, iam.RepositoryPolicy, RepositoryPull("aws", "eu-west-1", tc.pull))
			got, err := iam.EvaluateOne(d, iam.Request{Action: tc.action, Resource: repository, Principal: tc.who, Context: tc.context})
			if err != nil {
				t.Fatal(err)
			}
			if got.Allowed() != tc.want {
				t.Errorf("%s\nwant %t, got %v", tc.reason, tc.want, got)
			}
		})
	}
}

func TestRegistryReach(t *testing.T) {
	d := parse(t, iam.RegistryPolicy, Registry("aws", "eu-west-1", account,
		&v1alpha1.CrossAccountPull{Accounts: []string{other}, Repositories: []string{"shared/*"}},
		[]v1alpha1.ReplicationSource{{AccountID: "777788889999", Repositories: []string{"mirror/*"}}}))
	arn := func(region, name string) string {
		return "arn:aws:ecr:" + region + ":" + account + ":repository/" + name
	}
	puller, source := iam.AccountRoot("aws", other), iam.AccountRoot("aws", "777788889999")
	cases := map[string]struct {
		reason string
		who    iam.Principal
		action string
		on     string
		want   bool
	}{
		"Pull":           {reason: "A repository that is shared.", who: puller, action: "ecr:BatchGetImage", on: arn("eu-west-1", "shared/api"), want: true},
		"PullElse":       {reason: "One that is not.", who: puller, action: "ecr:BatchGetImage", on: arn("eu-west-1", "sharedx/api")},
		"PullRegion":     {reason: "Another registry.", who: puller, action: "ecr:BatchGetImage", on: arn("eu-west-2", "shared/api")},
		"PullReplicates": {reason: "Who pulls does not replicate.", who: puller, action: "ecr:ReplicateImage", on: arn("eu-west-1", "mirror/api")},
		"Replicate":      {reason: "What the source may replicate.", who: source, action: "ecr:ReplicateImage", on: arn("eu-west-1", "mirror/api"), want: true},
		"Create":         {reason: "Replication makes the repository.", who: source, action: "ecr:CreateRepository", on: arn("eu-west-1", "mirror/api"), want: true},
		"ReplicateElse":  {reason: "What it may not.", who: source, action: "ecr:ReplicateImage", on: arn("eu-west-1", "shared/api")},
		"SourcePulls":    {reason: "A source does not pull.", who: source, action: "ecr:BatchGetImage", on: arn("eu-west-1", "mirror/api")},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := iam.EvaluateOne(d, iam.Request{Action: tc.action, Resource: tc.on, Principal: tc.who})
			if err != nil {
				t.Fatal(err)
			}
			if got.Allowed() != tc.want {
				t.Errorf("%s\nwant %t, got %v", tc.reason, tc.want, got)
			}
		})
	}
}
