package artifact

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/ontopix/crossplane-ecr/tools/generate/api"
	"github.com/ontopix/crossplane-ecr/tools/generate/reference"
)

// guidePath is the guide for the platform team. People write it, but for the table of
// guardrails between two comments.
const (
	guidePath  = "docs/platform-team.md"
	tableBegin = "<!-- The table is generated from the comments in input/v1beta1/guardrails.go by `make generate`. -->\n"
	tableEnd   = "<!-- End of the table. -->\n"
)

// guide returns the guide in the repository at root with the table as it is now.
func guide(root string, types *api.API) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(root, guidePath))
	if err != nil {
		return nil, err
	}
	before, rest, ok := strings.Cut(string(text), tableBegin)
	_, after, ended := strings.Cut(rest, tableEnd)
	if !ok || !ended {
		return nil, fmt.Errorf("%s does not hold the comments around the table of guardrails", guidePath)
	}
	table, err := reference.Guardrails(types)
	if err != nil {
		return nil, err
	}
	return []byte(before + tableBegin + "\n" + table + "\n" + tableEnd + after), nil
}
