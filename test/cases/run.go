package cases

import (
	"strings"
	"testing"
)

// Run runs the tables of a kind. Refusal returns why the function refuses a composite resource, or "" if it accepts it.
func Run(t *testing.T, kind string, refusal func(t *testing.T, object map[string]any) string) {
	t.Helper()
	invalid, err := Invalid(kind)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range invalid {
		t.Run("Invalid/"+c.Name, func(t *testing.T) {
			switch fatal := refusal(t, c.Object); {
			case fatal == "":
				t.Errorf("%s\nRunFunction(...): accepted, want a Fatal result about %s", c.Reason, c.Path)
			case !strings.Contains(fatal, c.Path):
				t.Errorf("%s\nRunFunction(...): want a message about %s, got:\n%s", c.Reason, c.Path, fatal)
			}
		})
	}
	valid, err := Valid(kind)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range valid {
		t.Run("Valid/"+c.Name, func(t *testing.T) {
			if fatal := refusal(t, c.Object); fatal != "" {
				t.Errorf("%s\nRunFunction(...): refused:\n%s", c.Reason, fatal)
			}
		})
	}
}
