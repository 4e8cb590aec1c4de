package policy

import (
	"slices"

	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/oidc"
)

// Actions of ECR, sorted.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
var (
	// pullActions read images, and list them.
	pullActions = []string{
		"ecr:BatchCheckLayerAvailability",
		"ecr:BatchGetImage",
		"ecr:DescribeImages",
		"ecr:GetDownloadUrlForLayer",
		"ecr:ListImages",
	}

	// pushActions write images. They also read: since tags are immutable, clients look for an image first. They also
	// mount existing layers, and check the findings of a scan.
	pushActions = []string{
		"ecr:BatchCheckLayerAvailability",
		"ecr:BatchGetImage",
		"ecr:CompleteLayerUpload",
		"ecr:DescribeImageScanFindings",
		"ecr:DescribeImages",
		"ecr:GetDownloadUrlForLayer",
		"ecr:InitiateLayerUpload",
		"ecr:ListImages",
		"ecr:PutImage",
		"ecr:UploadLayerPart",
	}

	// loginActions log in, and give access to no image. They take no resource.
	loginActions = []string{"ecr:GetAuthorizationToken"}
)

// PullActions returns the actions of a role that may pull, including the login.
func PullActions() []string { return slices.Concat(loginActions, pullActions) }

// PushActions returns the actions of a role that may push, including the login.
func PushActions() []string { return slices.Concat(loginActions, pushActions) }

// Trust returns the trust policy of a role in an account: the role can be assumed only with the tokens that are
// trusted, through the account's identity provider for their issuer.
func Trust(t oidc.Trust, partition, account string) string {
	statements := make([]statement, len(t.Admissions))
	for i, a := range t.Admissions {
		tests := conditions{}
		tests.add(oidc.StringEquals, t.Key("aud"), []string{t.Audience})
		tests.add(oidc.StringLike, t.Key("sub"), a.Subjects)
		for _, c := range slices.Concat(t.Conditions, a.Conditions) {
			tests.add(c.Operator, t.Key(c.Claim), c.Values)
		}
		statements[i] = statement{
			Principal: principal{"Federated": {t.ProviderARN(partition, account)}},
			Action:    []string{"sts:AssumeRoleWithWebIdentity"},
			Condition: tests,
		}
	}
	return document(statements...)
}

// Push returns the policy of a role that may push to repositories of an account, in all regions: those that match one
// of the patterns, or all if patterns is nil.
func Push(partition, account string, patterns []string) string {
	return role("Push", pushActions, partition, account, patterns)
}

// Pull returns the policy of a role that may pull from the same repositories.
func Pull(partition, account string, patterns []string) string {
	return role("Pull", pullActions, partition, account, patterns)
}

func role(sid string, actions []string, partition, account string, patterns []string) string {
	return document(
		statement{Sid: "Login", Action: loginActions, Resource: []string{"*"}},
		statement{Sid: sid, Action: actions, Resource: repositories(partition, "*", account, patterns)},
	)
}

// repositories returns the ARNs of the repositories that match one of the patterns, or of all if patterns is nil.
func repositories(partition, region, account string, patterns []string) []string {
	if patterns == nil {
		patterns = []string{"*"}
	}
	arns := make([]string, len(patterns))
	for i, p := range patterns {
		arns[i] = aws.RepositoryARN(partition, region, account, p)
	}
	return set(arns)
}
