package schema

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"

	"github.com/crossplane/crossplane-runtime/v2/pkg/xcrd"
	xpextv1 "github.com/crossplane/crossplane/apis/v2/apiextensions/v1"
)

// AddCRDs adds the kinds of all CustomResourceDefinitions in files that match a
// pattern. No match is an error.
func (s *Set) AddCRDs(pattern string) error {
	files, err := filepath.Glob(pattern)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("no file matches %s", pattern)
	}
	for _, f := range files {
		crd := &extv1.CustomResourceDefinition{}
		if err := read(f, crd); err != nil {
			return err
		}
		if err := s.Add(crd); err != nil {
			return fmt.Errorf("%s: %w", f, err)
		}
	}
	return nil
}

// AddXRD adds the kind of composite resource that a file defines and, where it
// offers claims, the kind of its claim, as Crossplane derives them.
func (s *Set) AddXRD(file string) error {
	xrd := &xpextv1.CompositeResourceDefinition{}
	if err := read(file, xrd); err != nil {
		return err
	}
	xr, err := xcrd.ForCompositeResource(xrd)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if err := s.Add(xr); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if xrd.Spec.ClaimNames == nil {
		return nil
	}
	claim, err := xcrd.ForCompositeResourceClaim(xrd)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if err := s.Add(claim); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

func read(file string, into any) error {
	b, err := os.ReadFile(file) //nolint:gosec // A test names the file.
	if err != nil {
		return err
	}
	if err := yaml.UnmarshalStrict(b, into); err != nil {
		return fmt.Errorf("cannot parse %s: %w", file, err)
	}
	if len(b) == 0 {
		return errors.New(file + " is empty")
	}
	return nil
}
