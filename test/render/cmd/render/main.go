// Command render renders the examples of this repository, or a claim or composite
// resource of your own, with Crossplane's own engine and the function of this
// checkout, and prints the YAML. It needs no Docker, cluster or AWS account. Run
// it in the root of the repository; `make render` does.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/ontopix/crossplane-ecr/internal/xr"
	"github.com/ontopix/crossplane-ecr/test/render/engine"
	"github.com/ontopix/crossplane-ecr/test/render/example"
	"github.com/ontopix/crossplane-ecr/test/render/manifest"
)

type cli struct {
	Examples []string `arg:"" help:"Examples to render: folders below examples/. Default: all." optional:""`

	Claim    string `help:"Render the claim of this file instead."                    placeholder:"FILE" type:"existingfile" xor:"what"`
	XR       string `help:"Render the composite resource of this file instead."       name:"xr" placeholder:"FILE" type:"existingfile" xor:"what"`
	Observed string `help:"Composed resources that exist, with --claim or --xr."      placeholder:"FILE" type:"existingfile"`
	Required string `help:"Objects that the cluster holds, such as the platform team's settings, with --claim or --xr." placeholder:"FILE" type:"existingfile"`

	Engine   string `default:"auto"         enum:"auto,1.16,1.20,2.2,2.5" help:"Release of Crossplane to render with. auto takes the crossplane on the PATH if it is 1.16 to 2.2, else builds ${built}."`
	Function string `default:"bin/function" help:"The function's binary."                 type:"existingfile"`
	Root     string `default:"."            help:"Root of the repository."                type:"existingdir"`
}

// A job is one render.
type job struct {
	title string
	req   engine.Request
}

// Run renders.
func (c *cli) Run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "render-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // It is a temporary folder.

	jobs, err := c.jobs(dir)
	if err != nil {
		return err
	}
	crossplane, err := c.engine(ctx, os.Stderr)
	if err != nil {
		return err
	}
	binary, err := filepath.Abs(c.Function)
	if err != nil {
		return err
	}
	fn, err := engine.Start(ctx, binary)
	if err != nil {
		return err
	}
	defer fn.Stop()

	start, failed, skipped := time.Now(), 0, 0
	for _, j := range jobs {
		if j.req.Functions, err = engine.FunctionsAt(j.req.Functions, fn.Target, dir); err != nil {
			return err
		}
		r, err := crossplane.Render(ctx, j.req)
		if ctx.Err() != nil {
			return errors.New("interrupted")
		}
		if errors.Is(err, engine.ErrNamespaced) && len(c.Examples) == 0 && c.XR == "" {
			skipped++
			continue
		}
		if err != nil {
			failed++
			_, _ = fmt.Fprintf(os.Stderr, "%s: %v\n", j.title, err)
			continue
		}
		fmt.Printf("---\n# %s\n", j.title)
		if err := manifest.Write(os.Stdout, r.Objects()...); err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d renders failed", failed, len(jobs))
	}
	if skipped > 0 {
		_, _ = fmt.Fprintf(os.Stderr, "Left out %d of namespaced composite resources: render them with ENGINE=2.2\n", skipped)
	}
	_, _ = fmt.Fprintf(os.Stderr, "Rendered %d in %.1f s with Crossplane %s\n", len(jobs)-skipped, time.Since(start).Seconds(), crossplane.Release)
	return nil
}

// engine returns the command line to render with.
func (c *cli) engine(ctx context.Context, log io.Writer) (engine.CLI, error) {
	want := c.Engine
	if want == "auto" {
		installed, err := engine.Installed(ctx)
		if err == nil {
			_, _ = fmt.Fprintf(log, "Rendering with %s, version %s\n", installed.Command[0], installed.Release)
			return installed, nil
		}
		if !errors.Is(err, exec.ErrNotFound) {
			_, _ = fmt.Fprintf(log, "Not rendering with the crossplane on the PATH: %v\n", err)
		}
		want = engine.Default
	}
	for _, r := range engine.Releases() {
		if r.Name == want {
			return r.Build(ctx, c.Root, log)
		}
	}
	return engine.CLI{}, fmt.Errorf("there is no engine %s", want)
}

// jobs returns what to render.
func (c *cli) jobs(dir string) ([]job, error) {
	repo := example.Repository{Root: c.Root}
	switch {
	case c.Claim != "":
		file, err := claimed(c.Claim, dir)
		if err != nil {
			return nil, err
		}
		return c.single(repo, c.Claim, file)
	case c.XR != "":
		return c.single(repo, c.XR, c.XR)
	case c.Observed != "" || c.Required != "":
		return nil, errors.New("--observed and --required go with --claim or --xr")
	}

	all, err := repo.Examples()
	if err != nil {
		return nil, err
	}
	var jobs []job
	for _, name := range c.Examples {
		e, err := find(all, name)
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, passes(e)...)
	}
	if len(c.Examples) == 0 {
		for _, e := range all {
			jobs = append(jobs, passes(e)...)
		}
	}
	return jobs, nil
}

func (c *cli) single(repo example.Repository, title, file string) ([]job, error) {
	e, err := repo.For(file)
	if err != nil {
		return nil, err
	}
	req := request(e)
	req.Observed, req.Required = c.Observed, c.Required
	return []job{{title: title, req: req}}, nil
}

// claimed writes the XR of a claim into dir and returns its file.
func claimed(file, dir string) (string, error) {
	claim, err := manifest.ReadOne(file)
	if err != nil {
		return "", err
	}
	u, err := xr.FromClaim(claim)
	if err != nil {
		return "", fmt.Errorf("%s: %w", file, err)
	}
	b, err := manifest.Bytes(u)
	if err != nil {
		return "", err
	}
	out := filepath.Join(dir, "xr.yaml")
	return out, os.WriteFile(out, b, 0o600)
}

func find(all []example.Example, name string) (example.Example, error) {
	clean := filepath.ToSlash(filepath.Clean(name))
	for _, e := range all {
		if e.Name == clean || "examples/"+e.Name == clean {
			return e, nil
		}
	}
	var names string
	for _, e := range all {
		names += "\n  " + e.Name
	}
	return example.Example{}, fmt.Errorf("there is no example %s; there are:%s", name, names)
}

// passes returns the renders of an example: the first, and the one after the
// provider has reported.
func passes(e example.Example) []job {
	req := request(e)
	jobs := []job{{title: "examples/" + e.Name, req: req}}
	if e.Observed != "" {
		req.Observed = e.Observed
		jobs = append(jobs, job{title: "examples/" + e.Name + ", observed", req: req})
	}
	return jobs
}

func request(e example.Example) engine.Request {
	return engine.Request{XR: e.XR, Composition: e.Composition, Functions: e.Functions, XRD: e.XRD, Required: e.Required}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	k := kong.Parse(&cli{},
		kong.Name("render"),
		kong.Description("Render examples, a claim or a composite resource with Crossplane's own engine."),
		kong.Vars{"built": engine.Default},
		kong.BindTo(ctx, (*context.Context)(nil)))
	err := k.Run()
	stop()
	k.FatalIfErrorf(err)
}
