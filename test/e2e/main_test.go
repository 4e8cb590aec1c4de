package e2e_test

import (
	"os"
	"testing"

	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
)

func TestMain(m *testing.M) { plane.Main(m, nil) }

// versions returns the versions of Crossplane to run on: all, or the one of E2E_VERSION.
func versions(t *testing.T) []plane.Version {
	t.Helper()
	name := os.Getenv("E2E_VERSION")
	if name == "" {
		return plane.Versions()
	}
	v, err := plane.FindVersion(name)
	if err != nil {
		t.Fatal(err)
	}
	return []plane.Version{v}
}
