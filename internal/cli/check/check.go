// Package check shows what is wrong with claims and settings before they are applied.
package check

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ontopix/crossplane-ecr/internal/cli"
	"github.com/ontopix/crossplane-ecr/internal/cli/local"
)

type options struct {
	local.Options

	output           string
	warningsAsErrors bool
}

// New returns the command.
func New(streams cli.Streams) *cobra.Command {
	o := &options{}
	cmd := &cobra.Command{
		Use:   "check FILE|FOLDER|-...",
		Short: "Show errors, warnings and advice",
		Long: `Check claims, composite resources and the platform team's settings, as the API server and the
function would: schema, rules and guardrails. Each finding has its file, line and column.

Settings are the EnvironmentConfig, Input or Composition among the files, or those of
--settings. Without any, the Input of the packages is used. If an object refers to an org access
that is in no file, a note says so, and nothing is refused for it.

Exit codes: 0 nothing is wrong, 1 something is refused, 2 wrong usage or a file that cannot be
read.`,
		Example: `  # Everything in a folder, with the settings that are in it
  kubectl-ecr check clusters/production

  # A claim, with the settings of another repository
  kubectl-ecr check claim.yaml --settings ../platform/ecr-platform.yaml

  # The output of helm, as annotations of a pull request
  helm template chart | kubectl-ecr check - -n agents -o github`,
	}
	cli.Inputs(cmd, func(ctx context.Context, paths []string) error { return o.run(ctx, streams, paths) })
	Flags(cmd, &o.Options)
	cli.Output(cmd, &o.output, "text", "json", "github", "sarif")
	cmd.Flags().BoolVar(&o.warningsAsErrors, "warnings-as-errors", false, "Exit with 1 for warnings too")
	return cmd
}

// Flags adds the flags of each command that reads claims.
func Flags(cmd *cobra.Command, o *local.Options) {
	cmd.Flags().StringArrayVar(&o.Settings, "settings", nil, "File with the platform team's settings (may be repeated)")
	cmd.Flags().StringVarP(&o.Namespace, "namespace", "n", "", "Namespace of objects that name none")
}

func (o *options) run(ctx context.Context, streams cli.Streams, paths []string) error {
	set, err := local.Load(streams, paths, o.Options)
	if err != nil {
		return err
	}
	findings, err := all(ctx, streams, set)
	if err != nil {
		return err
	}
	if err := write(streams, o.output, findings); err != nil {
		return err
	}
	if slices.ContainsFunc(findings, func(f local.Finding) bool {
		return f.Level == local.Error || f.Level == local.Warning && o.warningsAsErrors
	}) {
		return cli.ErrRefused
	}
	return nil
}

// all returns all findings in a set of files.
func all(ctx context.Context, streams cli.Streams, set *local.Set) ([]local.Finding, error) {
	defer streams.Progress("checking %d objects", len(set.Composites))()
	findings := set.Findings
	if len(set.Composites) == 0 && len(findings) == 0 && set.Shipped() {
		streams.Note("nothing to check: %v", local.ErrNothing)
		return nil, nil
	}
	if set.Shipped() && len(set.Composites) > 0 {
		streams.Note("no settings were given: the Input that the packages ship is used (--settings FILE)")
	}
	inSettings, err := set.CheckSettings()
	if err != nil {
		return nil, err
	}
	findings = append(findings, inSettings...)
	var owners local.Owners
	missing := map[string]bool{}
	for _, c := range set.Composites {
		outcome, err := set.Run(ctx, c)
		if err != nil {
			return nil, err
		}
		findings = append(findings, outcome.Findings...)
		findings = append(findings, owners.Add(c, outcome)...)
		if m := outcome.Missing; m != "" && !missing[m] {
			missing[m] = true
			streams.Note("the org access %s was not given: what depends on it is not checked", cli.Clean(m))
		}
	}
	return local.Sorted(findings), nil
}
