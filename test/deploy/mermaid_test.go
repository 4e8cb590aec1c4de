package deploy_test

import (
	"regexp"
	"strings"
	"testing"
)

// The part of Mermaid's grammar that the pages use, line by line. If you need more of it, add it here and look at the
// picture, as CONTRIBUTING.md says. https://mermaid.js.org/syntax/flowchart.html and stateDiagram.html
const (
	mermaidID   = `[a-z][A-Za-z]*`
	mermaidText = `"[^"]+"|[^"()\[\]{}|]+` // quoted if it has characters of the grammar
	mermaidNode = mermaidID + `(?:\[(?:` + mermaidText + `)\]|\(\[(?:` + mermaidText + `)\]\)|\[\((?:` + mermaidText + `)\)\]|\{\{(?:` + mermaidText + `)\}\})?`
	mermaidEdge = ` (?:-->|-\.->|<-->)(?:\|(?:` + mermaidText + `)\|)? `
)

var mermaidLines = map[string]*regexp.Regexp{
	"flowchart LR": regexp.MustCompile(`^(?:direction (?:LR|TB)|end|subgraph ` + mermaidNode +
		`|` + mermaidNode + `(?:` + mermaidEdge + mermaidNode + `)*)$`),
	"stateDiagram-v2": regexp.MustCompile(`^(?:direction (?:LR|TB)|state "[^"]+" as ` + mermaidID +
		`|(?:\[\*\]|` + mermaidID + `) --> (?:\[\*\]|` + mermaidID + `)(?:: [^:;#]+)?)$`),
}

var (
	mermaidBlock = regexp.MustCompile("(?ms)^```mermaid\n(.*?)^```$")
	// Words that the grammar reserves, or draws differently from how they are written.
	mermaidWords = regexp.MustCompile(`(?:^|> |subgraph )(?:end|graph|style|click|class|default|subgraph)(?:[\[({ ]|$)`)
)

// TestMermaid shows that Mermaid can draw each picture: a page shows an error in place of one that it cannot.
func TestMermaid(t *testing.T) {
	pictures := 0
	for name, text := range pages(t) {
		for _, block := range mermaidBlock.FindAllStringSubmatch(text, -1) {
			pictures++
			for _, fault := range mermaidFaults(block[1]) {
				t.Errorf("%s: %s", name, fault)
			}
		}
	}
	if pictures < 5 {
		t.Errorf("found only %d pictures", pictures)
	}
}

func mermaidFaults(picture string) []string {
	kind, body, _ := strings.Cut(picture, "\n")
	grammar, ok := mermaidLines[kind]
	if !ok {
		return []string{"unknown kind of picture: " + kind}
	}
	var faults []string
	open := 0
	for line := range strings.Lines(body) {
		line = strings.TrimSpace(line)
		switch {
		case line == "":
			continue
		case line == "end":
			open--
		case strings.HasPrefix(line, "subgraph "):
			open++
		}
		if !grammar.MatchString(line) || line != "end" && mermaidWords.MatchString(strings.TrimPrefix(line, "subgraph ")) {
			faults = append(faults, "not in the grammar: "+line)
		}
	}
	if open != 0 {
		faults = append(faults, "subgraph and end do not match")
	}
	return faults
}

// TestMermaidFaults shows that the grammar refuses what Mermaid refuses.
func TestMermaidFaults(t *testing.T) {
	cases := map[string]struct{ reason, picture string }{
		"Kind":     {"An unknown kind.", "flowchrt LR\n    a --> b\n"},
		"Arrow":    {"An arrow of one dash.", "flowchart LR\n    a -> b\n"},
		"Bracket":  {"A bracket that is not closed.", "flowchart LR\n    a[\"text\" --> b\n"},
		"Unquoted": {"Brackets in a text without quotes.", "flowchart LR\n    a[spec.images[]] --> b\n"},
		"End":      {"A node called end.", "flowchart LR\n    a --> end\n"},
		"Subgraph": {"A subgraph without an end.", "flowchart LR\n    subgraph a\n    b --> c\n"},
		"State":    {"A second colon in a transition.", "stateDiagram-v2\n    a --> b: one: two\n"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if len(mermaidFaults(tc.picture)) == 0 {
				t.Errorf("%s\n%s", tc.reason, tc.picture)
			}
		})
	}
}
