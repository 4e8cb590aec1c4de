// Command licences lists the licence of each module that is linked into the function,
// as its text in the module says, and fails for one that it does not know or that is
// not among those that may be linked.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// licences are those that may be linked, by words that only their texts have.
var licences = []struct { //nolint:gochecknoglobals // a table
	name  string
	words []string
}{
	{"Apache-2.0", []string{"Apache License", "Version 2.0"}},
	{"MPL-2.0", []string{"Mozilla Public License", "2.0"}},
	{"MIT", []string{"Permission is hereby granted, free of charge", "The above copyright notice and this permission notice"}},
	{"BSD-3-Clause", []string{"Redistribution and use in source and binary forms", "may be used to endorse or promote products derived"}},
	{"BSD-2-Clause", []string{"Redistribution and use in source and binary forms", "THIS SOFTWARE IS PROVIDED"}},
	{"ISC", []string{"Permission to use, copy, modify, and", "THE SOFTWARE IS PROVIDED \"AS IS\""}},
	{"Unlicense", []string{"This is free and unencumbered software released into the public domain"}},
}

// A module as go list tells it.
type module struct {
	Path, Version, Dir string
	Main               bool
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: licences <package>")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(pkg string) error {
	modules, err := linked(pkg)
	if err != nil {
		return err
	}
	var faults []error
	for _, m := range modules {
		name, err := licence(m.Dir)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s %s: %w", m.Path, m.Version, err))
			continue
		}
		fmt.Printf("%-14s %s %s\n", name, m.Path, m.Version)
	}
	if len(modules) == 0 {
		return errors.New("no module is linked: that cannot be")
	}
	return errors.Join(faults...)
}

// linked are the modules of all packages that one is built from, without its own.
func linked(pkg string) ([]module, error) {
	list := exec.Command("go", "list", "-deps", "-json=Module", pkg) //nolint:gosec // the package that the user names
	list.Stderr = os.Stderr
	list.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("cannot list the packages of %s: %w", pkg, err)
	}
	byPath := map[string]module{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct{ Module *module }
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		if p.Module != nil && !p.Module.Main {
			byPath[p.Module.Path] = *p.Module
		}
	}
	modules := make([]module, 0, len(byPath))
	for _, m := range byPath {
		modules = append(modules, m)
	}
	slices.SortFunc(modules, func(a, b module) int { return strings.Compare(a.Path, b.Path) })
	return modules, nil
}

// licence names the licence whose text lies in a module.
func licence(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	found := false
	for _, e := range entries {
		name := strings.ToUpper(e.Name())
		if e.IsDir() || !strings.HasPrefix(name, "LICEN") && !strings.HasPrefix(name, "COPYING") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return "", err
		}
		found = true
		if name := match(strings.Join(strings.Fields(string(text)), " ")); name != "" {
			return name, nil
		}
	}
	if found {
		return "", errors.New("its licence is none that may be linked")
	}
	return "", errors.New("it has no licence")
}

func match(text string) string {
	for _, l := range licences {
		if !slices.ContainsFunc(l.words, func(w string) bool { return !strings.Contains(text, w) }) {
			return l.name
		}
	}
	return ""
}
