// Package clitest runs kubectl-ecr in tests.
package clitest

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/ontopix/crossplane-ecr/internal/cli"
	"github.com/ontopix/crossplane-ecr/internal/cli/root"
)

// A Result is what a run of the program left.
type Result struct {
	Code     int
	Out, Err string
}

// Run runs the command line, with nothing on standard input.
func Run(t testing.TB, args ...string) Result {
	t.Helper()
	return RunWith(t, "", args...)
}

// progress is what a command says of what takes long. Whether it does depends on the machine.
var progress = regexp.MustCompile(`(?m)^.*…\n`)

// RunWith runs the command line with a text on standard input.
func RunWith(t testing.TB, stdin string, args ...string) Result {
	t.Helper()
	var out, err bytes.Buffer
	code := root.Run(cli.Streams{In: strings.NewReader(stdin), Out: &out, Err: &err}, args...)
	return Result{Code: code, Out: out.String(), Err: progress.ReplaceAllString(err.String(), "")}
}
