// Package cli holds what the commands of kubectl-ecr share.
//
// A command is a package below this one with a constructor
//
//	func New(streams cli.Streams) *cobra.Command
//
// that package root lists. The conventions:
//
//   - Results go to streams.Out, everything else to streams.Err. A command reads standard input from streams.In, and
//     only where "-" stands for it.
//   - A command returns an error for wrong usage and for input that it cannot read. The program then writes the error to
//     standard error and nothing to standard output: exit code 2. To exit with 1, a command writes what is wrong and
//     returns ErrRefused. It never exits by itself.
//   - Text from a file goes through Clean before it is printed, so that no control character reaches a terminal.
//     JSON and the encoder of YAML escape control characters themselves.
//   - Package files reads files. Package local interprets claims and settings.
//   - Flags are those of kubectl: -f, -n, -o. Each command has a Short, a Long and an Example.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"
)

// Name of the program.
const Name = "kubectl-ecr"

// Exit codes.
const (
	ExitOK      = 0
	ExitRefused = 1
	ExitUsage   = 2
)

// ErrRefused reports that something is wrong with the input, or not allowed. The command has already written what.
var ErrRefused = errors.New("refused")

// Streams are the standard input, output and error of a command.
type Streams struct {
	In  io.Reader
	Out io.Writer
	Err io.Writer

	// Color reports whether Out takes colours.
	Color bool
}

// Clean returns a text in one line that is safe to print. Control characters, line breaks and characters that change
// the direction of text are escaped as in Go.
func Clean(s string) string {
	if !strings.ContainsFunc(s, unprintable) {
		return s
	}
	b := &strings.Builder{}
	for _, r := range s {
		if unprintable(r) {
			q := fmt.Sprintf("%+q", r)
			b.WriteString(q[1 : len(q)-1])
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// unprintable reports whether a character must be escaped.
func unprintable(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) || r == unicode.ReplacementChar
}

// CleanWriter returns a writer that cleans each line.
func CleanWriter(w io.Writer) io.Writer { return cleanWriter{w} }

type cleanWriter struct{ w io.Writer }

// whitespace replaces the whitespace that Clean would escape.
var whitespace = strings.NewReplacer("\t", "    ", "\r", "")

// Write implements io.Writer.
func (c cleanWriter) Write(p []byte) (int, error) {
	lines := strings.Split(whitespace.Replace(string(p)), "\n")
	for i, l := range lines {
		lines[i] = Clean(l)
	}
	_, err := io.WriteString(c.w, strings.Join(lines, "\n"))
	return len(p), err
}

// progressAfter is the time after which a command says what it is doing.
const progressAfter = time.Second

// Progress writes what the command is doing to standard error, once, if that takes longer than progressAfter. The
// command calls stop when it is done.
func (s Streams) Progress(format string, args ...any) (stop func()) {
	written := make(chan struct{})
	t := time.AfterFunc(progressAfter, func() {
		defer close(written)
		fmt.Fprintf(s.Err, format+"…\n", args...) //nolint:errcheck // Standard error is the last resort.
	})
	return func() {
		if !t.Stop() {
			<-written
		}
	}
}

// Note writes a line to standard error.
func (s Streams) Note(format string, args ...any) {
	fmt.Fprintf(s.Err, format+"\n", args...) //nolint:errcheck // Standard error is the last resort.
}

// Output adds the flag -o, which takes one of the forms. The default is the first.
func Output(cmd *cobra.Command, into *string, forms ...string) {
	cmd.Flags().VarP(&choice{into: into, among: forms}, "output", "o", "Form of the output: "+strings.Join(forms, ", "))
	*into = forms[0]
	complete := cobra.FixedCompletions(forms, cobra.ShellCompDirectiveNoFileComp)
	// It fails only for a flag that does not exist.
	_ = cmd.RegisterFlagCompletionFunc("output", complete)
}

// A choice is a flag that takes one of a few values.
type choice struct {
	into  *string
	among []string
}

// String implements pflag.Value.
func (c *choice) String() string {
	if c.into == nil {
		return ""
	}
	return *c.into
}

// Type implements pflag.Value.
func (c *choice) Type() string { return "form" }

// Set implements pflag.Value.
func (c *choice) Set(s string) error {
	if !slices.Contains(c.among, s) {
		return fmt.Errorf("must be one of %s", strings.Join(c.among, ", "))
	}
	*c.into = s
	return nil
}

// ErrNoFiles reports that a command was given no files.
var ErrNoFiles = errors.New("name files or folders, or - for standard input")

// Inputs adds -f to a command that needs files, and runs it with the paths of its arguments and of -f.
func Inputs(cmd *cobra.Command, run func(ctx context.Context, paths []string) error) {
	files := Files(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		paths := files(args)
		if len(paths) == 0 {
			return ErrNoFiles
		}
		return run(cmd.Context(), paths)
	}
}

// Files adds -f to a command that can run without files. It returns a function that returns the paths of its arguments
// and of -f.
func Files(cmd *cobra.Command) func(args []string) []string {
	named := cmd.Flags().StringArrayP("filename", "f", nil, "File or folder to read; - is standard input (may be repeated)")
	cmd.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return []string{"yaml", "yml", "json"}, cobra.ShellCompDirectiveFilterFileExt
	}
	return func(args []string) []string { return append(slices.Clone(args), *named...) }
}

// Instant parses the value of --at: a time, or a date, which means its first instant in UTC. It is now if empty.
func Instant(s string) (time.Time, error) {
	if s == "" {
		return time.Now().UTC().Truncate(time.Second), nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339Nano} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("--at %q: must be a date or a time, such as 2026-11-26 or 2026-11-26T12:00:00Z", s)
}
