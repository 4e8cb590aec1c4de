package access

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"

	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/internal/cli"
	"github.com/ontopix/crossplane-ecr/internal/cli/local"
	"github.com/ontopix/crossplane-ecr/internal/iam"
)

// read renders the files, and returns what they grant. It notes what is missing, and reports whether the estate is
// complete. A refused object grants nothing new. Without its org access, nobody knows whom a project's role admits.
// Repositories whose account is in no file are in the given account.
func read(ctx context.Context, streams cli.Streams, paths []string, o local.Options, account string) (e *estate, complete bool, err error) {
	set, err := local.Load(streams, paths, o)
	if err != nil {
		return nil, false, err
	}
	if len(set.Composites) == 0 && len(set.Findings) == 0 {
		return nil, false, local.ErrNothing
	}
	defer streams.Progress("rendering %d objects", len(set.Composites))()
	complete = true
	noted := map[string]bool{} // A fault in the settings is found once for each object.
	note := func(findings []local.Finding) {
		for _, f := range findings {
			complete = false
			if line := f.String(); !noted[line] {
				noted[line] = true
				streams.Note("%s", line)
			}
		}
	}
	note(set.Findings)
	r := reader{estate: &estate{registries: map[place]registry{}}, accounts: map[string]string{}, documents: map[string]*iam.Document{}}
	for _, c := range set.Composites {
		of := cli.Clean(c.Author())
		outcome, err := set.Run(ctx, c)
		if err != nil {
			return nil, false, fmt.Errorf("%s: %w", of, err)
		}
		if outcome.Refused {
			note(outcome.Errors())
			streams.Note("%s is refused, and grants nothing new.", of)
			continue
		}
		if outcome.Missing != "" {
			complete = false
			streams.Note("The org access %s was not given: roles of %s are left out.", cli.Clean(outcome.Missing), of)
			maps.DeleteFunc(outcome.Desired, func(_ string, u *unstructured.Unstructured) bool {
				return u.GetKind() == "Role" || u.GetKind() == "RolePolicy"
			})
		}
		if err := r.add(of, outcome.Desired); err != nil {
			return nil, false, fmt.Errorf("%s: %w", of, err)
		}
	}
	r.locate(account)
	return r.estate, complete, nil
}

// A reader fills an estate.
type reader struct {
	*estate

	// accounts are the AWS accounts by provider config: each has the credentials of one.
	accounts map[string]string

	// documents are the parsed policies by kind and text: many policies are the same.
	documents map[string]*iam.Document
}

// add adds the managed resources of one composite resource. of names the composite resource or its claim.
func (r *reader) add(of string, desired map[string]*unstructured.Unstructured) error {
	objects := make([]*unstructured.Unstructured, 0, len(desired))
	for _, key := range slices.Sorted(maps.Keys(desired)) {
		objects = append(objects, desired[key])
	}
	roles, repositories := map[string]*role{}, map[string]*repository{}
	for _, u := range objects {
		name := meta.GetExternalName(u)
		switch u.GetKind() {
		case "Role":
			role, err := r.newRole(of, u)
			if err != nil {
				return err
			}
			r.roles = append(r.roles, role)
			r.accounts[providerConfig(u)] = role.account
			roles[name] = role
		case "Repository":
			region := local.ForProvider(u, "region")
			policies, _, _ := unstructured.NestedStringSlice(u.Object, "spec", "managementPolicies")
			repositories[name] = &repository{
				of: of, name: name, config: providerConfig(u), partition: aws.Partition(region), place: place{region: region},
				observeOnly: slices.Equal(policies, []string{"Observe"}),
			}
			r.repositories = append(r.repositories, repositories[name])
		}
	}
	for _, u := range objects {
		var err error
		switch u.GetKind() {
		case "RolePolicy":
			role := roles[local.ForProvider(u, "role")]
			if role == nil {
				return fmt.Errorf("the role of policy %s is not rendered", u.GetName())
			}
			var d *iam.Document
			d, err = r.policy(u, iam.IdentityPolicy, "policy")
			role.permission = append(role.permission, d)
		case "RepositoryPolicy":
			if repo := repositories[meta.GetExternalName(u)]; repo != nil {
				repo.policy, err = r.policy(u, iam.RepositoryPolicy, "policy")
			}
		case "RegistryPolicy":
			at := place{account: meta.GetExternalName(u), region: local.ForProvider(u, "region")}
			r.accounts[providerConfig(u)] = at.account
			var d *iam.Document
			d, err = r.policy(u, iam.RegistryPolicy, "policy")
			r.registries[at] = registry{of: of, policy: d}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// newRole returns a role without its permissions.
func (r *reader) newRole(of string, u *unstructured.Unstructured) (*role, error) {
	trust, err := r.policy(u, iam.TrustPolicy, "assumeRolePolicy")
	if err != nil {
		return nil, err
	}
	role := &role{of: of, name: meta.GetExternalName(u), trust: trust, boundary: local.ForProvider(u, "permissionsBoundary")}
	for _, s := range trust.Statements {
		// The identity provider that a role trusts is in the role's own account.
		for _, p := range s.Principal.Federated {
			if a, ok := aws.ParseARN(p); ok {
				role.partition, role.account = a.Partition, a.Account
			}
		}
	}
	if role.account == "" {
		return nil, fmt.Errorf("the role %s trusts no identity provider", role.name)
	}
	role.arn = "arn:" + role.partition + ":iam::" + role.account + ":role" + cmp.Or(local.ForProvider(u, "path"), "/") + role.name
	return role, nil
}

// policy parses the policy in a field of a managed resource.
func (r *reader) policy(u *unstructured.Unstructured, kind iam.Kind, field string) (*iam.Document, error) {
	text := local.ForProvider(u, field)
	key := string(kind) + text
	if d := r.documents[key]; d != nil {
		return d, nil
	}
	d, err := iam.Parse(kind, text)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", u.GetKind(), meta.GetExternalName(u), err)
	}
	r.documents[key] = d
	return d, nil
}

// locate sets the accounts of the repositories, once all provider configs are known.
func (r *reader) locate(account string) {
	known := slices.Compact(slices.Sorted(maps.Values(r.accounts)))
	if account == "" && len(known) == 1 {
		account = known[0]
	}
	for _, repo := range r.repositories {
		repo.place.account = cmp.Or(r.accounts[repo.config], account, unknownAccount)
	}
	slices.SortStableFunc(r.repositories, func(a, b *repository) int { return cmp.Compare(a.arn(), b.arn()) })
	slices.SortStableFunc(r.roles, func(a, b *role) int { return cmp.Compare(a.arn, b.arn) })
}

// providerConfig returns an ID of the provider config of a managed resource.
func providerConfig(u *unstructured.Unstructured) string {
	ref, _, _ := unstructured.NestedStringMap(u.Object, "spec", "providerConfigRef")
	id := ref["kind"] + "/" + ref["name"]
	if ref["kind"] == "ProviderConfig" {
		id += "/" + u.GetNamespace()
	}
	return id
}
