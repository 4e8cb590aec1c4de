package check

import (
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/ontopix/crossplane-ecr/fn/fault"
	"github.com/ontopix/crossplane-ecr/internal/cli"
	"github.com/ontopix/crossplane-ecr/internal/cli/local"
	"github.com/ontopix/crossplane-ecr/internal/cli/version"
)

// write writes findings in one of the forms.
func write(streams cli.Streams, form string, findings []local.Finding) error {
	switch form {
	case "json":
		return cli.JSON(streams.Out, report(findings))
	case "sarif":
		return cli.JSON(streams.Out, sarif(findings))
	case "github":
		return github(streams.Out, findings)
	default:
		return Text(streams, findings)
	}
}

// colors of the levels.
var colors = map[local.Level]string{local.Error: "\x1b[31m", local.Warning: "\x1b[33m", local.Advice: "\x1b[36m"}

// Text writes findings as compilers do.
func Text(streams cli.Streams, findings []local.Finding) error {
	for _, f := range findings {
		line := f.String()
		if level := string(f.Level) + ": "; streams.Color {
			line = strings.Replace(line, level, colors[f.Level]+string(f.Level)+"\x1b[0m: ", 1)
		}
		if _, err := fmt.Fprintln(streams.Out, line); err != nil {
			return err
		}
	}
	return nil
}

// A Report is the output of -o json. A version may gain fields, but none of its fields changes.
type Report struct {
	Version  string   `json:"version"`
	Findings []Result `json:"findings"`
}

// reportVersion is the version of a Report.
const reportVersion = "v1"

// A Result is a finding in JSON.
type Result struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Level   string `json:"level"`
	Object  string `json:"object,omitempty"`
	Path    string `json:"path,omitempty"`
	Value   string `json:"value,omitempty"`
	Message string `json:"message"`
	Rule    string `json:"rule,omitempty"`
	Owner   string `json:"owner,omitempty"`
}

func report(findings []local.Finding) Report {
	r := Report{Version: reportVersion, Findings: make([]Result, 0, len(findings))}
	for _, f := range findings {
		r.Findings = append(r.Findings, Result{
			File: f.File, Line: f.At.Line, Column: f.At.Column, Level: string(f.Level), Object: f.Object,
			Path: f.Path, Value: f.Value, Message: f.Rule, Rule: f.ID, Owner: f.Owner,
		})
	}
	return r
}

// github writes findings as annotations of a workflow run, by GitHub's workflow commands.
func github(w io.Writer, findings []local.Finding) error {
	commands := map[local.Level]string{local.Error: "error", local.Warning: "warning", local.Advice: "notice"}
	data := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	for _, f := range findings {
		_, err := fmt.Fprintf(w, "::%s file=%s,line=%d,col=%d,title=%s::%s\n", commands[f.Level],
			property.Replace(cli.Clean(f.File)), f.At.Line, f.At.Column, property.Replace(cli.Name+" check"), data.Replace(f.Message()))
		if err != nil {
			return err
		}
	}
	return nil
}

// sarif returns findings in SARIF 2.1.0.
func sarif(findings []local.Finding) map[string]any {
	levels := map[local.Level]string{local.Error: "error", local.Warning: "warning", local.Advice: "note"}
	rules, index := []any{}, map[string]int{}
	results := []any{}
	for _, f := range findings {
		id := f.ID
		if _, ok := index[id]; !ok {
			index[id] = len(rules)
			rules = append(rules, map[string]any{"id": id, "shortDescription": map[string]any{"text": describe(f)}})
		}
		results = append(results, map[string]any{
			"ruleId":    id,
			"ruleIndex": index[id],
			"level":     levels[f.Level],
			"message":   map[string]any{"text": f.Message()},
			"locations": []any{map[string]any{"physicalLocation": map[string]any{
				"artifactLocation": map[string]any{"uri": uri(f.File)},
				"region":           map[string]any{"startLine": f.At.Line, "startColumn": f.At.Column},
			}}},
		})
	}
	return map[string]any{
		"$schema": "https://json.schemastore.org/sarif-2.1.0.json",
		"version": "2.1.0",
		"runs": []any{map[string]any{
			"tool": map[string]any{"driver": map[string]any{
				"name":           cli.Name,
				"version":        version.Number(),
				"informationUri": "https://github.com/ontopix/crossplane-ecr",
				"rules":          rules,
			}},
			"columnKind": "unicodeCodePoints",
			"results":    results,
		}},
	}
}

// describe returns a description of the rule of a finding.
func describe(f local.Finding) string {
	switch {
	case f.Level == local.Advice:
		return "Legal, but probably a mistake"
	case f.Owner == "":
		return "The file cannot be read as intended"
	case f.Owner == string(fault.AWS), f.Owner == string(fault.GitHub):
		return fmt.Sprintf("%s's rule %s", f.Owner, f.ID)
	}
	return fmt.Sprintf("The %s's rule %s", f.Owner, f.ID)
}

// uri returns the URI of a file. It is relative if the name is.
func uri(file string) string {
	u := url.URL{Path: filepath.ToSlash(file)}
	if strings.HasPrefix(u.Path, "/") {
		u.Scheme = "file"
	}
	return u.String()
}
