// Command licences checks the licences of all modules that programs are built from, and writes the notices that these
// licences ask for. It uses go-licenses.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/go-licenses/v2/licenses"
	"k8s.io/klog/v2"
)

// allowed are the licences of modules that may be linked, by their SPDX identifiers.
var allowed = []string{ //nolint:gochecknoglobals // a constant
	"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MPL-2.0", "Unicode-DFS-2016",
}

func main() {
	dir := flag.String("C", ".", "folder of the module that the programs belong to")
	ignore := flag.String("ignore", "github.com/ontopix/crossplane-ecr", "prefix of packages that are the project's own")
	out := flag.String("o", "", "file to write the notices to; empty lists the licences")
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "usage: licences [-C folder] [-o file] <package>...")
		os.Exit(2)
	}
	if err := run(*dir, *ignore, *out, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(dir, ignore, out string, packages []string) error {
	libraries, err := linked(dir, ignore, packages)
	if err != nil {
		return err
	}
	if err := check(libraries); err != nil {
		return err
	}
	if out == "" {
		for _, l := range libraries {
			fmt.Printf("%-14s %s %s\n", strings.Join(names(l), ", "), l.Name(), l.Version())
		}
		return nil
	}
	text, err := notices(libraries)
	if err != nil {
		return err
	}
	return os.WriteFile(out, []byte(text), 0o644) //nolint:gosec // for anybody to read
}

// linked returns the libraries that the programs are built from, sorted by name. The platform is fixed, so that the
// notices do not depend on the machine.
func linked(dir, ignore string, packages []string) ([]*licenses.Library, error) {
	// go-licenses warns of each file that is not written in Go.
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	for name, value := range map[string]string{"GOOS": "linux", "GOARCH": "amd64", "CGO_ENABLED": "0", "GOFLAGS": "", "GOWORK": "off"} {
		if err := os.Setenv(name, value); err != nil {
			return nil, err
		}
	}
	if err := os.Chdir(dir); err != nil {
		return nil, err
	}
	classifier, err := licenses.NewClassifier()
	if err != nil {
		return nil, err
	}
	libraries, err := licenses.Libraries(context.Background(), classifier, false, []string{ignore}, packages...)
	if err != nil {
		return nil, fmt.Errorf("cannot list the libraries of %q: %w", packages, err)
	}
	if len(libraries) == 0 {
		return nil, fmt.Errorf("%q have no libraries: name programs of the module in %s", packages, dir)
	}
	slices.SortFunc(libraries, func(a, b *licenses.Library) int { return strings.Compare(a.Name(), b.Name()) })
	return libraries, nil
}

// check refuses libraries whose licence is missing, unknown or not allowed.
func check(libraries []*licenses.Library) error {
	var errs []error
	for _, l := range libraries {
		found := names(l)
		if len(found) == 0 {
			errs = append(errs, fmt.Errorf("%s %s: it has no licence, or an unknown one", l.Name(), l.Version()))
		}
		for _, name := range found {
			if !slices.Contains(allowed, name) {
				errs = append(errs, fmt.Errorf("%s %s: %s is not a licence that may be linked", l.Name(), l.Version(), name))
			}
		}
	}
	return errors.Join(errs...)
}

func names(l *licenses.Library) []string {
	found := make([]string, len(l.Licenses))
	for i, licence := range l.Licenses {
		found[i] = licence.Name
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// notices returns the texts of all licences and of the NOTICE files beside them. Each text is there once, with the
// names of its libraries.
func notices(libraries []*licenses.Library) (string, error) {
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return "", err
	}
	var order []string
	users := map[string][]string{} // libraries by text
	add := func(library, file string) error {
		text, err := os.ReadFile(file) //nolint:gosec // a file of a module
		if err != nil {
			return err
		}
		t := strings.TrimSpace(string(text))
		if users[t] == nil {
			order = append(order, t)
		}
		users[t] = append(users[t], library)
		return nil
	}
	if err := add("the Go standard library", filepath.Join(strings.TrimSpace(string(goroot)), "LICENSE")); err != nil {
		return "", err
	}
	for _, l := range libraries {
		library := l.Name() + " " + l.Version()
		if err := add(library, l.LicenseFile); err != nil {
			return "", err
		}
		for _, name := range []string{"NOTICE", "NOTICE.txt", "NOTICE.md"} {
			err := add(library, filepath.Join(filepath.Dir(l.LicenseFile), name))
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return "", err
			}
		}
	}
	rule := strings.Repeat("-", 80)
	b := &strings.Builder{}
	fmt.Fprint(b, "This program contains the libraries below. Each section has the libraries that it is for, and then their\n"+
		"licence or notice. The source of a library is that of its Go module: go mod download <module>@<version>.\n")
	for _, text := range order {
		fmt.Fprintf(b, "\n%s\n%s\n%s\n\n%s\n", rule, strings.Join(users[text], "\n"), rule, text)
	}
	return b.String(), nil
}
