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

// sources are all settings that there are: those that were given as such, and those that
// were found among the files. What was given is in force for every object; of what was
// found, that in the nearest folder around an object.
type sources struct {
	given settings

	// orgAccesses are the composite resources that were given beside settings.
	orgAccesses []files.Object

	// configs are the EnvironmentConfigs of the name that the shipped Compositions read,
	// others those that have nothing but our settings.
	configs, others []*Part

	// inputs by the kind of composite resource.
	inputs map[schema.GroupVersionKind][]*Part

	// inForce are the settings by folder, and by what they are made of: folders that have
	// the same share them.
	inForce map[string]*settings
	shared  []*settings
}

func newSources() sources {
	return sources{
		given:   settings{inputs: map[schema.GroupVersionKind]*Part{}},
		inputs:  map[schema.GroupVersionKind][]*Part{},
		inForce: map[string]*settings{},
	}
}

// give takes the settings of a file that was given as such.
func (s *sources) give(f files.File) error {
	if err := f.Err(); err != nil {
		return err
	}
	found := false
	for _, o := range f.Objects {
		switch kind, p := compositionInput(o); {
		case is(o, environmentKind):
			if s.given.config != nil {
				return fmt.Errorf("%s: a second EnvironmentConfig: the first is in %s", f.Name, s.given.config.File)
			}
			s.given.config, found = at(o, "data", o.Object["data"]), true
		case is(o, inputKind):
			s.given.inputs[schema.GroupVersionKind{}], found = at(o, "", o.Object), true
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

// config takes an EnvironmentConfig that was found.
func (s *sources) config(o files.Object) {
	switch p := at(o, "data", o.Object["data"]); {
	case o.GetName() == configName:
		s.configs = append(s.configs, p)
	case ours(o.Unstructured):
		s.others = append(s.others, p)
	}
}

// input takes an Input that was found, for a kind of composite resource.
func (s *sources) input(kind schema.GroupVersionKind, p *Part) {
	s.inputs[kind] = append(s.inputs[kind], p)
}

// empty reports whether there are no settings.
func (s *sources) empty() bool {
	return s.given.config == nil && len(s.given.inputs)+len(s.configs)+len(s.others)+len(s.inputs) == 0
}

// all returns the settings that are in force for some object, those that are where an EnvironmentConfig is written, and
// each Input that is in none of these.
func (s *sources) all() ([]*settings, error) {
	for _, p := range s.candidates() {
		if _, err := s.of(p.File); err != nil {
			return nil, err
		}
	}
	all := slices.Clone(s.shared)
	for kind, parts := range s.inputs {
		for _, p := range parts {
			if !slices.ContainsFunc(all, func(in *settings) bool { return in.inputs[kind] == p }) {
				all = append(all, &settings{inputs: map[schema.GroupVersionKind]*Part{kind: p}})
			}
		}
	}
	if len(all) == 0 && !s.empty() {
		all = append(all, &s.given)
	}
	return all, nil
}

// candidates are the EnvironmentConfigs that may be in force where none was given.
func (s *sources) candidates() []*Part {
	switch {
	case s.given.config != nil:
		return nil
	case len(s.configs) > 0:
		return s.configs
	}
	return s.others
}

// of returns the settings that are in force for a file. An error says that they cannot be
// told.
func (s *sources) of(file string) (*settings, error) {
	folder := folderOf(file)
	if s.inForce[folder] != nil {
		return s.inForce[folder], nil
	}
	in := &settings{config: s.given.config, inputs: map[schema.GroupVersionKind]*Part{}}
	if in.config == nil {
		var err error
		if in.config, err = s.nearestConfig(file); err != nil {
			return nil, err
		}
	}
	if maps.Copy(in.inputs, s.given.inputs); len(in.inputs) == 0 {
		for kind, parts := range s.inputs {
			in.inputs[kind] = parts[0]
			if around := nearest(file, parts); len(around) > 0 {
				in.inputs[kind] = around[0]
			}
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

// nearestConfig returns the EnvironmentConfig that is in force for a file; nil if there is
// none.
func (s *sources) nearestConfig(file string) (*Part, error) {
	parts := s.candidates()
	if around := nearest(file, parts); len(around) > 0 {
		parts = around
	}
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

// nearest returns those of some parts that are in the nearest folder around a file.
func nearest(file string, parts []*Part) []*Part {
	depth := -1
	var found []*Part
	for _, p := range parts {
		switch folder := folderOf(p.File); {
		case !encloses(folder, folderOf(file)):
		case len(folder) > depth:
			depth, found = len(folder), []*Part{p}
		case len(folder) == depth:
			found = append(found, p)
		}
	}
	return found
}

// folderOf is the folder of a file, whichever way the file was named. Standard input is in
// the working directory.
func folderOf(file string) string {
	path, err := filepath.Abs(file)
	if err != nil {
		path = file
	}
	return filepath.Dir(path)
}

// encloses reports whether a folder is another one, or has it somewhere below it.
func encloses(folder, other string) bool {
	rel, err := filepath.Rel(folder, other)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}
