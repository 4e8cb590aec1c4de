package main

import (
	"context"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/crossplane/crossplane-runtime/v2/pkg/xpkg"
	"github.com/crossplane/crossplane-runtime/v2/pkg/xpkg/parser"
	"github.com/crossplane/crossplane-runtime/v2/pkg/xpkg/parser/examples"
)

// pack builds a package with Crossplane's own builder, which lints it, and returns it as it is published. The base
// image is nil for a configuration.
func (r recipe) pack(ctx context.Context, b *build, base v1.Image) (v1.Image, error) {
	stage, err := r.stage(b)
	if err != nil {
		return nil, fmt.Errorf("cannot stage %s: %w", r.name, err)
	}
	meta, err := xpkg.BuildMetaScheme()
	if err != nil {
		return nil, err
	}
	objects, err := xpkg.BuildObjectScheme()
	if err != nil {
		return nil, err
	}
	folder := func(name string) parser.Backend {
		return parser.NewFsBackend(stage, parser.FsDir(name), parser.FsFilters(parser.SkipDirs()))
	}
	if base == nil {
		// The package serves every platform, but an OCI image must name one. This is the first that Crossplane looks for.
		if base, err = configured(empty.Image, "amd64", v1.Config{}); err != nil {
			return nil, err
		}
	}
	if base, err = describe(base, r.name, b.version); err != nil {
		return nil, err
	}
	builder := xpkg.New(folder("package"), folder("examples"), parser.New(meta, objects), examples.New())
	img, _, err := builder.Build(ctx, xpkg.WithBase(base))
	if err != nil {
		return nil, fmt.Errorf("cannot build %s: %w", r.name, err)
	}
	return asPublished(img)
}

// describe adds the labels that registries show, and with which they link an image to its source. No label may hold a
// time: that would change the digest.
func describe(img v1.Image, title, version string) (v1.Image, error) {
	cfg, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	config := cfg.Config
	config.Labels = map[string]string{
		"org.opencontainers.image.title":    title,
		"org.opencontainers.image.version":  version,
		"org.opencontainers.image.source":   "https://github.com/ontopix/crossplane-ecr",
		"org.opencontainers.image.licenses": "Apache-2.0",
	}
	return mutate.Config(img, config)
}

// asPublished turns what the builder makes into an OCI image with annotated package layers. The builder only has labels
// in place of the annotations, since an archive cannot hold annotations. All media types are OCI's: Docker's have no
// annotations.
func asPublished(img v1.Image) (v1.Image, error) {
	cfg, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	layers, err := img.Layers()
	if err != nil {
		return nil, err
	}
	oci := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	for _, l := range layers {
		digest, err := l.Digest()
		if err != nil {
			return nil, err
		}
		add := mutate.Addendum{Layer: ociLayer{l}}
		if value, ok := cfg.Config.Labels[xpkg.Label(digest.String())]; ok {
			add.Annotations = map[string]string{xpkg.AnnotationKey: value}
		}
		if oci, err = mutate.Append(oci, add); err != nil {
			return nil, err
		}
	}
	return mutate.ConfigFile(oci, cfg)
}

// An ociLayer has OCI's media type. It hides the layer's own descriptor: that of a layer of an archive has empty
// annotations instead of none, which makes another manifest.
type ociLayer struct{ v1.Layer }

// MediaType of the layer.
func (ociLayer) MediaType() (types.MediaType, error) { return types.OCILayer, nil }
