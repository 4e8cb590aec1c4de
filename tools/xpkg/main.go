// Command xpkg builds and pushes the packages: the function with its runtime image for each architecture, the
// configurations and, with -cli, the image of kubectl-ecr. It needs no Docker.
//
// Packages are reproducible: two builds of one commit give the same digest. Nothing in them depends on the time, the
// machine or the path of the build.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/Masterminds/semver/v3"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

func main() {
	b := &build{}
	flag.StringVar(&b.root, "root", "../..", "the repository's root")
	flag.StringVar(&b.out, "out", "", "folder for the packages (default <root>/dist)")
	flag.StringVar(&b.version, "version", "v0.0.0-dev", "version of the packages: v and a semantic version")
	flag.StringVar(&b.registry, "registry", "ghcr.io", "registry in which the packages find each other")
	flag.StringVar(&b.mirror, "push", "", "registry to push to: that of -registry, or a mirror; empty only builds")
	arch := flag.String("arch", "amd64,arm64", "architectures of the programs")
	flag.BoolVar(&b.cli, "cli", false, "build and push the image of kubectl-ecr too")
	flag.Parse()

	b.architectures = strings.Split(*arch, ",")
	if b.out == "" {
		b.out = filepath.Join(b.root, "dist")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := b.run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "xpkg:", err)
		os.Exit(1)
	}
}

// A build is one run of the command.
type build struct {
	root, out, version string
	registry           string // registry in which the packages find each other
	mirror             string // registry to push to; empty for none
	architectures      []string
	cli                bool // build the image of kubectl-ecr too
}

func (b *build) run(ctx context.Context) error {
	if _, err := semver.StrictNewVersion(strings.TrimPrefix(b.version, "v")); err != nil || !strings.HasPrefix(b.version, "v") {
		return fmt.Errorf("version %q is not v and a semantic version, which dependency resolution needs", b.version)
	}
	if err := os.MkdirAll(b.out, 0o750); err != nil {
		return err
	}
	// Everything is built before anything is pushed, and the function is pushed first: no configuration may depend on a
	// function that is not there.
	function, err := b.function(ctx)
	if err != nil {
		return err
	}
	artifacts := []artifact{function}
	for _, r := range configurationRecipes {
		img, err := r.pack(ctx, b, nil)
		if err != nil {
			return err
		}
		if err := b.save(r.name, img); err != nil {
			return err
		}
		artifacts = append(artifacts, artifact{r.name, img})
	}
	if b.cli {
		cli, err := b.commandLine(ctx)
		if err != nil {
			return err
		}
		artifacts = append(artifacts, cli)
	}
	if b.mirror == "" {
		return nil
	}
	return b.push(ctx, artifacts)
}

// function builds the function's package for every architecture.
func (b *build) function(ctx context.Context) (artifact, error) {
	images, err := functionProgram.images(ctx, b)
	if err != nil {
		return artifact{}, err
	}
	for i, arch := range b.architectures {
		if images[i], err = functionRecipe.pack(ctx, b, images[i]); err != nil {
			return artifact{}, err
		}
		if err := b.save(functionRecipe.name+"-linux-"+arch, images[i]); err != nil {
			return artifact{}, err
		}
	}
	return indexOf(functionRecipe.name, images)
}

// commandLine builds the image of kubectl-ecr for every architecture.
func (b *build) commandLine(ctx context.Context) (artifact, error) {
	images, err := commandLine.images(ctx, b)
	if err != nil {
		return artifact{}, err
	}
	published := make([]v1.Image, len(images))
	for i, img := range images {
		if published[i], err = asPublished(img); err != nil {
			return artifact{}, err
		}
	}
	return indexOf(commandLine.name, published)
}
