package plane

import "fmt"

// A Version is a release of Crossplane that a plane can run.
type Version struct {
	// Name is the minor version, for example "2.4".
	Name string
	// Modern reports whether the version serves namespaced composite resources (apiextensions.crossplane.io/v2).
	Modern bool

	// dir is the directory, relative to the repository's root, of the Go module that the core is built from.
	dir string
	// path is the Go module of the release.
	path string
	// ldflags set the binary's version. Without it, a package that constrains Crossplane's version is "incompatible".
	ldflags string
}

// The versions of Crossplane that the product supports.
var (
	Crossplane24 = Version{
		Name:    "2.4",
		Modern:  true,
		dir:     "test/e2e",
		path:    "github.com/crossplane/crossplane/v2",
		ldflags: "-X github.com/crossplane/crossplane-runtime/v2/pkg/version.version=v2.4.0",
	}
	Crossplane120 = Version{
		Name:    "1.20",
		dir:     "test/e2e/crossplane-1.20",
		path:    "github.com/crossplane/crossplane",
		ldflags: "-X github.com/crossplane/crossplane/internal/version.version=v1.20.5",
	}
)

// Versions returns the supported versions, newest first, or only the one that is named.
func Versions(name string) ([]Version, error) {
	all := []Version{Crossplane24, Crossplane120}
	if name == "" {
		return all, nil
	}
	for _, v := range all {
		if v.Name == name {
			return []Version{v}, nil
		}
	}
	return nil, fmt.Errorf("Crossplane %q is neither %s nor %s", name, all[0].Name, all[1].Name)
}
