// Package importer has the command that writes claims for what is in AWS already.
//
// It goes from a source to pieces, from these to an inventory, from the inventory to a plan of claims and org accesses,
// and writes them. A plan is proven before it is written: what the function would render is compared with what the source
// has, and what differs is taken out and listed.
package importer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/internal/cli"
	"github.com/ontopix/crossplane-ecr/internal/cli/files"
	"github.com/ontopix/crossplane-ecr/internal/xr"
)

type options struct {
	settings   []string
	aws        bool
	namespaced bool
}

// New returns the command.
func New(streams cli.Streams) *cobra.Command {
	o := &options{}
	cmd := &cobra.Command{
		Use:   "import STATE|FOLDER|-...",
		Short: "Write claims for repositories that exist already",
		Long: `Write claims, and an org access, for what Terraform made or the account has. The source is what
terraform show -json prints, or a folder with what the AWS CLI prints.

The claims have managementPolicies: [Observe], so nothing in AWS changes when they are applied. A policy
is taken over where the API says the same; what it cannot say is listed on standard error, and as a
comment beside its object. The exit code is 0 then, too.`,
		Example: `  # From Terraform
  terraform show -json > state.json
  kubectl-ecr import state.json > registry.yaml

  # With the platform team's settings: only what differs from them is written
  kubectl-ecr import state.json --settings ecr-platform.yaml

  # From the AWS CLI
  aws ecr describe-repositories --output json > aws/repositories.json
  kubectl-ecr import aws

  # From the account itself, for Crossplane 2 without claims
  kubectl-ecr import --aws --namespaced`,
	}
	files := cli.Files(cmd)
	cmd.Flags().StringArrayVar(&o.settings, "settings", nil, "File with the platform team's settings (may be repeated)")
	cmd.Flags().BoolVar(&o.aws, "aws", false, "Read the repositories and the registry from the AWS account")
	cmd.Flags().BoolVar(&o.namespaced, "namespaced", false, "Write namespaced composite resources, of Crossplane 2, in place of claims")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		paths := files(args)
		if len(paths) == 0 && !o.aws {
			return cli.ErrNoFiles
		}
		return o.run(cmd.Context(), streams, paths)
	}
	return cmd
}

// errNothing says that no file is a source.
var errNothing = errors.New("nothing to import: give what `terraform show -json` or the AWS CLI prints (--output json), or --aws")

func (o *options) run(ctx context.Context, streams cli.Streams, paths []string) error {
	defer streams.Progress("reading and comparing")()
	p := &pieces{}
	sources, existing, err := p.read(streams, paths)
	if err != nil {
		return err
	}
	if o.aws {
		if err := p.account(ctx); err != nil {
			return err
		}
		sources++
	}
	if sources == 0 {
		return again(streams, existing)
	}
	r := renderer{settings: o.settings, namespaced: o.namespaced}
	objects, findings, err := plan(ctx, p.link(), r)
	if err != nil {
		return err
	}
	for _, f := range findings {
		streams.Note("%s: %s", f.origin, f.message)
	}
	_, err = fmt.Fprint(streams.Out, manifest(objects...))
	return err
}

// read reads the sources, and returns how many there are. Files that hold objects of ours are no source: they may be what
// an earlier run wrote.
func (p *pieces) read(streams cli.Streams, paths []string) (sources int, existing []files.File, err error) {
	read, err := files.Read(streams.In, paths...)
	if err != nil {
		return 0, nil, err
	}
	for _, f := range read {
		if len(f.Faults) > 0 {
			if f.Named {
				return 0, nil, f.Err()
			}
			streams.Note("%s: skipped: %s", f.Name, f.Faults[0].Rule)
			continue
		}
		ours, taken := false, 0
		for _, object := range f.Objects {
			if _, ok := xr.KindOf(object.GroupVersionKind()); ok {
				ours = true
				continue
			}
			for _, source := range []func(string, map[string]any) (bool, error){p.terraform, p.awsCLI} {
				is, err := source(f.Name, object.Object)
				if err != nil {
					return 0, nil, err
				}
				if is {
					taken++
					break
				}
			}
		}
		sources += taken
		switch {
		case ours:
			existing = append(existing, f)
		case taken == 0 && f.Named:
			return 0, nil, fmt.Errorf("%s: %w", f.Name, errNothing)
		}
	}
	return sources, existing, nil
}

// again writes what an earlier run wrote: there is nothing to add.
func again(streams cli.Streams, existing []files.File) error {
	if len(existing) == 0 {
		return errNothing
	}
	for _, f := range existing {
		streams.Note("%s: has claims already, and nothing to import", f.Name)
		if _, err := fmt.Fprint(streams.Out, f.Text); err != nil {
			return err
		}
	}
	return nil
}

