package policy

import (
	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/github"
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

// Trust returns the trust policy of a role that workflow runs assume through the
// provider: only runs of the organisation, only with a token that is meant for AWS,
// only with one of the subjects. Subjects whose patterns match more than is meant have a
// statement of their own, which leaves that out.
func Trust(providerARN string, o github.Organization, partition string, subjects []string) string {
	var exact, wide, but []string
	for _, s := range set(subjects) {
		if unmeant, ok := github.Unmeant(s); ok {
			wide, but = append(wide, s), append(but, unmeant)
		} else {
			exact = append(exact, s)
		}
	}
	issuer := o.Issuer.String()
	admit := func(sub ...condition) statement {
		conditions := []condition{{operator: stringEquals, key: issuer + ":aud", values: []string{github.Audience(partition)}}}
		if o.ID != "" {
			conditions = append(conditions, condition{operator: stringEquals, key: issuer + ":repository_owner_id", values: []string{o.ID}})
		}
		return statement{
			principal:  principal{kind: federated, names: []string{providerARN}},
			actions:    []string{"sts:AssumeRoleWithWebIdentity"},
			conditions: append(conditions, sub...),
		}
	}
	like := func(patterns []string) condition {
		return condition{operator: stringLike, key: issuer + ":sub", values: patterns}
	}
	if len(wide) == 0 {
		return document(admit(like(exact)))
	}
	widely := admit(like(wide), condition{operator: stringNotLike, key: issuer + ":sub", values: set(but)})
	if len(exact) == 0 {
		return document(widely)
	}
	return document(admit(like(exact)), widely)
}

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
