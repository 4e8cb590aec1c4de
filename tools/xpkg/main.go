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
	root := flag.String("root", "../..", "the repository's root")
	out := flag.String("out", "", "folder for the packages (default <root>/dist)")
	version := flag.String("version", "v0.0.0-dev", "version of the packages: v and a semantic version")
	registry := flag.String("registry", "ghcr.io", "registry in which the packages find each other")
	push := flag.String("push", "", "registry to push to: that of -registry, or a mirror; empty only builds")
	arch := flag.String("arch", "amd64,arm64", "architectures of the programs")
	cli := flag.Bool("cli", false, "build and push the image of kubectl-ecr too")
	flag.Parse()

	if *out == "" {
		*out = filepath.Join(*root, "dist")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	b := &build{root: *root, out: *out, version: *version, registry: *registry, mirror: *push, architectures: strings.Split(*arch, ","), cli: *cli}
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
	registry           string // in which the packages find each other
	mirror             string // that is pushed to; empty for none
	architectures      []string
	cli                bool     // whether the command line is built too
	published          []string // name@digest of what was pushed
}

func (b *build) run(ctx context.Context) error {
	if _, err := semver.StrictNewVersion(strings.TrimPrefix(b.version, "v")); err != nil || !strings.HasPrefix(b.version, "v") {
		return fmt.Errorf("version %q is not v and a semantic version, which dependencies are resolved by", b.version)
	}
	if err := os.MkdirAll(b.out, 0o750); err != nil {
		return err
	}
	// Everything is built and checked before anything is pushed.
	function, err := b.function(ctx)
	if err != nil {
		return err
	}
	var configurations []v1.Image
	for _, r := range configurationRecipes {
		img, err := r.pack(ctx, b.root, nil, b.version, b.registry)
		if err != nil {
			return err
		}
		if err := b.save(r.name, img); err != nil {
			return err
		}
		configurations = append(configurations, img)
	}
	var cli []v1.Image
	if b.cli {
		if cli, err = b.commandLine(ctx); err != nil {
			return err
		}
	}
	if b.mirror == "" {
		return nil
	}
	// The function first: nobody finds a configuration whose dependency is not there.
	if err := b.pushIndex(ctx, functionRecipe.name, function); err != nil {
		return err
	}
	for i, r := range configurationRecipes {
		if err := b.pushImage(ctx, r.name, configurations[i]); err != nil {
			return err
		}
	}
	if b.cli {
		if err := b.pushIndex(ctx, commandLine.name, cli); err != nil {
			return err
		}
	}
	list := strings.Join(b.published, "\n") + "\n"
	return os.WriteFile(filepath.Join(b.out, "published.txt"), []byte(list), 0o600)
}

// function builds the function's package for every architecture.
func (b *build) function(ctx context.Context) ([]v1.Image, error) {
	bases, err := functionProgram.images(ctx, b)
	if err != nil {
		return nil, err
	}
	var all []v1.Image
	for i, arch := range b.architectures {
		img, err := functionRecipe.pack(ctx, b.root, bases[i], b.version, b.registry)
		if err != nil {
			return nil, err
		}
		if err := b.save(functionRecipe.name+"-linux-"+arch, img); err != nil {
			return nil, err
		}
		all = append(all, img)
	}
	return all, nil
}

// commandLine builds the image of kubectl-ecr for every architecture.
func (b *build) commandLine(ctx context.Context) ([]v1.Image, error) {
	images, err := commandLine.images(ctx, b)
	if err != nil {
		return nil, err
	}
	for i := range images {
		if images[i], err = asPublished(images[i]); err != nil {
			return nil, err
		}
	}
	return images, nil
}
