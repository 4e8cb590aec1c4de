package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// owner is the first part of the packages' paths in a registry. The package manager
// names a dependency after its path, and the Compositions call the function
// ontopix-function-ecr: another owner would be another function.
const owner = "ontopix"

// save writes a package to a file, as the crossplane command line takes it.
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

// pushImage publishes a package of one image.
func (b *build) pushImage(ctx context.Context, pkg string, img v1.Image) error {
	ref, err := b.reference(pkg)
	if err != nil {
		return err
	}
	if err := remote.Write(ref, img, remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain)); err != nil {
		return fmt.Errorf("cannot push %s: %w", ref, err)
	}
	digest, err := img.Digest()
	return b.pushed(ref, digest, err)
}

// pushIndex publishes a package of one image per architecture.
func (b *build) pushIndex(ctx context.Context, pkg string, images []v1.Image) error {
	ref, err := b.reference(pkg)
	if err != nil {
		return err
	}
	index, err := indexOf(images)
	if err != nil {
		return err
	}
	if err := remote.WriteIndex(ref, index, remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain)); err != nil {
		return fmt.Errorf("cannot push %s: %w", ref, err)
	}
	digest, err := index.Digest()
	return b.pushed(ref, digest, err)
}

// indexOf lists images by the platform that their config names.
func indexOf(images []v1.Image) (v1.ImageIndex, error) {
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, img := range images {
		cfg, err := img.ConfigFile()
		if err != nil {
			return nil, err
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add:        img,
			Descriptor: v1.Descriptor{Platform: cfg.Platform()},
		})
	}
	return index, nil
}

func (b *build) reference(pkg string) (name.Tag, error) {
	return name.NewTag(b.mirror + "/" + owner + "/" + pkg + ":" + b.version)
}

func (b *build) pushed(ref name.Tag, digest v1.Hash, err error) error {
	if err != nil {
		return err
	}
	b.published = append(b.published, ref.Context().Name()+"@"+digest.String())
	fmt.Printf("%s  pushed as %s\n", digest, ref)
	return nil
}
