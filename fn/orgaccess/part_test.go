package orgaccess

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/test/cases"
)

// TestClasses fails if a step of "Add a registry-level resource" in CONTRIBUTING.md is missing: each field of
// spec.registry must occur in a valid org access of the cases, and have a class.
func TestClasses(t *testing.T) {
	valid, err := cases.Valid(cases.XEcrOrgAccess)
	if err != nil {
		t.Fatal(err)
	}
	given, answered := map[string]bool{}, map[string]bool{}
	for _, c := range valid {
		raw, err := json.Marshal(c.Object["spec"])
		if err != nil {
			t.Fatal(err)
		}
		var spec Spec
		if err := json.Unmarshal(raw, &spec.EcrOrgAccessParameters); err != nil {
			t.Fatal(err)
		}
		if spec.Registry != nil {
			v := reflect.ValueOf(*spec.Registry)
			for i := range v.NumField() {
				if !v.Field(i).IsZero() {
					given[jsonName(v.Type().Field(i))] = true
				}
			}
		}
		for _, path := range registryFields(&spec) {
			if below, ok := strings.CutPrefix(path.String(), "spec.registry."); ok {
				name, _, _ := strings.Cut(below, ".")
				answered[name] = true
			}
		}
	}
	registry := reflect.TypeFor[v1alpha1.Registry]()
	for i := range registry.NumField() {
		name := jsonName(registry.Field(i))
		if !given[name] {
			t.Errorf("test/cases/valid-ecrorgaccess.yaml has no org access with spec.registry.%s", name)
		}
		if !answered[name] {
			t.Errorf("no class of fn/orgaccess/part.go answers spec.registry.%s", name)
		}
	}
}

// TestClassesAreShipped fails if the installation does not support a class: the provider may not write it, or
// Crossplane does not activate its kind.
func TestClassesAreShipped(t *testing.T) {
	const activation, permissions = "../../deploy/kustomize/components/namespaced/activation.yaml", "../../deploy/iam-policy.json"
	read := func(name string) string {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	activated, allowed := read(activation), read(permissions)
	for _, c := range classes {
		plural := strings.ToLower(c.Kind) + "s"
		if stem, ok := strings.CutSuffix(plural, "ys"); ok {
			plural = stem + "ies"
		}
		for _, g := range []managed.Generation{managed.Claimed, managed.Namespaced} {
			group, _, _ := strings.Cut(g.APIVersion(c.APIVersion), "/")
			if want := " " + plural + "." + group + "\n"; !strings.Contains(activated, want) {
				t.Errorf("%s does not activate%s", activation, want)
			}
		}
		if put, create := "ecr:Put"+c.Kind+`"`, "ecr:Create"+c.Kind+`"`; c.regional() && !strings.Contains(allowed, put) && !strings.Contains(allowed, create) {
			t.Errorf("%s allows neither %s nor %s", permissions, put, create)
		}
	}
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

// TestClass shows that each class has the keys of its objects, and that the objects of one with many differ in name.
func TestClass(t *testing.T) {
	saved := classes
	defer func() { classes = saved }()
	many := &class{key: "template", many: true, external: accountID, field: func(*Spec) *field.Path { return scanningPath }}
	classes = append(slices.Clone(saved), many)
	for _, c := range classes {
		key, others := c.key, []string{c.key + "x", c.key + "/x"}
		if c.many {
			key, others = c.key+"/name", []string{c.key, c.key + "x"}
		}
		if got := classOf(key); got == nil || got.key != c.key {
			t.Errorf("classOf(%q): got %v", key, got)
		}
		for _, other := range others {
			if got := classOf(other); got != nil {
				t.Errorf("classOf(%q): got %s, want none", other, got.key)
			}
		}
	}
	if compareKeys("template/a", "template/b") >= 0 || compareKeys("scanning", "template/a") >= 0 {
		t.Error("compareKeys: want the order of the table, and within a class that of the names")
	}
	p := &Plan{xr: &composite.XR{}, written: &Spec{}, region: "eu-west-1"}
	one, two := &part{}, &part{}
	one.Key, two.Key = "template/a", "template/b"
	p.complete(many, one)
	if p.complete(many, two); one.object.Name == two.object.Name {
		t.Errorf("two of many have one object: %s", one.object.Name)
	}
}
