// Package manifest reads and writes Kubernetes objects as YAML.
package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	kyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// ReadFile reads all objects of a YAML file.
func ReadFile(path string) ([]*unstructured.Unstructured, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // It is only read.

	objs, err := Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return objs, nil
}

// ReadOne reads a YAML file that holds exactly one object.
func ReadOne(path string) (*unstructured.Unstructured, error) {
	objs, err := ReadFile(path)
	if err != nil {
		return nil, err
	}
	if len(objs) != 1 {
		return nil, fmt.Errorf("%s: want one object, got %d", path, len(objs))
	}
	return objs[0], nil
}

// Read reads all objects of a YAML stream. It ignores documents without content, such as those with only comments.
func Read(r io.Reader) ([]*unstructured.Unstructured, error) {
	var objs []*unstructured.Unstructured
	dec := kyaml.NewYAMLOrJSONDecoder(r, 4096)
	for {
		u := &unstructured.Unstructured{}
		if err := dec.Decode(&u.Object); err != nil {
			if errors.Is(err, io.EOF) {
				return objs, nil
			}
			return nil, fmt.Errorf("cannot parse YAML: %w", err)
		}
		if len(u.Object) > 0 {
			objs = append(objs, u)
		}
	}
}

// Write writes the objects as a YAML stream, with sorted keys, so that equal
// objects give equal bytes.
func Write(w io.Writer, objs ...*unstructured.Unstructured) error {
	for i, u := range objs {
		b, err := yaml.Marshal(u.Object)
		if err != nil {
			return fmt.Errorf("cannot write %s %q as YAML: %w", u.GetKind(), u.GetName(), err)
		}
		if i > 0 {
			b = append([]byte("---\n"), b...)
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	return nil
}

// Bytes returns the objects as a YAML stream.
func Bytes(objs ...*unstructured.Unstructured) ([]byte, error) {
	b := &bytes.Buffer{}
	err := Write(b, objs...)
	return b.Bytes(), err
}
