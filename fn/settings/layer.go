// Package settings decides which settings are in force: the platform team's, from the Input and the EnvironmentConfig
// that it names, and those of each repository, from all the layers that may set them.
package settings

import (
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
)

// A Layer is one place where RepositorySettings are written.
type Layer struct {
	v1alpha1.RepositorySettings

	path *field.Path
}

// NewLayer returns the layer of the settings at a path; nil if there are none.
func NewLayer(path *field.Path, s *v1alpha1.RepositorySettings) *Layer {
	if s == nil {
		return nil
	}
	return &Layer{RepositorySettings: *s, path: path}
}

// ImageLayers returns the layer of each image in the list at a path.
func ImageLayers(path *field.Path, images []v1alpha1.Image) []Layer {
	l := make([]Layer, len(images))
	for i := range images {
		l[i] = Layer{RepositorySettings: images[i].RepositorySettings, path: path.Index(i)}
	}
	return l
}

// Path of the layer.
func (l *Layer) Path() *field.Path { return l.path }

// String returns where the layer is written, in words.
func (l *Layer) String() string {
	if l == nil {
		return "built in"
	}
	return l.path.String()
}

// A Setting is a value that is in force and the layer that it comes from, which is nil if the value is built in.
type Setting[T any] struct {
	Value T
	Layer *Layer
}

// nearer returns the setting of a nearer layer if that has a value, and s otherwise.
func nearer[T any](s Setting[T], v *T, l *Layer) Setting[T] {
	if v == nil {
		return s
	}
	return Setting[T]{Value: *v, Layer: l}
}
