// Package root runs the command line of kubectl-ecr.
package root

import (
	"bytes"
	"errors"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/ontopix/crossplane-ecr/internal/cli"
	"github.com/ontopix/crossplane-ecr/internal/cli/access"
	"github.com/ontopix/crossplane-ecr/internal/cli/check"
	"github.com/ontopix/crossplane-ecr/internal/cli/importer"
	"github.com/ontopix/crossplane-ecr/internal/cli/preview"
	"github.com/ontopix/crossplane-ecr/internal/cli/render"
	"github.com/ontopix/crossplane-ecr/internal/cli/report"
	"github.com/ontopix/crossplane-ecr/internal/cli/version"
)

// commands are the constructors of all commands.
var commands = []func(cli.Streams) *cobra.Command{
	check.New,
	render.New,
	preview.New,
	access.New,
	importer.New,
	report.New,
	version.New,
}

// Run runs the command line and returns its exit code.
func Run(streams cli.Streams, args ...string) int {
	// A command that cannot run shows no output: half an answer would look like a whole one.
	out, stdout := &bytes.Buffer{}, streams.Out
	streams.Out, streams.Err = out, cli.CleanWriter(streams.Err)

	cmd := newCommand(streams)
	cmd.SetArgs(append([]string{}, args...)) // Cobra takes nil for os.Args.
	ran, err := cmd.ExecuteC()
	code := cli.ExitOK
	switch {
	case errors.Is(err, cli.ErrRefused):
		code = cli.ExitRefused
	case err != nil:
		streams.Note("error: %s", strings.TrimSpace(err.Error()))
		streams.Note("See '%s --help'.", ran.CommandPath())
		return cli.ExitUsage
	}
	// A reader that closes the pipe early has what it wanted.
	if _, err := out.WriteTo(stdout); err != nil && !errors.Is(err, syscall.EPIPE) {
		return cli.ExitUsage
	}
	return code
}

func newCommand(streams cli.Streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   cli.Name,
		Short: "Show what claims for Amazon ECR would do before you apply them",
		Long: `kubectl-ecr shows what the claims, composite resources and platform settings of crossplane-ecr
would do before you apply them. It reads files, and needs no cluster, no Crossplane and no AWS
account. Only 'report' without files reads a cluster, and only --aws reads an account.

Exit codes: 0 nothing is wrong, 1 something is refused or not allowed, 2 wrong usage or a file
that cannot be read. Results go to standard output, everything else to standard error.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.SetIn(streams.In)
	cmd.SetOut(streams.Out)
	cmd.SetErr(streams.Err)
	for _, c := range commands {
		cmd.AddCommand(c(streams))
	}
	return cmd
}
