package fault

import "k8s.io/apimachinery/pkg/util/validation/field"

// A Form is a rule on what a text looks like.
type Form struct {
	Owner Owner
	ID    string

	// Most is how many bytes the text may have; 0 if Holds says so.
	Most int

	// Holds reports whether a text has the form; Rule says in words which that is.
	Holds func(string) bool
	Rule  string
}

// Check returns what is wrong with a text.
func (f Form) Check(text string, p *field.Path) List {
	if (f.Most == 0 || len(text) <= f.Most) && f.Holds(text) {
		return nil
	}
	return List{{Path: p, Value: text, Rule: f.Rule, Owner: f.Owner, ID: f.ID}}
}
