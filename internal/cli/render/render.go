// Package render shows the repositories and roles that claims become.
package render

import (
	"context"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ontopix/crossplane-ecr/internal/cli"
	"github.com/ontopix/crossplane-ecr/internal/cli/check"
	"github.com/ontopix/crossplane-ecr/internal/cli/local"
)

type options struct {
	local.Options

	output string
}

// New returns the command.
func New(streams cli.Streams) *cobra.Command {
	o := &options{}
	cmd := &cobra.Command{
		Use:   "render FILE|FOLDER|-...",
		Short: "Show what claims and composite resources become",
		Long: `Show which repositories and roles claims and composite resources become: as a table, with their
policies (-o wide), or as managed resources (-o yaml).

Settings and org accesses are found as in check. Errors are printed as in check, and make the exit
code 1.`,
		Example: `  # The repositories of a claim
  kubectl-ecr render claim.yaml

  # With the policies in force
  kubectl-ecr render claim.yaml --settings ecr-platform.yaml -o wide

  # The managed resources
  kubectl-ecr render claim.yaml -o yaml`,
	}
	cli.Inputs(cmd, func(ctx context.Context, paths []string) error { return o.run(ctx, streams, paths) })
	check.Flags(cmd, &o.Options)
	cli.Output(cmd, &o.output, "table", "wide", "yaml")
	return cmd
}

// A rendered is a composite resource with its outcome.
type rendered struct {
	*local.Composite
	local.Outcome

	// keys of the desired resources, sorted.
	keys []string
}

func (o *options) run(ctx context.Context, streams cli.Streams, paths []string) error {
	set, err := local.Load(streams, paths, o.Options)
	if err != nil {
		return err
	}
	if len(set.Composites) == 0 && len(set.Findings) == 0 {
		return local.ErrNothing
	}
	defer streams.Progress("rendering %d objects", len(set.Composites))()
	refused := set.Findings
	var all []rendered
	for _, c := range set.Composites {
		outcome, err := set.Run(ctx, c)
		if err != nil {
			return err
		}
		if outcome.Missing != "" {
			streams.Note("the org access %s was not given: its account is shown as 000000000000, its owner as organization",
				cli.Clean(outcome.Missing))
		}
		if outcome.Refused {
			refused = append(refused, outcome.Errors()...)
			continue
		}
		all = append(all, rendered{Composite: c, Outcome: outcome, keys: slices.Sorted(maps.Keys(outcome.Desired))})
	}
	if o.output == "yaml" {
		err = manifests(streams.Out, all)
	} else {
		err = table(streams.Out, all, o.output == "wide")
	}
	if err != nil || len(refused) == 0 {
		return err
	}
	if len(all) > 0 {
		// Errors must not mix with the manifests.
		streams.Out, streams.Color = streams.Err, false
	}
	if err := check.Text(streams, local.Sorted(refused)); err != nil {
		return err
	}
	return cli.ErrRefused
}
