package engine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestStartFails(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "function")
	if err := os.WriteFile(binary, []byte("#!/bin/sh\necho \"no such flag: $*\" >&2\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := Start(t.Context(), binary)
	if err == nil || !strings.Contains(err.Error(), "no such flag: --insecure --address=127.0.0.1:") {
		t.Errorf("The error of a function that does not start has its output.\nStart(...): want its output, got %v", err)
	}
}
