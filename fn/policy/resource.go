package policy

import (
	"slices"
	"strings"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
)

// Actions of ECR that resource policies grant besides pulling, sorted.
var (
	// lambdaActions are what Lambda needs of a function's image.
	// https://docs.aws.amazon.com/lambda/latest/dg/images-create.html
	lambdaActions = []string{"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}

	// replicateActions let another registry replicate into this one.
	// https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions-create-replication.html
	replicateActions = []string{"ecr:CreateRepository", "ecr:ReplicateImage"}
)

// Every repository, as a pattern.
var everyRepository = []string{"*"}

// RepositoryPull returns the policy of a repository that others may pull from; "" if
// nobody may. The repository is in the region: Lambda pulls within its own.
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
			sid:        "PullByLambda",
			principal:  principal{kind: service, names: []string{"lambda.amazonaws.com"}},
			actions:    lambdaActions,
			conditions: []condition{{operator: stringLike, key: "aws:SourceArn", values: set(functions)}},
		})
	}
	if len(statements) == 0 {
		return ""
	}
	return document(statements...)
}

// Registry returns the policy of a registry: who else may pull from it, and which
// registries may replicate into it; "" if nobody may. There is one such policy in
// an account and region, so both share it.
func Registry(partition, region, account string, p *v1alpha1.CrossAccountPull, from []v1alpha1.ReplicationSource) string {
	var statements []statement
	if p != nil {
		reach := repositories(partition, region, account, orEvery(p.Repositories))
		statements = pull(partition, p.Accounts, nil, p.OrganizationIDs, reach)
	}
	statements = append(statements, replicate(partition, region, account, from)...)
	if len(statements) == 0 {
		return ""
	}
	return document(statements...)
}

// pull returns the statements that let principals and whole accounts and
// organisations pull. A repository's policy is about itself and names no resources.
func pull(partition string, accountIDs, principals, organizationIDs, resources []string) []statement {
	var statements []statement
	named := slices.Clone(principals)
	for _, id := range accountIDs {
		named = append(named, aws.AccountRootARN(partition, id))
	}
	if len(named) > 0 {
		statements = append(statements, statement{
			sid:       "PullByAccounts",
			principal: principal{kind: accounts, names: set(named)},
			actions:   pullActions,
			resources: resources,
		})
	}
	if len(organizationIDs) > 0 {
		statements = append(statements, statement{
			sid:        "PullByOrganizations",
			principal:  principal{kind: anyone},
			actions:    pullActions,
			resources:  resources,
			conditions: []condition{{operator: stringEquals, key: "aws:PrincipalOrgID", values: set(organizationIDs)}},
		})
	}
	return statements
}

// replicate returns the statements that let registries replicate into this one. Those
// that may replicate the same repositories share a statement.
func replicate(partition, region, account string, from []v1alpha1.ReplicationSource) []statement {
	byReach := map[string]*statement{}
	var reaches []string
	for _, s := range from {
		resources := repositories(partition, region, account, orEvery(s.Repositories))
		reach := strings.Join(resources, "\n")
		if byReach[reach] == nil {
			reaches = append(reaches, reach)
			byReach[reach] = &statement{principal: principal{kind: accounts}, actions: replicateActions, resources: resources}
		}
		names := &byReach[reach].principal.names
		*names = append(*names, aws.AccountRootARN(partition, s.AccountID))
	}
	slices.Sort(reaches)
	statements := make([]statement, len(reaches))
	for i, reach := range reaches {
		statements[i] = *byReach[reach]
		statements[i].principal.names = set(statements[i].principal.names)
	}
	return statements
}

func orEvery(patterns []string) []string {
	if len(patterns) == 0 {
		return everyRepository
	}
	return patterns
}