// plan returns the objects that an inventory becomes, and everything that they do not say.
func plan(ctx context.Context, inv inventory, r renderer) ([]map[string]any, findings, error) {
	region, err := r.region(ctx)
	if err != nil {
		return nil, nil, err
	}
	account := accountOf(inv)
	claims, all := group(inv, account, region)
	all = append(inv.findings, all...)
	for n := range claims {
		c := &claims[n]
		c.withoutRegion = c.region == region
		inForce, err := r.inForce(ctx, *c)
		if err != nil {
			return nil, nil, err
		}
		for n := range c.images {
			c.images[n].settle(inForce)
		}
		if err := r.prove(ctx, c); err != nil {
			return nil, nil, err
		}
	}
	if region == "" && len(claims) > 0 {
		region = claims[0].region
	}
	access, err := r.accesses(ctx, inv, account, region)
	if err != nil {
		return nil, nil, err
	}
	all = append(all, access.findings...)
	var guards []map[string]any
	if len(r.settings) == 0 {
		guards = opened(claims, r.namespaced && len(access.objects) > 0)
	}
	objects := slices.Concat(guards, access.objects)
	for n := range claims {
		c := &claims[n]
		refused, err := r.refusals(ctx, append(slices.Clone(guards), r.claim(c, false))...)
		if err != nil {
			return nil, nil, err
		}
		for _, why := range refused {
			c.note("refused as soon as it is managed: %s", why)
		}
		objects = append(objects, r.claim(c, true))
		all = append(all, c.findings()...)
	}
	return objects, append(all, left(inv, access.told)...), nil
}

// findings are what is said about a claim, and about each of its images.
func (c *claim) findings() findings {
	var all findings
	for _, note := range c.notes {
		all.note("ProjectRegistry "+c.namespace+"/"+c.name, "%s", note)
	}
	for _, i := range c.images {
		for _, note := range i.notes {
			all.note(i.source.origin, "%s: %s", i.source.name, note)
		}
	}
	return all
}

// opened are settings without which the objects would be refused: the Input of the packages lets nobody outside pull, a
// project belongs to the namespace of its name, and no namespace may have an org access. There are none where nothing
// needs them.
func opened(claims []claim, orgAccess bool) []map[string]any {
	var accounts, organizations []string
	namespaces := map[string]string{}
	for _, c := range claims {
		if c.project != c.namespace {
			namespaces[c.project] = c.namespace
		}
		for _, i := range c.images {
			if i.Pull == nil {
				continue
			}
			accounts = append(accounts, i.Pull.Accounts...)
			organizations = append(organizations, i.Pull.OrganizationIDs...)
			for _, principal := range i.Pull.Principals {
				arn, _ := aws.ParseARN(principal)
				accounts = append(accounts, arn.Account)
			}
		}
	}
	guardrails := map[string]any{}
	if len(accounts)+len(organizations) > 0 {
		guardrails["pull"] = map[string]any{"accounts": set(accounts), "organizationIds": set(organizations)}
	}
	var projects []any
	for _, project := range slices.Sorted(maps.Keys(namespaces)) {
		projects = append(projects, map[string]any{"project": project, "namespaces": []string{namespaces[project]}})
	}
	if len(projects) > 0 {
		guardrails["projects"] = projects
	}
	if orgAccess {
		guardrails["orgAccessNamespaces"] = []string{orgAccessNamespace}
	}
	if len(guardrails) == 0 {
		return nil
	}
	return []map[string]any{{
		comments: notes{"Without these settings some of what is below would be refused: they name who can pull already, the namespaces of " +
			"projects that no namespace can be called after, and where an org access may be."},
		"apiVersion": "apiextensions.crossplane.io/v1beta1",
		"kind":       "EnvironmentConfig",
		"metadata":   map[string]any{"name": "ecr-platform"},
		"data":       map[string]any{"guardrails": guardrails},
	}}
}

// left are roles, providers and what concerns a registry as a whole that are not imported, but for those that were told of
// already: roles by their ARNs, the others by where they were found.
func left(inv inventory, told map[string]bool) findings {
	const how = "it stays as it is: write it into an org access (docs/security.md, Migrating the Terraform roles)"
	var all findings
	for _, p := range inv.providers {
		if strings.TrimPrefix(p.url, "https://") != githubIssuer { // An org access observes it, and leaves it as it is.
			all.note(p.origin, "the OIDC provider %s is not imported: %s", p.url, how)
		}
	}
	for _, r := range inv.roles {
		if r.reachesECR() && !told[r.arn] {
			all.note(r.origin, "the role %s is not imported: %s", r.name, how)
		}
	}
	for _, r := range inv.registries {
		if !told[r.origin] {
			all.note(r.origin, "what concerns the registry as a whole is not imported, since no one role of the source says "+
				"for which organisation: %s", how)
		}
	}
	return all
}

// reachesECR reports whether a policy of the role is about ECR.
func (r role) reachesECR() bool {
	return slices.ContainsFunc(r.policies, func(text string) bool { return strings.Contains(strings.ToLower(text), `"ecr:`) }) ||
		slices.ContainsFunc(r.unknown, func(name string) bool { return strings.Contains(name, "ContainerRegistry") })
}
