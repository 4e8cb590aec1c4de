// Package cli is what the commands of kubectl-ecr have in common.
//
// A command is a package below this one with a constructor
//
//	func New(streams cli.Streams) *cobra.Command
//
// that stands in the list of package root. The conventions:
//
//   - Results go to streams.Out, everything else to streams.Err. A command reads standard
//     input from streams.In, and only where "-" stands for it.
//   - A command returns an error for wrong usage, and for what it cannot read: exit code 2,
//     the error on standard error, and nothing of what the command wrote on standard output.
//     It returns ErrRefused after it wrote what is wrong: exit code 1. It never exits by
//     itself.
//   - What comes from a file goes through Clean before it is printed as text, so that no
//     control character reaches a terminal. Encoders of JSON and YAML do the same.
//   - Files are read by package files, and claims and settings are understood by package
//     local.
//   - Flags are those of kubectl: -f, -n, -o. Each command has a Short, a Long and an
//     Example that works in the root of the repository.
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

// ErrRefused says that something is wrong with what the command looked at, or not allowed.
// The command has told what.
var ErrRefused = errors.New("refused")

// Streams are where a command reads and writes.
type Streams struct {
	In  io.Reader
	Out io.Writer
	Err io.Writer

	// Color reports whether Out takes colours.
	Color bool
}

// Clean returns a text of one line: control characters, those that change the direction of
// text and line breaks are written as Go writes them.
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

// unprintable reports whether a character does something instead of being shown.
func unprintable(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) || r == unicode.ReplacementChar
}

// CleanWriter cleans each line that is written to it.
func CleanWriter(w io.Writer) io.Writer { return cleanWriter{w} }

type cleanWriter struct{ w io.Writer }

// whitespace of a terminal's line.
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

// progressAfter is how long a command is silent about what it is doing.
const progressAfter = time.Second

// Progress tells what takes long, once and only if it does. The command calls stop when it
// is done.
func (s Streams) Progress(format string, args ...any) (stop func()) {
	told := make(chan struct{})
	t := time.AfterFunc(progressAfter, func() {
		defer close(told)
		fmt.Fprintf(s.Err, format+"…\n", args...) //nolint:errcheck // Standard error is the last resort.
	})
	return func() {
		if !t.Stop() {
			<-told
		}
	}
}

// Note tells something on standard error.
func (s Streams) Note(format string, args ...any) {
	fmt.Fprintf(s.Err, format+"\n", args...) //nolint:errcheck // Standard error is the last resort.
}

// Output adds the flag -o with its forms, the default first.
func Output(cmd *cobra.Command, into *string, forms ...string) {
	cmd.Flags().VarP(&choice{into: into, among: forms}, "output", "o", "Form of the output: "+strings.Join(forms, ", "))
	*into = forms[0]
	complete := cobra.FixedCompletions(forms, cobra.ShellCompDirectiveNoFileComp)
	// It fails for a flag that there is not.
	_ = cmd.RegisterFlagCompletionFunc("output", complete)
}

// A choice is a flag with few values.
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

// ErrNoFiles says that a command has nothing to read.
var ErrNoFiles = errors.New("name files or folders, or - for standard input")

// Inputs adds -f, and runs a command with its files: its arguments and those of -f.
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

// Files adds -f for a command that reads something else if no file is given, and returns its files.
func Files(cmd *cobra.Command) func(args []string) []string {
	named := cmd.Flags().StringArrayP("filename", "f", nil, "File or folder to read; - is standard input (may be repeated)")
	cmd.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return []string{"yaml", "yml", "json"}, cobra.ShellCompDirectiveFilterFileExt
	}
	return func(args []string) []string { return append(slices.Clone(args), *named...) }
}

// Instant reads the value of --at: a date, which is its first instant, or a time. Without one it is now.
func Instant(s string) (time.Time, error) {
	if s == "" {
		return time.Now().UTC().Truncate(time.Second), nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339Nano} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("--at %q is no date or time: write it as 2026-11-26 or 2026-11-26T12:00:00Z", s)
}
