// Package schemas has the JSON schemas of everything that people write: claims, composite resources and the platform
// team's settings. Editors read the files, kubectl-ecr reads them from here, and `make generate` writes them.
package schemas

import "embed"

// Files has a schema for each kind.
//
//go:embed *.json
var Files embed.FS
