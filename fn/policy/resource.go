package policy

import (
	"maps"
	"slices"
	"strings"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/oidc"
)

// Actions of ECR that resource policies allow besides pullActions, sorted.
var (
	// lambdaActions let Lambda pull the image of a function.
	// https://docs.aws.amazon.com/lambda/latest/dg/images-create.html
	lambdaActions = []string{"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}

	// replicateActions let another registry replicate into this one.
	// https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions-create-replication.html
	replicateActions = []string{"ecr:CreateRepository", "ecr:ReplicateImage"}
)

// RepositoryPull returns the policy of a repository in a region, which lets others pull; "" if it lets nobody. Lambda
// pulls within that region only.
func RepositoryPull(partition, region string, p *v1alpha1.Pull) string {
	if p == nil {
		return ""
	}
	statements := pull(partition, p.Accounts, p.Principals, p.OrganizationIDs, nil)
	if p.Lambda != nil && *p.Lambda && len(p.Accounts) > 0 {
		functions := make([]string, len(p.Accounts))
		for i, account := range p.Accounts {
			functions[i] = "arn:" + partition + ":lambda:" + region + ":" + account + ":function:*"
		}
		statements = append(statements, statement{
			Sid:       "PullByLambda",
			Principal: principal{"Service": {"lambda.amazonaws.com"}},
			Action:    lambdaActions,
			Condition: conditions{oidc.StringLike: {"aws:SourceArn": set(functions)}},
		})
	}
	return document(statements...)
}

// Registry returns the policy of a registry: who else may pull from it, and which accounts may replicate into it; "" if
// nobody may. A registry has one policy, so pull and replication share it.
func Registry(partition, region, account string, p *v1alpha1.CrossAccountPull, from []v1alpha1.ReplicationSource) string {
	var statements []statement
	if p != nil {
		statements = pull(partition, p.Accounts, nil, p.OrganizationIDs, repositories(partition, region, account, p.Repositories))
	}
	return document(append(statements, replicate(partition, region, account, from)...)...)
}

// pull returns the statements that let principals, accounts and organisations pull. The policy of a repository names no
// resources: it applies to that repository.
func pull(partition string, accountIDs, principals, organizationIDs, resources []string) []statement {
	var statements []statement
	named := slices.Clone(principals)
	for _, id := range accountIDs {
		named = append(named, aws.AccountRootARN(partition, id))
	}
	if len(named) > 0 {
		statements = append(statements, statement{
			Sid:       "PullByAccounts",
			Principal: principal{"AWS": set(named)},
			Action:    pullActions,
			Resource:  resources,
		})
	}
	if len(organizationIDs) > 0 {
		statements = append(statements, statement{
			Sid:       "PullByOrganizations",
			Principal: anyone,
			Action:    pullActions,
			Resource:  resources,
			Condition: conditions{oidc.StringEquals: {"aws:PrincipalOrgID": set(organizationIDs)}},
		})
	}
	return statements
}

// replicate returns the statements that let other accounts replicate into a registry. Accounts that may replicate the
// same repositories share a statement.
func replicate(partition, region, account string, from []v1alpha1.ReplicationSource) []statement {
	sources := map[string][]string{} // by the repositories that they may replicate
	for _, s := range from {
		reach := strings.Join(repositories(partition, region, account, s.Repositories), "\n")
		sources[reach] = append(sources[reach], aws.AccountRootARN(partition, s.AccountID))
	}
	var statements []statement
	for _, reach := range slices.Sorted(maps.Keys(sources)) {
		statements = append(statements, statement{
			Principal: principal{"AWS": set(sources[reach])},
			Action:    replicateActions,
			Resource:  strings.Split(reach, "\n"),
		})
	}
	return statements
}
