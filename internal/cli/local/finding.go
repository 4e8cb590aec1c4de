package local

import (
	"fmt"

	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/internal/cli"
	"github.com/ontopix/crossplane-ecr/internal/cli/files"
)

// A Level of a finding.
type Level string

// Levels, the worst first: what is refused, what a guardrail warns of, and what is legal
// and may not be meant.
const (
	Error   Level = "error"
	Warning Level = "warning"
	Advice  Level = "advice"
)

// A Finding is one thing to say about a file.
type Finding struct {
	File  string
	At    files.Position
	Level Level

	// Path of the field, in the object or in the settings.
	Path string

	// Value that was written, as it is shown.
	Value string

	// Rule that it breaks, or what is to say about it.
	Rule string

	// Owner of the rule, and its ID.
	Owner, ID string

	// Object that it is about, as kind, namespace and name.
	Object string
}

// Message is the finding without its place.
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

// String is the finding as compilers write them.
func (f Finding) String() string {
	return fmt.Sprintf("%s:%d:%d: %s: %s", cli.Clean(f.File), f.At.Line, f.At.Column, f.Level, f.Message())
}

// ofFault is what a fault says, without its place.
func ofFault(level Level, f fault.Fault) Finding {
	path, value, rule := f.Words()
	return Finding{Level: level, Path: path, Value: value, Rule: rule, Owner: string(f.Owner), ID: f.ID}
}
