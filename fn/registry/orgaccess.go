package registry

import (
	"cmp"
	"slices"
	"strings"

	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation/field"

	mv1alpha1 "github.com/ontopix/crossplane-ecr/apis/m/v1alpha1"
	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/github"
	"github.com/ontopix/crossplane-ecr/fn/issuer"
	"github.com/ontopix/crossplane-ecr/fn/protostruct"
	"github.com/ontopix/crossplane-ecr/fn/settings"
)

// An orgAccess is what a project needs of its org access.
type orgAccess struct {
	v1alpha1.EcrOrgAccessParameters
	partition    string
	organization github.Organization
}

// lookupOrgAccess is the prefix of the keys of lookups for org accesses. Crossplane 2.4 answers the first call of a
// reconcile with what the last successful one asked for under the same keys. So the name is part of the key, or one org
// access could pass for another.
const lookupOrgAccess = "org-access/"

// resolveOrgAccess returns the org access of a project that wants a push role; nil if none is wanted, or until it is
// fetched. It need not be ready, since only its spec is needed.
func resolveOrgAccess(req composite.Request, p *Plan) (*orgAccess, composite.Lookups, fault.List) {
	ref, path, l := orgAccessRef(p)
	if p.written.GitHub == nil || len(l) > 0 || p.platform.Broken {
		return nil, nil, l // teams must not learn whether an org access exists that they may not name
	}
	if ref == nil {
		l.Required(orgPath, "with github, the org access that the account and the GitHub organisation are taken from")
		return nil, nil, l
	}
	kind := v1alpha1.XEcrOrgAccessKind
	if p.xr.Generation.Namespaced {
		kind = mv1alpha1.EcrOrgAccessKind
		if l = mayDecide(p.platform, ref.Namespace, ref.Name, path); len(l) > 0 {
			return nil, nil, l
		}
	}
	key := lookupOrgAccess + strings.TrimPrefix(ref.String(), "/")
	lookups := composite.Lookups{{Key: key, APIVersion: p.xr.APIVersion, Kind: kind, Namespace: ref.Namespace, Name: ref.Name}}
	found := req.Fetched.Object(lookups[0])
	if req.Fetched.Lacks(lookups) {
		return nil, lookups, nil
	}
	if found != nil {
		// Its author decides who is let in, so an org access that is claimed where that is not allowed does not count.
		if x := composite.ReadXR(found); x.Claimed() {
			l = mayDecide(p.platform, x.Namespace, ref.Name, path)
		}
		if len(l) == 0 {
			o, faults := readOrgAccess(p, found, ref.Name, path)
			return o, lookups, faults
		}
	}
	// A claim that names such an org access gets the same message as if it did not exist.
	secret := p.written.OrgAccess != nil && !p.xr.Generation.Namespaced
	if len(l) > 0 && !secret {
		return nil, lookups, l
	}
	rule := "there is no " + kind + " of this name" + inNamespace(ref.Namespace)
	if secret {
		rule += ", or it is claimed in a namespace that may not decide who is let in: see the guardrail orgAccessNamespaces"
	}
	return nil, lookups, fault.List{{Path: path, Value: ref.Name, Rule: rule, Owner: fault.API, ID: fault.IDNotFound}}
}

// mayDecide refuses an org access of a namespace that may not decide who is let in.
func mayDecide(platform *settings.Platform, namespace, name string, path *field.Path) fault.List {
	var l fault.List
	if !slices.Contains(platform.Rules().OrgAccessNamespaces, namespace) {
		l.Platform("orgAccessNamespaces", path, name, "an org access of namespace %q may not decide who is let in", namespace)
	}
	return l
}

func inNamespace(n string) string {
	if n == "" {
		return ""
	}
	return " in namespace " + n
}

// orgAccessRef returns the org access to use and the field that names it: the spec's, else the platform team's. If the
// platform team names one, the spec may name no other.
func orgAccessRef(p *Plan) (*types.NamespacedName, *field.Path, fault.List) {
	var settled *types.NamespacedName
	if p.platform.OrgAccess != nil {
		settled = &types.NamespacedName{Name: *p.platform.OrgAccess}
		if p.xr.Generation.Namespaced {
			settled.Namespace = *cmp.Or(p.platform.OrgAccessNamespace, &p.xr.Namespace)
		}
	}
	named, path := p.written.OrgAccess, orgPath.Child("name")
	if named == nil {
		return settled, p.platform.OrgAccessPath, nil
	}
	l := settings.ValidateName(named.Name, path, "an org access")
	if settled != nil && *named != *settled && !p.platform.Broken {
		faulty, value := path, named.Name
		if named.Name == settled.Name {
			faulty, value = orgPath.Child("namespace"), named.Namespace
		}
		l.Platform("orgAccess", faulty, value, "all projects use the org access %q%s", settled.Name, inNamespace(settled.Namespace))
	}
	return named, path, l
}

// readOrgAccess returns what a push role needs of an org access.
func readOrgAccess(p *Plan, found *structpb.Struct, name string, path *field.Path) (*orgAccess, fault.List) {
	var l fault.List
	var object struct {
		Spec v1alpha1.EcrOrgAccessParameters `json:"spec"`
	}
	protostruct.DecodeLenient(found, &object)
	spec := object.Spec
	owner, _, faults := issuer.Of(&spec.OrgIssuers, specPath)
	if !aws.IsAccountID(spec.AccountID) {
		faults.AWS("account", specPath.Child("accountId"), spec.AccountID, "must be 12 digits")
	}
	if len(faults) > 0 {
		l.Invalid(path, name, "the org access is not valid: %s", faults.Reported().Message())
		return nil, l
	}
	organization, ok := owner.(github.Organization)
	if !ok {
		l.Invalid(path, name, "the org access lets in no workflows of GitHub: leave github out, or name another org access")
		return nil, l
	}
	partition := *cmp.Or(spec.Partition, new(aws.PartitionStandard))
	if here := aws.Partition(p.region); p.region != "" && partition != here {
		value := name
		if p.written.OrgAccess == nil {
			path, value = p.regionPath, p.region // the project can only choose another region
		}
		l.AWS("partition", path, value, "the org access is of partition %s, and the region %s is in %s", partition, p.region, here)
		return nil, l
	}
	return &orgAccess{spec, partition, organization}, nil
}
