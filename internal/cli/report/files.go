package report

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/ontopix/crossplane-ecr/internal/cli"
	"github.com/ontopix/crossplane-ecr/internal/cli/files"
	"github.com/ontopix/crossplane-ecr/internal/cli/local"
	"github.com/ontopix/crossplane-ecr/internal/xr"
)

// readFiles reads files that kubectl printed. It skips objects of other kinds.
func readFiles(streams cli.Streams, paths []string, namespace string) (*found, error) {
	read, err := files.Read(streams.In, paths...)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, path := range paths {
		if path == files.Stdin {
			path = "standard input"
		}
		names = append(names, path)
	}
	f := &found{source: joined(names)}
	for _, file := range read {
		for _, fault := range file.Faults {
			where := fmt.Sprintf("%s:%d:%d: %s", file.Name, fault.At.Line, fault.At.Column, fault.Rule)
			if file.Named {
				return nil, fmt.Errorf("%s", where)
			}
			// A folder may have other files, such as the templates of a chart.
			f.notes = append(f.notes, where)
		}
		for _, o := range file.Objects {
			f.add(o.Unstructured, namespace)
		}
	}
	f.complete()
	return f, nil
}

// add adds an object, if it is a claim, a composite resource or settings.
func (f *found) add(u *unstructured.Unstructured, namespace string) {
	kind, ours := xr.KindOf(u.GroupVersionKind())
	switch {
	case ours:
		if kind.Namespaced && u.GetNamespace() == "" {
			u.SetNamespace(namespace)
		}
		f.objects = append(f.objects, newObject(u, kind))
	case local.SettingsIn(u) != nil:
		f.settings = append(f.settings, u)
	}
}

// complete removes objects that were read twice, and notes what is missing.
func (f *found) complete() {
	seen := map[string]bool{}
	objects := f.objects[:0]
	for _, o := range f.objects {
		key := strings.Join([]string{o.GetAPIVersion(), o.GetKind(), o.GetNamespace(), o.GetName(), string(o.GetUID())}, "\n")
		if !seen[key] {
			seen[key] = true
			objects = append(objects, o)
		}
	}
	f.objects = objects
	if len(f.objects) == 0 {
		f.notes = append(f.notes, "there is no registry and no org access here")
	}
	if len(f.settings) == 0 {
		f.notes = append(f.notes, "exceptions are not known: there are no settings here, neither an EnvironmentConfig nor a Composition")
	}
}

// joined joins words with commas.
func joined(words []string) string { return strings.Join(words, ", ") }
