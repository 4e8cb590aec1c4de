package policy

import (
	"cmp"
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
		test := func(c oidc.Condition) condition {
			return condition{operator: string(c.Operator), key: t.Key(c.Claim), values: set(c.Values)}
		}
		conditions := []condition{test(oidc.Condition{Operator: oidc.StringEquals, Claim: "aud", Values: []string{t.Audience}})}
		for _, c := range t.Conditions {
			conditions = append(conditions, test(c))
		}
		conditions = append(conditions, test(oidc.Condition{Operator: oidc.StringLike, Claim: "sub", Values: a.Subjects}))
		for _, c := range a.Conditions {
			conditions = append(conditions, test(c))
		}
		statements[i] = statement{
			principal:  principal{kind: federated, names: []string{t.ProviderARN(partition, account)}},
			actions:    []string{"sts:AssumeRoleWithWebIdentity"},
			conditions: byOperator(conditions),
		}
	}
	return document(statements...)
}

// byOperator puts conditions of one operator next to each other, as a document needs them, and keeps their order.
func byOperator(conditions []condition) []condition {
	slices.SortStableFunc(conditions, func(a, b condition) int { return cmp.Compare(order[a.operator], order[b.operator]) })
	return conditions
}

// order of operators in a statement.
var order = map[string]int{stringEquals: 0, stringLike: 1, stringNotLike: 2}

// Push returns the policy of a role that may push to an account's repositories whose
// names match one of the patterns, in every region.
func Push(partition, account string, patterns []string) string {
	return role("Push", pushActions, partition, account, patterns)
}

// Pull returns the policy of a role that may pull from them.
func Pull(partition, account string, patterns []string) string {
	return role("Pull", pullActions, partition, account, patterns)
}

func role(sid string, actions []string, partition, account string, patterns []string) string {
	return document(
		statement{sid: "Login", actions: loginActions, resources: []string{"*"}},
		statement{sid: sid, actions: actions, resources: repositories(partition, "*", account, patterns)},
	)
}

// repositories returns the ARNs of the repositories whose names match one of the
// patterns.
func repositories(partition, region, account string, patterns []string) []string {
	arns := make([]string, len(patterns))
	for i, p := range patterns {
		arns[i] = aws.RepositoryARN(partition, region, account, p)
	}
	return set(arns)
}
