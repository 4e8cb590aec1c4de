package access_test

import (
	"flag"
	"testing"

	"github.com/ontopix/crossplane-ecr/internal/cli/clitest"
)

var update = flag.Bool("update", false, "write the documentation anew")

// The page of the command shows what it prints.
func TestDoc(t *testing.T) {
	t.Chdir("../../..")
	clitest.Doc(t, "docs/kubectl-ecr/access.md", *update)
}
