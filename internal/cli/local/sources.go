package local

import (
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/ontopix/crossplane-ecr/internal/cli/files"
)

// configName is the name of the EnvironmentConfig that the shipped Compositions read.
const configName = "ecr-platform"

// sources are all settings: those that were given as such, and those among the other files. Given settings are in force
// for every object. Of the others, those in the nearest folder around an object are in force for it.
type sources struct {
	given settings

	// orgAccesses were given beside settings.
	orgAccesses []files.Object

	// configs are the EnvironmentConfigs of the name that the shipped Compositions read, others those of other names
	// that have nothing but our settings.
	configs, others []*part

	// inputs by kind of composite resource.
	inputs map[schema.GroupVersionKind][]*part

	// inForce are the settings in force by folder. shared has each of them once.
	inForce map[string]*settings
	shared  []*settings
}

func newSources() sources {
	return sources{
		given:   settings{inputs: map[schema.GroupVersionKind]*part{}},
		inputs:  map[schema.GroupVersionKind][]*part{},
		inForce: map[string]*settings{},
	}
}

// addGiven adds the settings of a file that was given as such.
func (s *sources) addGiven(f files.File) error {
	if err := f.Err(); err != nil {
		return err
	}
	found := false
	for _, o := range f.Objects {
		switch kind, p := compositionInput(o); {
		case hasKind(o, environmentKind):
			if s.given.config != nil {
				return fmt.Errorf("%s: a second EnvironmentConfig: the first is in %s", f.Name, s.given.config.File)
			}
			s.given.config, found = partOf(o, "data", o.Object["data"]), true
		case hasKind(o, inputKind):
			s.given.inputs[schema.GroupVersionKind{}], found = partOf(o, "", o.Object), true
		case p != nil:
			s.given.inputs[kind], found = p, true
		case strings.HasSuffix(o.GetKind(), "EcrOrgAccess"):
			s.orgAccesses = append(s.orgAccesses, o)
		}
	}
	if !found {
		return fmt.Errorf("%s: no settings: give an EnvironmentConfig, an Input, or a Composition with one", f.Name)
	}
	return nil
}

// addConfig adds an EnvironmentConfig among the files, if it has settings.
func (s *sources) addConfig(o files.Object) {
	switch p := partOf(o, "data", o.Object["data"]); {
	case o.GetName() == configName:
		s.configs = append(s.configs, p)
	case isSettings(o.Unstructured):
		s.others = append(s.others, p)
	}
}

// addInput adds an Input among the files, for a kind of composite resource.
func (s *sources) addInput(kind schema.GroupVersionKind, p *part) {
	s.inputs[kind] = append(s.inputs[kind], p)
}

// empty reports whether there are no settings.
func (s *sources) empty() bool {
	return s.given.config == nil && len(s.given.inputs)+len(s.configs)+len(s.others)+len(s.inputs) == 0
}

// all returns the settings in force for some object, those in force where an EnvironmentConfig is written, and those with
// each of the other Inputs.
func (s *sources) all() ([]*settings, error) {
	for _, p := range s.candidates() {
		if _, err := s.inForceFor(p.File); err != nil {
			return nil, err
		}
	}
	all := slices.Clone(s.shared)
	for kind, parts := range s.inputs {
		for _, p := range parts {
			if !slices.ContainsFunc(all, func(in *settings) bool { return in.inputs[kind] == p }) {
				all = append(all, &settings{inputs: map[schema.GroupVersionKind]*part{kind: p}})
			}
		}
	}
	if len(all) == 0 && !s.empty() {
		all = append(all, &s.given)
	}
	return all, nil
}

// candidates returns the EnvironmentConfigs of which one may be in force; none if one was given.
func (s *sources) candidates() []*part {
	switch {
	case s.given.config != nil:
		return nil
	case len(s.configs) > 0:
		return s.configs
	}
	return s.others
}

// inForceFor returns the settings in force for a file. It returns an error if they are ambiguous.
func (s *sources) inForceFor(file string) (*settings, error) {
	folder := folderOf(file)
	if s.inForce[folder] != nil {
		return s.inForce[folder], nil
	}
	in := &settings{config: s.given.config, inputs: map[schema.GroupVersionKind]*part{}}
	if in.config == nil {
		var err error
		if in.config, err = s.nearestConfig(file); err != nil {
			return nil, err
		}
	}
	maps.Copy(in.inputs, s.given.inputs)
	if len(in.inputs) == 0 {
		for kind, parts := range s.inputs {
			in.inputs[kind] = nearest(file, parts)[0]
		}
	}
	for _, other := range s.shared {
		if other.config == in.config && maps.Equal(other.inputs, in.inputs) {
			s.inForce[folder] = other
			return other, nil
		}
	}
	s.shared, s.inForce[folder] = append(s.shared, in), in
	return in, nil
}

// nearestConfig returns the EnvironmentConfig in force for a file; nil if there is none.
func (s *sources) nearestConfig(file string) (*part, error) {
	parts := nearest(file, s.candidates())
	if len(parts) == 0 {
		return nil, nil
	}
	for _, p := range parts {
		if !reflect.DeepEqual(p.Settings, parts[0].Settings) {
			return nil, fmt.Errorf("%s and %s both have settings, and neither is nearer to %s: give one of them with --settings",
				parts[0].File, p.File, file)
		}
	}
	return parts[0], nil
}

// nearest returns the parts in the nearest folder around a file, or all parts if none is around it.
func nearest(file string, parts []*part) []*part {
	depth, found := -1, parts
	for _, p := range parts {
		switch folder := folderOf(p.File); {
		case !encloses(folder, folderOf(file)):
		case len(folder) > depth:
			depth, found = len(folder), []*part{p}
		case len(folder) == depth:
			found = append(found, p)
		}
	}
	return found
}

// folderOf returns the absolute path of a file's folder. Standard input is in the working directory.
func folderOf(file string) string {
	path, err := filepath.Abs(file)
	if err != nil {
		path = file
	}
	return filepath.Dir(path)
}

// encloses reports whether a folder is the other one or contains it at any depth.
func encloses(folder, other string) bool {
	rel, err := filepath.Rel(folder, other)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}
