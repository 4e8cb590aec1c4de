// Package render has the command that shows what claims become.
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
		Long: `Show the repositories and the access that claims and composite resources become: as a table in
words, with their policies (-o wide), or as the managed resources (-o yaml).

Settings and org accesses are found as by check. What is refused is told as by check, and ends
with exit code 1.`,
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

// A rendered object is a composite resource and what becomes of it.
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
			streams.Note("the org access %s was not given: it is shown with the account 000000000000 and the owner organization", cli.Clean(outcome.Missing))
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
	// The faults are no part of the manifests.
	told := streams
	told.Out, told.Color = streams.Err, false
	if len(all) == 0 {
		told = streams
	}
	if err := check.Text(told, local.Sorted(refused)); err != nil {
		return err
	}
	return cli.ErrRefused
}
