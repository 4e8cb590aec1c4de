package lifecycle_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
)

func TestShorthands(t *testing.T) {
	want := `{"rules":[` +
		`{"rulePriority":1,"description":"expire untagged images after 14 days","selection":{"tagStatus":"untagged","countType":"sinceImagePushed","countUnit":"days","countNumber":14},"action":{"type":"expire"}},` +
		`{"rulePriority":2,"description":"keep the newest 30 tagged images","selection":{"tagStatus":"tagged","tagPatternList":["*"],"countType":"imageCountMoreThan","countNumber":30},"action":{"type":"expire"}}]}`

	rules := lifecycle.Shorthands(14, 30)
	if diff := cmp.Diff(want, lifecycle.Policy(rules)); diff != "" {
		t.Errorf("Policy(Shorthands(14, 30)): -want, +got:\n%s", diff)
	}
	if l := lifecycle.Validate(rules, rulesPath); len(l) > 0 {
		t.Errorf("Validate(Shorthands(14, 30)): want no fault, got:\n%s", l.Message())
	}
	if a := lifecycle.Advise(rules, rulesPath); len(a) > 0 {
		t.Errorf("Advise(Shorthands(14, 30)): want none, got: %v", a)
	}
	if n, ok := lifecycle.KeepsAtMost(rules); !ok || n != 30 {
		t.Errorf("KeepsAtMost(Shorthands(14, 30)): want 30, true, got %d, %t", n, ok)
	}
	if n, ok := lifecycle.ExpiresUntaggedAfter(rules); !ok || n != 14 {
		t.Errorf("ExpiresUntaggedAfter(Shorthands(14, 30)): want 14, true, got %d, %t", n, ok)
	}
}
