package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	mit = `MIT License

Copyright (c) 2020 Somebody

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`
	wtfpl = `            DO WHAT THE FUCK YOU WANT TO PUBLIC LICENSE
                    Version 2, December 2004

 Copyright (C) 2004 Sam Hocevar <sam@hocevar.net>

 Everyone is permitted to copy and distribute verbatim or modified
 copies of this license document, and changing it is allowed as long
 as the name is changed.

            DO WHAT THE FUCK YOU WANT TO PUBLIC LICENSE
   TERMS AND CONDITIONS FOR COPYING, DISTRIBUTION AND MODIFICATION

  0. You just DO WHAT THE FUCK YOU WANT TO.
`
)

func TestRun(t *testing.T) {
	cases := map[string]struct {
		reason string
		files  map[string]string // of the library
		want   string            // part of the error
	}{
		"Allowed": {reason: "A licence on the list is fine.", files: map[string]string{"LICENSE": mit, "NOTICE": "Thanks to Somebody."}},
		"Refused": {reason: "One that is not on the list is refused.", files: map[string]string{"LICENSE": wtfpl}, want: "WTFPL is not a licence that may be linked"},
		"Unknown": {reason: "So is a text that nobody knows.", files: map[string]string{"LICENSE": "All rights reserved."}, want: "example.org/library"},
		"None":    {reason: "Without a licence nothing may be used.", files: nil, want: "example.org/library"},
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
			for _, want := range []string{"the Go standard library", "The Go Authors", "example.org/library", "Copyright (c) 2020 Somebody", "Thanks to Somebody."} {
				if !strings.Contains(string(text), want) {
					t.Errorf("the notices lack %q:\n%.2000s", want, text)
				}
			}
		})
	}
}
