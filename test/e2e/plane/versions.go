package plane

import (
	"fmt"
	"strings"
)

// A Version is a release of Crossplane that a plane can run.
type Version struct {
	// Name is what people call it, for example "2.4".
	Name string
	// module is the directory, below test/e2e, of the Go module that its core is built from.
	module string
	// path is the Go module of the release.
	path string
	// ldflags tell the binary its own version: without, every package with a Crossplane constraint is "incompatible".
	ldflags string
	// capabilities says whether a FunctionRevision must state what it is capable of to be called.
	capabilities bool
}

// The versions of Crossplane that the product supports.
var (
	Crossplane24 = Version{
		Name:         "2.4",
		module:       ".",
		path:         "github.com/crossplane/crossplane/v2",
		ldflags:      "-X github.com/crossplane/crossplane-runtime/v2/pkg/version.version=v2.4.0",
		capabilities: true,
	}
	Crossplane120 = Version{
		Name:    "1.20",
		module:  "crossplane-1.20",
		path:    "github.com/crossplane/crossplane",
		ldflags: "-X github.com/crossplane/crossplane/internal/version.version=v1.20.5",
	}
)

// Versions returns every supported version, the newest first.
func Versions() []Version { return []Version{Crossplane24, Crossplane120} }

// Modern says whether the version serves namespaced composite resources (apiextensions.crossplane.io/v2).
func (v Version) Modern() bool { return v.capabilities }

// FindVersion returns the supported version of a name.
func FindVersion(name string) (Version, error) {
	var names []string
	for _, v := range Versions() {
		if v.Name == name {
			return v, nil
		}
		names = append(names, v.Name)
	}
	return Version{}, fmt.Errorf("Crossplane %q is not one of %s", name, strings.Join(names, ", "))
}
