package local

import (
	"fmt"

	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/internal/cli"
	"github.com/ontopix/crossplane-ecr/internal/cli/files"
)

// A Level of a finding.
type Level string

// Levels, the worst first: what is refused, what a guardrail warns of, and what is legal but probably a mistake.
const (
	Error   Level = "error"
	Warning Level = "warning"
	Advice  Level = "advice"
)

// A Finding is an error, a warning or a piece of advice about a place in a file.
type Finding struct {
	File  string
	At    files.Position
	Level Level

	// Path of the field, in the object or in the settings.
	Path string

	// Value that is written there, for people.
	Value string

	// Rule that the value breaks, or the advice.
	Rule string

	// Owner and ID of the rule.
	Owner, ID string

	// Object that the finding is about: its kind, namespace and name.
	Object string
}

// Message returns the finding without its place.
func (f Finding) Message() string {
	about := f.Path
	if f.Value != "" {
		about += " " + f.Value
	}
	if f.Path != "" {
		about += ": "
	}
	return cli.Clean(about + f.Rule)
}

// String returns the finding as compilers write theirs.
func (f Finding) String() string {
	return fmt.Sprintf("%s:%d:%d: %s: %s", cli.Clean(f.File), f.At.Line, f.At.Column, f.Level, f.Message())
}

// ofFault returns the finding of a fault, without its place.
func ofFault(level Level, f fault.Fault) Finding {
	path, value, rule := f.Words()
	return Finding{Level: level, Path: path, Value: value, Rule: rule, Owner: string(f.Owner), ID: f.ID}
}
