package main

import (
	"bytes"
	"debug/elf"
	"fmt"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// checkRuntime wants the function's binary and the notices for it, run by a user who is
// not root, and nothing to run in a configuration.
func (r recipe) checkRuntime(cfg *v1.ConfigFile, files map[string][]byte) []error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if cfg.OS != "linux" || cfg.Architecture == "" {
		fault("the platform is %q/%q, which no node has", cfg.OS, cfg.Architecture)
	}
	if !cfg.Created.IsZero() {
		fault("the image tells when it was made, %s: no two builds are the same", cfg.Created)
	}
	if !r.runs() {
		if len(files) > 0 || len(cfg.Config.Entrypoint) > 0 {
			fault("a configuration has something to run: %q %q", keys(files), cfg.Config.Entrypoint)
		}
		return faults
	}
	if _, ok := cfg.Config.ExposedPorts[functionPort]; !ok {
		fault("the ports are %v, want %s", cfg.Config.ExposedPorts, functionPort)
	}
	return append(faults, functionProgram.check(cfg, files)...)
}

// check wants the program's binary and the notices for it, run by a user who is not root.
func (p program) check(cfg *v1.ConfigFile, files map[string][]byte) []error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if names, want := keys(files), []string{noticesFile, p.name}; !slices.Equal(names, want) {
		fault("the runtime image has the files %q, want %q", names, want)
	} else if len(files[noticesFile]) == 0 {
		fault("%s is empty: the licences ask for notices", noticesFile)
	} else if err := checkProgram(files[p.name], cfg.Architecture); err != nil {
		faults = append(faults, err)
	}
	if !slices.Equal(cfg.Config.Entrypoint, []string{"/" + p.name}) {
		fault("the entrypoint is %q, want /%s", cfg.Config.Entrypoint, p.name)
	}
	if cfg.Config.User != runtimeUser {
		fault("the user is %q, want %s", cfg.Config.User, runtimeUser)
	}
	return faults
}

// machines are the processors of architectures.
var machines = map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}

// checkProgram wants a program for an architecture that runs in an image which holds
// nothing else: no loader, no libraries.
func checkProgram(program []byte, arch string) error {
	f, err := elf.NewFile(bytes.NewReader(program))
	if err != nil {
		return fmt.Errorf("cannot read the program: %w", err)
	}
	defer func() { _ = f.Close() }()
	if want, ok := machines[arch]; !ok || f.Machine != want {
		return fmt.Errorf("the program is for %s, in an image for %s", f.Machine, arch)
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
			return fmt.Errorf("the program is not static: it has %s", p.Type)
		}
	}
	return nil
}
