package orgaccess

import (
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	iamv1beta1 "github.com/upbound/provider-aws/v2/apis/cluster/iam/v1beta1"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/managed"
)

const keyProvider = "oidc-provider"

// providerClass is the account's identity provider for the issuer. No object changes it once it exists, so each
// namespace may have an object for it, and so may each org access that only observes it.
var providerClass = &class{
	key:      keyProvider,
	TypeMeta: metav1.TypeMeta{APIVersion: iamv1beta1.CRDGroupVersion.String(), Kind: iamv1beta1.OpenIDConnectProvider_Kind},
	external: providerARN,
	parts:    providerParts,
	validate: validateProvider,
	advise:   adviseOnProvider,
}

func providerARN(p *Plan, _ string) string {
	return p.issuer.ProviderARN(p.partition, p.written.AccountID)
}

func providerParts(p *Plan) ([]*part, fault.Advice, fault.List) {
	arn := providerARN(p, keyProvider)
	t := &part{what: "identity provider " + arn, path: providerPath}
	t.Shared, t.Identity, t.object.Policies = true, []string{arn}, managed.Make
	t.forProvider = func(p *Plan) any {
		return iamv1beta1.OpenIDConnectProviderParameters{URL: &p.issuer.URL, ClientIDList: []*string{&p.issuer.Audience}}
	}
	if !p.written.createsProvider() {
		t.Identity, t.object.Policies = []string{p.xr.Name, arn}, managed.Observe
		t.forProvider = func(*Plan) any { return managed.Bare{} }
	}
	return []*part{t}, nil, nil
}

func validateProvider(p *Plan) fault.List {
	if p.written.OIDCProvider == nil {
		return nil
	}
	return fault.OneOf(p.written.OIDCProvider.Mode, providerPath.Child("mode"), v1alpha1.OIDCProviderCreate, v1alpha1.OIDCProviderExisting)
}

// adviseOnProvider returns advice on the issuer, and on the identity provider in AWS.
func adviseOnProvider(p *Plan) fault.Advice {
	advice := p.owner.Advise(p.ownerPath)
	t := p.part(keyProvider)
	if t.Ours == nil || t.misplaced() {
		return advice
	}
	audiences := t.Ours.Status.AtProvider.ClientIDList
	if want := p.issuer.Audience; t.Ours.Exists() && len(audiences) > 0 && !slices.Contains(audiences, want) {
		advice.Add(providerPath,
			"the identity provider does not take the audience %s, so nobody can assume the roles: aws iam "+
				"add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn %s --client-id %s", want, t.External, want)
	}
	message, unsynced := t.Ours.Unsynced()
	if unsynced && !p.written.createsProvider() && strings.Contains(message, "external resource does not exist") {
		advice.Add(providerPath.Child("mode"),
			"account %s has no identity provider for %s: set mode to Create to make it", p.written.AccountID, p.issuer.URL)
	}
	return advice
}
