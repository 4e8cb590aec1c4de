package artifact

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/ontopix/crossplane-ecr/tools/generate/api"
	"github.com/ontopix/crossplane-ecr/tools/generate/reference"
)

// People write the pages, except the part between these two comments.
const (
	generatedBegin = "<!-- What follows is generated from the Go types by `make generate`. Do not edit it. -->\n"
	generatedEnd   = "<!-- End of what is generated. -->\n"
)

// kindPage generates the part of a kind's page, given its Go type and the type's package.
func kindPage(kind, pkg string) func(*api.API) (string, error) {
	return func(types *api.API) (string, error) { return reference.Kind(types, kind, pkg) }
}

// pages generate the parts of pages, by path.
var pages = map[string]func(*api.API) (string, error){
	"docs/reference/projectregistry.md":            kindPage("XProjectRegistry", api.CompositesPackage),
	"docs/reference/ecrorgaccess.md":               kindPage("XEcrOrgAccess", api.CompositesPackage),
	"docs/reference/namespaced-projectregistry.md": kindPage("ProjectRegistry", api.NamespacedPackage),
	"docs/reference/namespaced-ecrorgaccess.md":    kindPage("EcrOrgAccess", api.NamespacedPackage),
	"docs/reference/input.md":                      kindPage("Input", api.InputPackage),
	"docs/platform-team.md":                        reference.Guardrails,
}

// allPages returns the pages in the repository at root with their generated parts renewed.
func allPages(root string, types *api.API) (map[string][]byte, error) {
	all := map[string][]byte{}
	for path, write := range pages {
		text, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			return nil, err
		}
		before, rest, ok := strings.Cut(string(text), generatedBegin)
		_, after, ended := strings.Cut(rest, generatedEnd)
		if !ok || !ended {
			return nil, fmt.Errorf("%s must have the lines %q and %q", path, generatedBegin, generatedEnd)
		}
		generated, err := write(types)
		if err != nil {
			return nil, err
		}
		all[path] = []byte(before + generatedBegin + "\n" + generated + "\n" + generatedEnd + after)
	}
	return all, nil
}
