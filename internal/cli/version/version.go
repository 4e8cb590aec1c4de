// Package version prints the version of kubectl-ecr.
package version

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/ontopix/crossplane-ecr/internal/cli"
)

// number is the version of a release: its build sets it.
var number string

// Number returns the version of the release or, if `go install` built the program, of the module.
func Number() string {
	if number != "" {
		return number
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// New returns the command.
func New(streams cli.Streams) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Long:    "Print the version of kubectl-ecr: the version of the Crossplane packages that it checks for.",
		Example: "  kubectl-ecr version",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(streams.Out, Number())
			return err
		},
	}
}
