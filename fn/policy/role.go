package policy

import (
	"slices"

	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/oidc"
)

// Actions of ECR, sorted.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
var (
	// pullActions read images, and what there is to read.
	pullActions = []string{
		"ecr:BatchCheckLayerAvailability",
		"ecr:BatchGetImage",
		"ecr:DescribeImages",
		"ecr:GetDownloadUrlForLayer",
		"ecr:ListImages",
	}

	// pushActions write images. They read too: a client looks first, since tags are
	// immutable, mounts layers that are there, and gates on the scan's findings.
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

	// loginActions give a login, and access to no image. They take no resource.
	loginActions = []string{"ecr:GetAuthorizationToken"}
)

// PullActions are those of a role that may pull, with the one that logs in.
func PullActions() []string { return slices.Concat(loginActions, pullActions) }

// PushActions are those of a role that may push, with the one that logs in.
func PushActions() []string { return slices.Concat(loginActions, pushActions) }

// Trust returns the trust policy of a role of an account: it can be assumed with the tokens that are trusted, by way
// of the account's identity provider for their issuer, and by no other means.
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

// Push returns the policy of a role that may push to an account's repositories whose names match one of the patterns, in
// every region; nil is all of them.
func Push(partition, account string, patterns []string) string {
	return role("Push", pushActions, partition, account, patterns)
}

// Pull returns the policy of a role that may pull from them.
func Pull(partition, account string, patterns []string) string {
	return role("Pull", pullActions, partition, account, patterns)
}

func role(sid string, actions []string, partition, account string, patterns []string) string {
	return document(
		statement{Sid: "Login", Action: loginActions, Resource: []string{"*"}},
		statement{Sid: sid, Action: actions, Resource: repositories(partition, "*", account, patterns)},
	)
}

// repositories returns the ARNs of the repositories whose names match one of the patterns; nil is all of them.
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
