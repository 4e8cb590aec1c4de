// Package issuer lists the issuers of tokens that an org access can accept. Each has a field of v1alpha1.OrgIssuers, a
// package that knows its tokens, and an entry in the table here.
package issuer

import (
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/fn/github"
	"github.com/ontopix/crossplane-ecr/fn/oidc"
)

// An Owner owns the workflows that an org access lets in. It is an organisation on GitHub, for example.
type Owner interface {
	// Name returns the name of the owner. The default names of the roles end with it.
	Name() string

	// Issuer returns the issuer of the tokens that the owner's workflows get for roles in a partition.
	Issuer(partition string) oidc.Issuer

	// Everyone returns the entries that admit every workflow of the owner.
	Everyone() []v1alpha1.Allow

	// Admissions returns the admissions of the workflows that the entries admit. The entries must be valid.
	Admissions(allow []v1alpha1.Allow) []oidc.Admission

	// Validate returns the faults of the owner. The path is that of the field that names it.
	Validate(path *field.Path) fault.List

	// ValidateAllow validates the entries of a role. Valid entries admit no workflow of another owner.
	ValidateAllow(allow []v1alpha1.Allow, path *field.Path) fault.List

	// Advise returns advice on the owner. The path is that of the field that names it.
	Advise(path *field.Path) fault.Advice

	// AdviseAllow returns advice on the entries of a role.
	AdviseAllow(allow []v1alpha1.Allow, path *field.Path) fault.Advice
}

// An entry is an issuer. It reads the owner from a field of v1alpha1.OrgIssuers; nil if the field is absent.
type entry struct {
	field string
	read  func(*v1alpha1.OrgIssuers) Owner
}

var table = []entry{
	{"github", func(i *v1alpha1.OrgIssuers) Owner {
		if i.GitHub == nil {
			return nil
		}
		return github.OrganizationOf(i.GitHub)
	}},
}

// Of returns the owner that a spec names, the path of the field that names it, and the faults of the spec's issuers.
// The owner is nil if the spec names none.
func Of(spec *v1alpha1.OrgIssuers, path *field.Path) (owner Owner, at *field.Path, faults fault.List) {
	var names []string
	for _, e := range table {
		names = append(names, e.field)
		o := e.read(spec)
		if o == nil {
			continue
		}
		if owner != nil {
			faults.Invalid(path.Child(e.field), nil, "must be left out: %s names the issuer already", at)
			continue
		}
		owner, at = o, path.Child(e.field)
		faults = append(faults, o.Validate(at)...)
	}
	if owner == nil {
		faults.Required(path.Child(names[0]),
			"the owner of the workflows that are let in, by the issuer of their tokens: %s", strings.Join(names, " or "))
	}
	return owner, at, faults
}
