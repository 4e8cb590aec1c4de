// Command generate writes every file of the repository that is derived from the Go types of its API: the
// CompositeResourceDefinitions, the schema of the function's input, JSON schemas for editors and kubectl-ecr, and the
// API reference.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/ontopix/crossplane-ecr/tools/generate/artifact"
)

func main() {
	root := flag.String("root", "../..", "the repository's root")
	flag.Parse()
	if err := run(*root); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(root string) error {
	files, err := artifact.All(root)
	if err != nil {
		return err
	}
	for path, content := range files {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("cannot create the folder of %s: %w", path, err)
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return fmt.Errorf("cannot write %s: %w", path, err)
		}
	}
	return nil
}
