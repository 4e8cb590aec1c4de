package xrd

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
)

// Crossplane releases that must take the package, by the Go module that has their
// CRDs.
var Crossplane = map[string]string{
	"1.20": "github.com/crossplane/crossplane@v1.20.5",
	"2.4":  "github.com/crossplane/crossplane/v2@v2.4.0",
}

// A Module is a Go module in the module cache. CRDs are in no Go package, so they
// cannot be imported.
type Module struct{ Version, Dir string }

// Download returns a module, from Go's module cache or proxy. Its version is the one
// that the module in a folder requires, or in the path, after an @.
func Download(ctx context.Context, folder, path string) (Module, error) {
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", path)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var found struct {
		Module
		Error string
	}
	if jsonErr := json.Unmarshal(out, &found); err != nil || jsonErr != nil {
		return Module{}, fmt.Errorf("cannot download %s: %w %s%s", path, err, found.Error, stderr.String())
	}
	return found.Module, nil
}
