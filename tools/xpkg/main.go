package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/google/go-containerregistry/pkg/authn"

	"github.com/crossplane/crossplane-runtime/v2/pkg/xpkg"
)

func main() {
	root := flag.String("root", "../..", "the repository's root")
	out := flag.String("out", "", "folder for the packages (default <root>/dist)")
	version := flag.String("version", "v0.0.0-dev", "version of the packages")
	registry := flag.String("registry", "", "registry to push to, e.g. registry.example.org; empty only builds")
	owner := flag.String("owner", "ontopix", "first part of the packages' repositories in the registry")
	flag.Parse()

	if *out == "" {
		*out = filepath.Join(*root, "dist")
	}
	b := &build{root: *root, out: *out, version: *version, registry: *registry, owner: *owner}
	if err := b.run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "xpkg:", err)
		os.Exit(1)
	}
}

// A build is one run of the command.
type build struct {
	root, out, version, registry, owner string
}

func (b *build) run(ctx context.Context) error {
	if err := os.MkdirAll(b.out, 0o750); err != nil {
		return err
	}
	function, err := b.function(ctx)
	if err != nil {
		return err
	}
	if err := b.pushIndex(ctx, functionRecipe.name, function); err != nil {
		return err
	}
	for _, r := range configurationRecipes {
		if _, err := os.Stat(filepath.Join(b.root, r.meta)); err != nil {
			continue
		}
		img, err := r.pack(ctx, b.root, nil, b.registry)
		if err != nil {
			return err
		}
		if err := b.save(r.name, img); err != nil {
			return err
		}
		if err := b.push(ctx, r.name, img); err != nil {
			return err
		}
	}
	return nil
}

// function builds the function's package for every architecture.
func (b *build) function(ctx context.Context) ([]v1.Image, error) {
	var all []v1.Image
	for _, arch := range architectures {
		binary := filepath.Join(b.out, "function-linux-"+arch)
		abs, err := filepath.Abs(binary)
		if err != nil {
			return nil, err
		}
		if err := compile(b.root, abs, arch, b.version); err != nil {
			return nil, err
		}
		base, err := runtimeImage(binary, arch)
		if err != nil {
			return nil, err
		}
		img, err := functionRecipe.pack(ctx, b.root, base, "")
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

// save writes a package to a file, as the crossplane command line takes it.
func (b *build) save(file string, img v1.Image) error {
	path := filepath.Join(b.out, file+"-"+b.version+".xpkg")
	if err := tarball.WriteToFile(path, nil, img); err != nil {
		return fmt.Errorf("cannot write %s: %w", path, err)
	}
	digest, err := img.Digest()
	if err != nil {
		return err
	}
	fmt.Printf("%s  %s\n", digest, filepath.Base(path))
	return nil
}

func (b *build) reference(pkg string) (name.Tag, error) {
	return name.NewTag(b.registry + "/" + b.owner + "/" + pkg + ":" + b.version)
}

// push publishes a package of one image.
func (b *build) push(ctx context.Context, pkg string, img v1.Image) error {
	if b.registry == "" {
		return nil
	}
	ref, err := b.reference(pkg)
	if err != nil {
		return err
	}
	if img, err = xpkg.AnnotateLayers(img); err != nil {
		return err
	}
	return b.told(ref, remote.Write(ref, img, remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain)))
}

// pushIndex publishes a package of one image per architecture.
func (b *build) pushIndex(ctx context.Context, pkg string, images []v1.Image) error {
	if b.registry == "" {
		return nil
	}
	ref, err := b.reference(pkg)
	if err != nil {
		return err
	}
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, img := range images {
		annotated, err := xpkg.AnnotateLayers(img)
		if err != nil {
			return err
		}
		cfg, err := annotated.ConfigFile()
		if err != nil {
			return err
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add:        annotated,
			Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: cfg.OS, Architecture: cfg.Architecture}},
		})
	}
	return b.told(ref, remote.WriteIndex(ref, index, remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain)))
}

func (b *build) told(ref name.Tag, err error) error {
	if err != nil {
		return fmt.Errorf("cannot push %s: %w", ref, err)
	}
	fmt.Printf("pushed %s\n", ref)
	return nil
}
