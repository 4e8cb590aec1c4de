package orgaccess

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	ecrv1beta1 "github.com/upbound/provider-aws/v2/apis/cluster/ecr/v1beta1"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/policy"
	"github.com/ontopix/crossplane-ecr/fn/settings"
)

const keyRegistryPolicy = "registry-policy"

// registryPolicyClass is the policy of the registry. Cross-account pull and replication into the registry share it.
var registryPolicyClass = &class{
	key:      keyRegistryPolicy,
	TypeMeta: metav1.TypeMeta{APIVersion: ecrv1beta1.CRDGroupVersion.String(), Kind: ecrv1beta1.RegistryPolicy_Kind},
	grant:    true,
	field: func(s *Spec) *field.Path {
		switch {
		case s.CrossAccountPull != nil:
			return crossPath
		case len(s.replication().From) > 0:
			return replicationPath.Child("from")
		}
		return nil
	},
	external: accountID,
	parts: single("registry policy", func(p *Plan) any {
		return ecrv1beta1.RegistryPolicyParameters{Region: &p.region, Policy: new(p.registryPolicy())}
	}),
	validate: validateRegistryPolicy,
	advise:   adviseOnRegistryPolicy,
}

// registryPolicy returns the policy of the registry.
func (p *Plan) registryPolicy() string {
	return policy.Registry(p.partition, p.region, p.written.AccountID, p.written.CrossAccountPull, p.written.replication().From)
}

// Bounds of the API. They keep a spec readable. The size of a policy is the bound of AWS.
const (
	maxAccounts      = 200
	maxOrganizations = 20
	maxSources       = 50
)

func validateRegistryPolicy(p *Plan) fault.List {
	var l fault.List
	if c := p.written.CrossAccountPull; c != nil {
		if len(c.Accounts) == 0 && len(c.OrganizationIDs) == 0 {
			l.Required(crossPath, "at least one account or organisation that may pull")
		}
		l.Add(fault.Items(c.Accounts, crossPath.Child("accounts"), maxAccounts, "", accountForm.Check)...)
		l.Add(fault.Items(c.OrganizationIDs, crossPath.Child("organizationIds"), maxOrganizations, "", settings.OrganizationForm.Check)...)
		l.Add(validatePatterns(c.Repositories, crossPath.Child("repositories"))...)
	}
	seen := map[string]bool{}
	return append(l, fault.Items(p.written.replication().From, replicationPath.Child("from"), maxSources, "",
		func(from v1alpha1.ReplicationSource, path *field.Path) fault.List {
			var l fault.List
			switch account := path.Child("accountId"); {
			case from.AccountID == "":
				l.Required(account, "the account whose registries may replicate into this one")
			case seen[from.AccountID]:
				l.Invalid(account, from.AccountID, "is named already: add the repositories there")
			default:
				l.Add(accountForm.Check(from.AccountID, account)...)
			}
			seen[from.AccountID] = true
			return append(l, validatePatterns(from.Repositories, path.Child("repositories"))...)
		})...)
}

func adviseOnRegistryPolicy(p *Plan) fault.Advice {
	var advice fault.Advice
	if c := p.written.CrossAccountPull; c != nil {
		advice.Add(crossPath,
			"works only while the registry's policy scope is V2, the default of newer registries: under V1 ECR "+
				"ignores it. See aws ecr get-account-setting --name REGISTRY_POLICY_SCOPE; the provider cannot set it")
		for i, id := range c.Accounts {
			if id == p.written.AccountID {
				advice.Add(crossPath.Child("accounts").Index(i), "is the registry's own account, whose principals need no permission here: take it out")
			}
		}
		advice = append(advice, adviseOnPatterns(c.Repositories, crossPath.Child("repositories"))...)
	}
	for i, s := range p.written.replication().From {
		path := replicationPath.Child("from").Index(i)
		if s.AccountID == p.written.AccountID {
			advice.Add(path.Child("accountId"), "is the registry's own account, which replicates from other regions without permission: take it out")
		}
		advice = append(advice, adviseOnPatterns(s.Repositories, path.Child("repositories"))...)
	}
	return advice
}
