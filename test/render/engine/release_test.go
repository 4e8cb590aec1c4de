package engine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fake puts a `crossplane` that prints a text first on the PATH.
func fake(t *testing.T, prints string) string {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "crossplane")
	script := "#!/bin/sh\ncat <<'EOF'\n" + prints + "\nEOF\n"
	if err := os.WriteFile(file, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
	return file
}

func TestInstalled(t *testing.T) {
	cases := map[string]struct {
		reason string
		prints string
		want   []string
		err    string
	}{
		"1.16":   {reason: "In 1.16 rendering is in beta.", prints: "Client Version: v1.16.0", want: []string{"beta", "render"}},
		"1.20":   {reason: "From 1.17 on it is not in beta.", prints: "Client Version: v1.20.1", want: []string{"render"}},
		"2.2":    {reason: "2.2 is the last that renders on its own.", prints: "Client Version: v2.2.1", want: []string{"render"}},
		"Quoted": {reason: "A distribution's suffix does not matter.", prints: "Client Version: 1.19.0-up.1", want: []string{"render"}},
		"1.15":   {reason: "1.15 has no required resources.", prints: "Client Version: v1.15.2", err: "1.16 to 2.2 are needed"},
		"2.5":    {reason: "2.3 and newer need a server's binary or Docker.", prints: "Client Version: v2.5.0", err: "1.16 to 2.2 are needed"},
		"None":   {reason: "A build from source may have no version, and could be anything.", prints: "Client Version: ", err: "cannot read its version"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			file := fake(t, tc.prints)
			c, err := Installed(t.Context())
			if tc.err != "" {
				if err == nil || !strings.Contains(err.Error(), tc.err) {
					t.Errorf("%s\nInstalled(...): want an error with %q, got %v", tc.reason, tc.err, err)
				}
				return
			}
			if err != nil {
				t.Fatalf("%s\nInstalled(...): %v", tc.reason, err)
			}
			if diff := cmp.Diff(append([]string{file}, tc.want...), c.Command); diff != "" {
				t.Errorf("%s\nInstalled(...): -want, +got\n%s", tc.reason, diff)
			}
		})
	}
}

func TestReleases(t *testing.T) {
	found := false
	for _, r := range Releases() {
		for _, b := range []*binary{&r.cli, r.core} {
			if b == nil {
				continue
			}
			mod, err := os.ReadFile(filepath.Join("..", "engines", b.module, "go.mod"))
			if err != nil || !strings.Contains(string(mod), "\ntool "+b.pkg+"\n") {
				t.Errorf("%s: the module %s must pin the tool %s: %v", r.Name, b.module, b.pkg, err)
			}
		}
		if r.Name == Default {
			found = true
			if r.core != nil {
				t.Errorf("the default %s must render without a server's binary", Default)
			}
		}
	}
	if !found {
		t.Errorf("the default %s is no release", Default)
	}
}
