package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// owner is the first part of the packages' paths in a registry. The package manager names a dependency after its path,
// and the Compositions call the function ontopix-function-ecr: with another owner it would have another name.
const owner = "ontopix"

// save writes a package to a file that the crossplane command line accepts.
func (b *build) save(file string, img v1.Image) error {
	path := filepath.Join(b.out, file+"-"+b.version+".xpkg")
	tag, err := name.NewTag(owner + "/" + file + ":" + b.version)
	if err != nil {
		return err
	}
	if err := tarball.WriteToFile(path, tag, img); err != nil {
		return fmt.Errorf("cannot write %s: %w", path, err)
	}
	digest, err := img.Digest()
	if err != nil {
		return err
	}
	fmt.Printf("%s  %s\n", digest, filepath.Base(path))
	return nil
}

// An artifact is an image, or an index of images, that is pushed under one name.
type artifact struct {
	name    string
	content remote.Taggable
}

// indexOf returns an index of images by the platform in their config.
func indexOf(name string, images []v1.Image) (artifact, error) {
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, img := range images {
		cfg, err := img.ConfigFile()
		if err != nil {
			return artifact{}, err
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add:        img,
			Descriptor: v1.Descriptor{Platform: cfg.Platform()},
		})
	}
	return artifact{name, index}, nil
}

// push pushes artifacts in their order, and writes a list of their names and digests.
func (b *build) push(ctx context.Context, artifacts []artifact) error {
	published := ""
	for _, a := range artifacts {
		ref, err := name.NewTag(b.mirror + "/" + owner + "/" + a.name + ":" + b.version)
		if err != nil {
			return err
		}
		if err := remote.Push(ref, a.content, remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain)); err != nil {
			return fmt.Errorf("cannot push %s: %w", ref, err)
		}
		digest, err := partial.Digest(a.content)
		if err != nil {
			return err
		}
		published += ref.Context().Digest(digest.String()).Name() + "\n"
		fmt.Printf("%s  pushed as %s\n", digest, ref)
	}
	return os.WriteFile(filepath.Join(b.out, "published.txt"), []byte(published), 0o600)
}
