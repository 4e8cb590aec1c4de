// Package settings finds out which settings are in force: those of the platform
// team, from the Input and from the EnvironmentConfig that it names, and those of
// each repository, from all the layers that may set them.
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

// NewLayer returns the settings that are written at a path; nil if there are none.
func NewLayer(path *field.Path, s *v1alpha1.RepositorySettings) *Layer {
	if s == nil {
		return nil
	}
	return &Layer{RepositorySettings: *s, path: path}
}

// ImageLayers returns the settings of each image of the list at a path.
func ImageLayers(path *field.Path, images []v1alpha1.Image) []Layer {
	l := make([]Layer, len(images))
	for i := range images {
		l[i] = Layer{RepositorySettings: images[i].RepositorySettings, path: path.Index(i)}
	}
	return l
}

// Path of the layer.
func (l *Layer) Path() *field.Path { return l.path }

// String returns where the layer is, for a person.
func (l *Layer) String() string {
	if l == nil {
		return "built in"
	}
	return l.path.String()
}

// A Setting is a value that is in force and the layer that it came from; nil is the
// built-in value.
type Setting[T any] struct {
	Value T
	Layer *Layer
}

// nearer is the setting of a nearer layer if that has a value, or else the setting.
func nearer[T any](s Setting[T], v *T, l *Layer) Setting[T] {
	if v == nil {
		return s
	}
	return Setting[T]{Value: *v, Layer: l}
}
