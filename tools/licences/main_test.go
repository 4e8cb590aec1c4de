package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// zeroBSD is the text of 0BSD, a licence that is not on the list.
const zeroBSD = `Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING ALL
IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT,
INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF
THIS SOFTWARE.
`

func TestRun(t *testing.T) {
	apache, err := os.ReadFile("../../LICENSE")
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		reason string
		files  map[string]string // of the library
		want   string            // part of the error
	}{
		"Allowed": {reason: "A licence on the list is fine.", files: map[string]string{"LICENSE": string(apache), "NOTICE": "Thanks to Somebody."}},
		"Refused": {reason: "A licence that is not on the list is refused.", files: map[string]string{"LICENSE": zeroBSD}, want: "BSD-0-Clause is not a licence that may be linked"},
		"Unknown": {reason: "A text that is not a known licence is refused.", files: map[string]string{"LICENSE": "All rights reserved."}, want: "example.org/library"},
		"None":    {reason: "A library without a licence is refused.", files: nil, want: "example.org/library"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write := func(path, text string) {
				path = filepath.Join(dir, path)
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			write("go.mod", "module example.org/program\n\ngo 1.26\n\nrequire example.org/library v0.0.0\n\nreplace example.org/library => ./library\n")
			write("main.go", "package main\n\nimport _ \"example.org/library\"\n\nfunc main() {}\n")
			write("library/go.mod", "module example.org/library\n\ngo 1.26\n")
			write("library/library.go", "package library\n")
			for path, text := range tc.files {
				write(filepath.Join("library", path), text)
			}
			t.Chdir(dir)
			out := filepath.Join(dir, "NOTICES")
			err := run(dir, "example.org/program", out, []string{"."})
			if tc.want != "" {
				if err == nil || !strings.Contains(err.Error(), tc.want) {
					t.Errorf("%s\nrun(...): want an error with %q, got %v", tc.reason, tc.want, err)
				}
				return
			}
			if err != nil {
				t.Fatalf("%s\nrun(...): %v", tc.reason, err)
			}
			text, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{"the Go standard library", "The Go Authors", "example.org/library", "Apache License", "Thanks to Somebody."} {
				if !strings.Contains(string(text), want) {
					t.Errorf("the notices lack %q:\n%.2000s", want, text)
				}
			}
		})
	}
}
