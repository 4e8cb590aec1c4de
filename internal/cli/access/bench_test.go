package access_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/ontopix/crossplane-ecr/internal/cli/clitest"
)

// fleet writes projects of five images each, alternating between both generations, each with its own role, and an org
// access for each generation, in its own account.
func fleet(b *testing.B, projects int) string {
	b.Helper()
	f, err := os.Create(filepath.Join(b.TempDir(), "fleet.yaml"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	write := func(format string, args ...any) {
		if _, err := fmt.Fprintf(f, format, args...); err != nil {
			b.Fatal(err)
		}
	}
	write(`apiVersion: apiextensions.crossplane.io/v1beta1
kind: EnvironmentConfig
metadata: {name: ecr-platform}
data:
  region: eu-west-1
  orgAccess: octo
  orgAccessNamespace: platform
  guardrails: {orgAccessNamespaces: [platform], providerConfigs: [other], pull: {accounts: ["444455556666"]}}
`)
	const orgAccess = `---
apiVersion: %s/v1alpha1
kind: %s
metadata: {name: octo, namespace: %s}
spec:
  accountId: %q
  region: eu-west-1
  providerConfigRef: {name: %s}
  github: {organization: octo, organizationId: "65"}
  push: {repositories: ["team-1/*", "team-2/*"], allow: [{repository: "*", branches: [main]}]}
  pull: {allow: [{repository: "*"}]}
  crossAccountPull: {organizationIds: [o-a1b2c3d4e5]}
`
	write(orgAccess, "ecr.ontopix.io", "XEcrOrgAccess", `""`, "111122223333", "default")
	write(orgAccess, "ecr.m.ontopix.io", "EcrOrgAccess", "platform", "222233334444", "other")
	for i := range projects {
		group, config := "ecr.ontopix.io", "default"
		if i%2 == 1 {
			group, config = "ecr.m.ontopix.io", "other"
		}
		write("---\napiVersion: %s/v1alpha1\nkind: ProjectRegistry\nmetadata: {namespace: team-%d, name: images}\nspec:\n"+
			"  providerConfigRef: {name: %s}\n  github: {repositories: [app-%[2]d], branches: [main]}\n  images:\n", group, i, config)
		for j := range 5 {
			write("    - name: image-%d\n      pull: {accounts: [\"444455556666\"], lambda: true}\n", j)
		}
	}
	return f.Name()
}

func BenchmarkMatrix(b *testing.B) {
	for _, projects := range []int{200, 1000} {
		b.Run(fmt.Sprint(projects), func(b *testing.B) {
			path := fleet(b, projects)
			for b.Loop() {
				if got := clitest.Run(b, "access", path, "--matrix"); got.Code != 0 {
					b.Fatalf("exit code %d: %.2000s", got.Code, got.Err)
				}
			}
		})
	}
}
