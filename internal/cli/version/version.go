// Package version has the command that prints the version.
package version

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/ontopix/crossplane-ecr/internal/cli"
)

// number is set by the build of a release.
var number string

// Number of this build: the release's, or the module's if `go install` built it.
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
		Long:    "Print the version of kubectl-ecr, which is that of the packages that it checks for.",
		Example: "  kubectl-ecr version",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(streams.Out, Number())
			return err
		},
	}
}
