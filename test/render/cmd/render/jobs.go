package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/ontopix/crossplane-ecr/internal/xr"
	"github.com/ontopix/crossplane-ecr/test/render/engine"
	"github.com/ontopix/crossplane-ecr/test/render/example"
	"github.com/ontopix/crossplane-ecr/test/render/manifest"
)

// defaultRequired is the file with the cluster's objects for the render of a claim, unless REQUIRED names another.
const defaultRequired = "examples/required.yaml"

// A job is one render.
type job struct {
	title      string
	req        engine.Request
	namespaced bool
}

// check returns what is wrong with the arguments, by their names in `make render`.
func (c *cli) check() error {
	var what []string
	for _, given := range []struct {
		name  string
		value *string
	}{{"EXAMPLE", c.Example}, {"CLAIM", c.Claim}, {"XR", c.XR}, {"OBSERVED", c.Observed}, {"REQUIRED", c.Required}} {
		if given.value == nil {
			continue
		}
		if strings.TrimSpace(*given.value) == "" {
			return fmt.Errorf("%s is empty: give it a value, or leave it out", given.name)
		}
		if given.value != c.Observed && given.value != c.Required {
			what = append(what, given.name)
		}
		if given.value == c.Example {
			continue
		}
		if _, err := os.Stat(*given.value); err != nil {
			return fmt.Errorf("%s: %w", given.name, err)
		}
	}
	if c.All {
		what = append(what, "ALL")
	}
	if len(what) > 1 {
		return fmt.Errorf("%s cannot be combined: give one of them", strings.Join(what, " and "))
	}
	if (c.Observed != nil || c.Required != nil) && c.Claim == nil && c.XR == nil {
		return errors.New("OBSERVED and REQUIRED go with CLAIM or XR")
	}
	return nil
}

// jobs returns what to render.
func (c *cli) jobs(repo example.Repository, dir string) ([]job, error) {
	switch {
	case c.Claim != nil:
		return c.ofClaim(repo, *c.Claim, dir)
	case c.XR != nil:
		return c.single(repo, *c.XR, *c.XR, c.Required)
	}
	all, err := repo.Examples()
	if err != nil {
		return nil, err
	}
	if c.All {
		return passes(all...)
	}
	var chosen []example.Example
	for _, name := range strings.Fields(*c.Example) {
		e, err := find(all, name)
		if err != nil {
			return nil, err
		}
		chosen = append(chosen, e)
	}
	return passes(chosen...)
}

// ofClaim returns the render of a claim, or of a composite resource that has none.
func (c *cli) ofClaim(repo example.Repository, file, dir string) ([]job, error) {
	u, err := manifest.ReadOne(file)
	if err != nil {
		return nil, err
	}
	of := file
	if kind, ok := xr.KindOf(u.GroupVersionKind()); !ok || kind.Claims != "" {
		composite, err := xr.FromClaim(u)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		b, err := manifest.Bytes(composite)
		if err != nil {
			return nil, err
		}
		of = filepath.Join(dir, "xr.yaml")
		if err := os.WriteFile(of, b, 0o600); err != nil {
			return nil, err
		}
	}
	required := c.Required
	if required == nil {
		path := filepath.Join(c.Root, filepath.FromSlash(defaultRequired))
		required = &path
		_, _ = fmt.Fprintf(os.Stderr, "The platform team's settings and the org access are those of %s; REQUIRED=file gives your own\n", defaultRequired)
	} else {
		_, _ = fmt.Fprintf(os.Stderr, "The platform team's settings and the org access are those of %s\n", *required)
	}
	return c.single(repo, file, of, required)
}

// single returns the render of the composite resource of a file.
func (c *cli) single(repo example.Repository, title, file string, required *string) ([]job, error) {
	req, err := repo.For(file)
	if err != nil {
		return nil, err
	}
	if c.Observed != nil {
		req.Observed = *c.Observed
	}
	if required != nil {
		req.Required = *required
	}
	j, err := newJob(title, req)
	return []job{j}, err
}

// find returns an example by its name, or by its folder.
func find(all []example.Example, name string) (example.Example, error) {
	clean := strings.TrimPrefix(filepath.ToSlash(filepath.Clean(name)), "examples/")
	for _, e := range all {
		if e.Name == clean {
			return e, nil
		}
	}
	var names string
	for _, e := range all {
		names += "\n  " + e.Name
	}
	return example.Example{}, fmt.Errorf("there is no example %s; there are:%s", name, names)
}

// passes returns two renders of each example: the first one, and the one after the provider has reported.
func passes(examples ...example.Example) ([]job, error) {
	var jobs []job
	for _, e := range examples {
		first := e.Request
		first.Observed = ""
		j, err := newJob("examples/"+e.Name, first)
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, j)
		if e.Observed != "" {
			j.title += ", observed"
			j.req.Observed = e.Observed
			jobs = append(jobs, j)
		}
	}
	return jobs, nil
}

func newJob(title string, req engine.Request) (job, error) {
	u, err := manifest.ReadOne(req.XR)
	if err != nil {
		return job{}, err
	}
	return job{title: title, req: req, namespaced: u.GetNamespace() != ""}, nil
}
