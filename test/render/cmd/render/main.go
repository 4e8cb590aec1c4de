// Command render renders the examples of this repository, or a claim or composite resource of your own, with
// Crossplane's own engine and the function of this checkout. It prints the YAML and, on standard error, the function's
// conditions and advice. It needs no Docker, cluster or AWS account. Run it in the root of the repository; `make
// render` does.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/ontopix/crossplane-ecr/internal/progress"
	"github.com/ontopix/crossplane-ecr/test/render/engine"
	"github.com/ontopix/crossplane-ecr/test/render/example"
	"github.com/ontopix/crossplane-ecr/test/render/manifest"
)

// cli has the arguments of `make render`. Nil means absent: an empty value is a mistake, such as that of a shell
// variable that is not set.
type cli struct {
	Example  *string `help:"Examples to render: folders below examples/."                      placeholder:"NAME"`
	All      bool    `help:"Render all examples."`
	Claim    *string `help:"Render the claim of this file."                                    placeholder:"FILE"`
	XR       *string `help:"Render the composite resource of this file."                       name:"xr" placeholder:"FILE"`
	Observed *string `help:"Composed resources that exist, for --claim or --xr."               placeholder:"FILE"`
	Required *string `help:"Objects that the cluster holds, such as the platform team's settings and the org access. Default for --claim: ${required}." placeholder:"FILE"`

	Engine   string `default:"auto" enum:"auto,1.16,1.20,2.2,2.5" help:"Release of Crossplane to render with. auto takes the crossplane on the PATH if it is 1.16 to 2.2, else builds ${built}."`
	Function string `help:"The function's binary. Default: it is built." type:"existingfile"`
	Root     string `default:"."  help:"Root of the repository."         type:"existingdir"`
}

// Run renders, or lists the examples if there is nothing to render.
func (c *cli) Run(ctx context.Context) error {
	if err := c.check(); err != nil {
		return err
	}
	repo := example.Repository{Root: c.Root}
	if c.Example == nil && !c.All && c.Claim == nil && c.XR == nil {
		return list(os.Stdout, repo)
	}
	dir, err := os.MkdirTemp("", "render-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // It is a temporary folder.

	jobs, err := c.jobs(repo, dir)
	if err != nil {
		return err
	}
	steps := progress.NewSteps(os.Stderr)
	crossplane, err := c.engine(ctx, steps, jobs)
	if err != nil {
		return err
	}
	crossplane.TempDir = dir
	binary := c.Function
	if binary == "" {
		binary, err = engine.BuildFunction(ctx, c.Root, steps)
	} else {
		binary, err = filepath.Abs(binary)
	}
	if err != nil {
		return err
	}
	fn, err := engine.Start(ctx, binary)
	if err != nil {
		return err
	}
	defer fn.Stop()
	for i := range jobs {
		if jobs[i].req.Functions, err = engine.FunctionsAt(jobs[i].req.Functions, fn.Target, dir); err != nil {
			return err
		}
	}
	return c.render(ctx, crossplane, jobs)
}

// render renders the jobs, one after the other.
func (c *cli) render(ctx context.Context, crossplane engine.CLI, jobs []job) error {
	start, failed, skipped := time.Now(), 0, 0
	for _, j := range jobs {
		r, err := crossplane.Render(ctx, j.req)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, engine.ErrNamespaced) && c.All {
			skipped++
			continue
		}
		if err == nil {
			fmt.Printf("---\n# %s\n", j.title)
			if err := manifest.Write(os.Stdout, r.Objects()...); err != nil {
				return err
			}
		}
		said, refused := opinion(ctx, j.req)
		if err != nil {
			failed++
			if !explains(refused, err) {
				_, _ = fmt.Fprintf(os.Stderr, "%s: %s\n", j.title, j.inUsersWords(err))
				continue
			}
		}
		_, _ = fmt.Fprintf(os.Stderr, "%s:\n%s", j.title, said)
	}
	if skipped > 0 {
		_, _ = fmt.Fprintf(os.Stderr, "Left out %d renders of namespaced composite resources: ENGINE=2.2 has them\n", skipped)
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d renders failed", failed, len(jobs))
	}
	_, _ = fmt.Fprintf(os.Stderr, "Rendered %d in %.1f s with Crossplane %s\n", len(jobs)-skipped, time.Since(start).Seconds(), crossplane.Release)
	return nil
}

// engine returns the command line to render with.
func (c *cli) engine(ctx context.Context, steps *progress.Steps, jobs []job) (engine.CLI, error) {
	want := c.Engine
	if want == "auto" {
		want = engine.Default
		namespaced := !slices.ContainsFunc(jobs, func(j job) bool { return !j.namespaced })
		if namespaced {
			want = engine.DefaultNamespaced
		}
		installed, err := engine.Installed(ctx)
		switch {
		case err == nil && (!namespaced || !installed.OnlyClusterScoped()):
			_, _ = fmt.Fprintf(os.Stderr, "Rendering with %s, version %s\n", installed.Command[0], installed.Release)
			return installed, nil
		case err != nil && !errors.Is(err, exec.ErrNotFound):
			_, _ = fmt.Fprintf(os.Stderr, "Not rendering with the crossplane on the PATH: %v\n", err)
		}
	}
	for _, r := range engine.Releases() {
		if r.Name == want {
			return r.Build(ctx, c.Root, steps)
		}
	}
	return engine.CLI{}, fmt.Errorf("there is no engine %s", want)
}

func main() {
	ctx, stop := interruptible()
	k := kong.Parse(&cli{},
		kong.Name("render"),
		kong.Description("Render examples, a claim or a composite resource with Crossplane's own engine."),
		kong.Vars{"built": engine.Default, "required": defaultRequired},
		kong.BindTo(ctx, (*context.Context)(nil)))
	err := k.Run()
	cause := context.Cause(ctx)
	stop()
	switch {
	case errors.Is(err, syscall.EPIPE) || errors.Is(cause, errReaderGone):
		// A reader may stop early.
	case cause != nil:
		k.FatalIfErrorf(cause)
	default:
		k.FatalIfErrorf(err)
	}
}

// inUsersWords returns an error with the user's file in place of a temporary one.
func (j job) inUsersWords(err error) string {
	return strings.ReplaceAll(err.Error(), j.req.XR, j.title)
}
