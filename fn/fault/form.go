package fault

import "k8s.io/apimachinery/pkg/util/validation/field"

// A Form is a rule about what a text looks like.
type Form struct {
	Owner Owner
	ID    string

	// Most is the maximum length of the text in bytes; 0 if Holds checks the length.
	Most int

	// Holds reports whether a text has the form, which Rule describes.
	Holds func(string) bool
	Rule  string
}

// Check validates a text.
func (f Form) Check(text string, p *field.Path) List {
	if (f.Most == 0 || len(text) <= f.Most) && f.Holds(text) {
		return nil
	}
	return List{{Path: p, Value: text, Rule: f.Rule, Owner: f.Owner, ID: f.ID}}
}
