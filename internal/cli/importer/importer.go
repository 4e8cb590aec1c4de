// Package importer has the command that writes claims for repositories that exist in AWS already.
//
// The command reads a source into pieces, links them into an inventory, and plans claims and org accesses. It proves
// the plan before it writes it: it compares what the function would render with the source, and removes and lists each
// difference.
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
		Long: `Write claims, and an org access, for repositories and roles that exist already. The source is what
terraform show -json prints, a folder with what the AWS CLI prints, or the AWS account itself.

The claims have managementPolicies: [Observe], so nothing in AWS changes when they are applied. A policy
is imported only if the API can express it exactly. What the API cannot express is listed on standard
error, and as a comment beside its object; the exit code is still 0.`,
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
	cmd.Flags().BoolVar(&o.namespaced, "namespaced", false, "Write namespaced composite resources (Crossplane 2) instead of claims")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		paths := files(args)
		if len(paths) == 0 && !o.aws {
			return cli.ErrNoFiles
		}
		return o.run(cmd.Context(), streams, paths)
	}
	return cmd
}

// errNothing reports that no file is a source.
var errNothing = errors.New("nothing to import: give what `terraform show -json` or the AWS CLI prints (--output json), or --aws")

func (o *options) run(ctx context.Context, streams cli.Streams, paths []string) error {
	defer streams.Progress("reading and comparing")()
	p := &pieces{}
	found, existing, err := p.read(streams, paths)
	if err != nil {
		return err
	}
	if o.aws {
		if err := p.account(ctx); err != nil {
			return err
		}
		found = true
	}
	if !found {
		return printExisting(streams, existing)
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

// read reads files, and reports whether it found a source. It also returns the files with objects of this API, which an
// earlier run may have written.
func (p *pieces) read(streams cli.Streams, paths []string) (found bool, existing []files.File, err error) {
	read, err := files.Read(streams.In, paths...)
	if err != nil {
		return false, nil, err
	}
	for _, f := range read {
		if len(f.Faults) > 0 {
			if f.Named {
				return false, nil, f.Err()
			}
			streams.Note("%s: skipped: %s", f.Name, f.Faults[0].Rule)
			continue
		}
		ours, isSource := false, false
		for _, object := range f.Objects {
			if _, ok := xr.KindOf(object.GroupVersionKind()); ok {
				ours = true
				continue
			}
			known, err := p.terraform(f.Name, object.Object)
			if err == nil && !known {
				known, err = p.awsCLI(f.Name, object.Object)
			}
			if err != nil {
				return false, nil, err
			}
			isSource = isSource || known
		}
		found = found || isSource
		switch {
		case ours:
			existing = append(existing, f)
		case !isSource && f.Named:
			return false, nil, fmt.Errorf("%s: %w", f.Name, errNothing)
		}
	}
	return found, existing, nil
}

// printExisting writes the files of an earlier run unchanged. Without any, it returns errNothing.
func printExisting(streams cli.Streams, existing []files.File) error {
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

// plan returns the objects to write for an inventory, and findings about what they cannot express.
func plan(ctx context.Context, inv inventory, r renderer) ([]map[string]any, findings, error) {
	region, err := r.region(ctx)
	if err != nil {
		return nil, nil, err
	}
	account := accountOf(inv)
	claims, all := group(inv, account, region)
	all = append(inv.findings, all...)
	for _, c := range claims {
		c.withoutRegion = c.region == region
		inForce, err := r.inForce(ctx, *c)
		if err != nil {
			return nil, nil, err
		}
		for _, i := range c.images {
			i.settle(inForce)
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
		guards = requiredSettings(claims, r.namespaced && len(access.objects) > 0)
	}
	objects := slices.Concat(guards, access.objects)
	for _, c := range claims {
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
	return objects, append(all, notImported(inv, access.reported)...), nil
}

// findings returns the notes of a claim and of each of its images.
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

// requiredSettings returns an EnvironmentConfig without which the function would refuse the objects; none if it would
// not. The Input of the packages lets no other account pull, gives a project to the namespace of its name, and allows
// an org access in no namespace.
func requiredSettings(claims []*claim, orgAccess bool) []map[string]any {
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
		comments: notes{"Without these settings, some of the objects below would be refused. They name who can pull already, " +
			"the namespace of each project with a name that no namespace can have, and the namespace of the org access."},
		"apiVersion": "apiextensions.crossplane.io/v1beta1",
		"kind":       "EnvironmentConfig",
		"metadata":   map[string]any{"name": "ecr-platform"},
		"data":       map[string]any{"guardrails": guardrails},
	}}
}

// notImported lists roles, OIDC providers and parts of registries that are not imported, except those that were
// reported already: roles by ARN, parts of registries by origin.
func notImported(inv inventory, reported map[string]bool) findings {
	const how = "it stays as it is: write it into an org access (docs/security.md, Migrating the Terraform roles)"
	var all findings
	for _, p := range inv.providers {
		if strings.TrimPrefix(p.url, "https://") != githubIssuer { // An org access only observes GitHub's.
			all.note(p.origin, "the OIDC provider %s is not imported: %s", p.url, how)
		}
	}
	for _, r := range inv.roles {
		if r.reachesECR() && !reported[r.arn] {
			all.note(r.origin, "the role %s is not imported: %s", r.name, how)
		}
	}
	for _, r := range inv.registries {
		if !reported[r.origin] {
			all.note(r.origin, "what concerns the registry as a whole is not imported, since that needs roles of exactly one "+
				"organisation in its account and region: %s", how)
		}
	}
	return all
}

// reachesECR reports whether a policy of the role names an action of ECR or, if its text is unknown, is named like one
// of AWS's managed policies for ECR.
func (r role) reachesECR() bool {
	return slices.ContainsFunc(r.policies, func(text string) bool { return strings.Contains(strings.ToLower(text), `"ecr:`) }) ||
		slices.ContainsFunc(r.unknown, func(name string) bool { return strings.Contains(name, "ContainerRegistry") })
}
