package xrd

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"
)

// Crossplane releases that must take the package, by the Go module that has their
// CRDs.
var Crossplane = map[string]string{
	"1.20": "github.com/crossplane/crossplane@v1.20.5",
	"2.4":  "github.com/crossplane/crossplane/v2@v2.4.0",
}

// NewCrossplaneValidator makes a validator of Crossplane's own kinds and of the
// metadata of packages, from the CRDs of a release. The module comes from Go's
// module cache or proxy.
func NewCrossplaneValidator(ctx context.Context, module string) (*Validator, error) {
	dir, err := download(ctx, module)
	if err != nil {
		return nil, err
	}
	v := &Validator{schemas: map[schema.GroupVersionKind]*Schema{}}
	for _, pattern := range []string{"cluster/crds/*.yaml", "cluster/meta/*.yaml"} {
		paths, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return nil, err
		}
		if len(paths) == 0 {
			return nil, fmt.Errorf("%s has no %s", module, pattern)
		}
		for _, path := range paths {
			crd, err := ReadCRD(path)
			if err != nil {
				return nil, err
			}
			if err := v.add(crd); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

// NewInputValidator makes a validator of the function's input, from the schema in
// the function's package.
func NewInputValidator(root string) (*Validator, error) {
	crd, err := ReadCRD(filepath.Join(root, "package/input/ecr.fn.ontopix.io_inputs.yaml"))
	if err != nil {
		return nil, err
	}
	v := &Validator{schemas: map[schema.GroupVersionKind]*Schema{}}
	return v, v.add(crd)
}

// ReadCRD reads a CustomResourceDefinition.
func ReadCRD(path string) (*extv1.CustomResourceDefinition, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the CRD: %w", err)
	}
	crd := &extv1.CustomResourceDefinition{}
	if err := yaml.Unmarshal(raw, crd); err != nil {
		return nil, fmt.Errorf("cannot parse %s: %w", path, err)
	}
	return crd, nil
}

// download returns the folder of a Go module. Crossplane's CRDs are in no Go
// package, so they cannot be imported.
func download(ctx context.Context, module string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", module)
	// Outside of any module, or the go.sum of this one would be asked.
	cmd.Dir = os.TempDir()
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var found struct{ Dir, Error string }
	if jsonErr := json.Unmarshal(out, &found); err != nil || jsonErr != nil {
		return "", fmt.Errorf("cannot download %s: %w %s%s", module, err, found.Error, stderr.String())
	}
	return found.Dir, nil
}
