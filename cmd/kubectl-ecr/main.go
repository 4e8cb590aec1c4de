// Command kubectl-ecr shows what claims would do before they are applied. On the PATH it also runs as `kubectl ecr`.
package main

import (
	"os"

	"golang.org/x/term"

	"github.com/ontopix/crossplane-ecr/internal/cli"
	"github.com/ontopix/crossplane-ecr/internal/cli/root"
)

func main() {
	os.Exit(root.Run(cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Color: color()}, os.Args[1:]...))
}

// color reports whether to write colours to standard output: see no-color.org.
func color() bool {
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(os.Stdout.Fd()))
}
