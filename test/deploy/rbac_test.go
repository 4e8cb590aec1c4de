package deploy_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/yaml"
)

// TestRBAC shows that every rule names something that exists, and that no role may write what only the function and
// Crossplane may: a status or a managed resource.
func TestRBAC(t *testing.T) {
	known := kinds(t)
	read := []string{"get", "list", "watch"}
	_, text := render(t, filepath.Join(deploy, "rbac"))
	for _, document := range strings.Split(text, "\n---\n") {
		role := rbacv1.ClusterRole{}
		if err := yaml.UnmarshalStrict([]byte(document), &role); err != nil {
			t.Fatal(err)
		}
		if len(role.Rules) == 0 {
			t.Errorf("%s has no rules", role.Name)
		}
		for _, rule := range role.Rules {
			for _, group := range rule.APIGroups {
				for _, resource := range rule.Resources {
					if !known[resource+"."+group] {
						t.Errorf("%s: there is no %s of the group %q", role.Name, resource, group)
					}
					writes := slices.ContainsFunc(rule.Verbs, func(v string) bool { return !slices.Contains(read, v) })
					if writes && !writable[role.Name][resource+"."+group] {
						t.Errorf("%s may not %v %s of the group %q", role.Name, rule.Verbs, resource, group)
					}
				}
			}
		}
	}
}

// writable are the resources that a role may write.
var writable = map[string]map[string]bool{
	"ecr-project-team": {"projectregistries.ecr.ontopix.io": true, "projectregistries.ecr.m.ontopix.io": true},
	"ecr-platform-team": {
		"environmentconfigs.apiextensions.crossplane.io": true, "xecrorgaccesses.ecr.ontopix.io": true,
		"ecrorgaccesses.ecr.ontopix.io": true, "ecrorgaccesses.ecr.m.ontopix.io": true,
	},
	"ecr-admission-bypass": {"admission.ecr.ontopix.io": true},
}

// kinds returns the resources that rules may name: those of our definitions, the managed resources that are activated,
// and a few of Kubernetes and Crossplane.
func kinds(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{
		"configmaps.": true, "events.": true, "environmentconfigs.apiextensions.crossplane.io": true,
		"admission.ecr.ontopix.io": true, // The admission policies check it.
	}
	definitions, err := filepath.Glob(filepath.Join(root, "apis", "*", "definition.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob(filepath.Join(root, "apis", "*", "*", "definition.yaml"))
	if err != nil || len(definitions) == 0 || len(more) == 0 {
		t.Fatalf("no definitions: %v", err)
	}
	for _, file := range append(definitions, more...) {
		var definition struct {
			Spec struct {
				Group             string
				Names, ClaimNames struct{ Plural string }
			}
		}
		decodeFile(t, &definition, file)
		for _, plural := range []string{definition.Spec.Names.Plural, definition.Spec.ClaimNames.Plural} {
			found[plural+"."+definition.Spec.Group] = true
		}
	}
	var policy struct{ Spec struct{ Activate []string } }
	decodeFile(t, &policy, deploy, "kustomize", "components", "namespaced", "activation.yaml")
	for _, name := range policy.Spec.Activate {
		found[name] = true
	}
	return found
}
