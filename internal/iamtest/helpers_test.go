package iamtest

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The pages of AWS's documentation that the cases come from. All are of the IAM
// User Guide, unless the constant says otherwise.
const (
	pageOperators    = "reference_policies_elements_condition_operators: "
	pageMultivalued  = "reference_policies_condition_examples-multi-valued-context-keys: "
	pageSingleValued = "reference_policies_condition_examples-single-valued-context-keys: "
	pageSets         = "reference_policies_condition-single-vs-multi-valued-context-keys: "
	pageLogic        = "reference_policies_condition-logic-multiple-context-keys-or-values: "
	pageCondition    = "reference_policies_elements_condition: "
	pageVariables    = "reference_policies_variables: "
	pageAction       = "reference_policies_elements_action: "
	pageNotAction    = "reference_policies_elements_notaction: "
	pageResource     = "reference_policies_elements_resource: "
	pageNotResource  = "reference_policies_elements_notresource: "
	pagePrincipal    = "reference_policies_elements_principal: "
	pageNotPrincipal = "reference_policies_elements_notprincipal: "
	pageGrammar      = "reference_policies_grammar: "
	pageDenyAllow    = "reference_policies_evaluation-logic_policy-eval-denyallow: "
	pageOneAccount   = "reference_policies_evaluation-logic_policy-eval-basics: "
	pageCrossAccount = "reference_policies_evaluation-logic-cross-account: "
	pageDelegation   = "access_policies-cross-account-resource-access: "
	pageOIDC         = "reference_policies_iam-condition-keys: "
	pageGitHubRole   = "id_roles_create_for-idp_oidc: "
	pageChecks       = "access-analyzer-reference-policy-checks: "
	pageQuotas       = "reference_iam-quotas: "
	pageRegistry     = "ECR User Guide, registry-permissions: "
	pageRepository   = "ECR User Guide, repository-policies: "
	pageECRExamples  = "ECR User Guide, repository-policy-examples: "
	pageGitHub       = "GitHub Docs, OpenID Connect reference: "
)

func mustParse(t *testing.T, kind Kind, text string) *Document {
	t.Helper()
	d, err := Parse(kind, text)
	if err != nil {
		t.Fatalf("Parse(%s, ...): %v\n%s", kind, err, text)
	}
	return d
}

// diff compares two values for a test's message.
func diff(want, got any) string { return cmp.Diff(want, got) }
