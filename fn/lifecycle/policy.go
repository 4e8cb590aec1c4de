package lifecycle

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
)

// A document is a policy text, with its keys in the order in which AWS writes them.
type document struct {
	Rules []rule `json:"rules"`
}

type rule struct {
	Priority    integer                  `json:"rulePriority"`
	Description *string                  `json:"description,omitempty"`
	Selection   selection                `json:"selection"`
	Action      v1alpha1.LifecycleAction `json:"action"`
}

type selection struct {
	v1alpha1.LifecycleSelection

	// CountNumber replaces the embedded field, to read an integer in any form.
	CountNumber integer `json:"countNumber"`
}

// Policy returns the policy text of rules: compact JSON, with its keys in the order in which AWS writes them. A rule's
// priority is its place in the list, from 1. Without rules the text is "", since AWS has no policy without rules.
func Policy(rules []v1alpha1.LifecycleRule) string {
	if len(rules) == 0 {
		return ""
	}
	d := document{Rules: make([]rule, len(rules))}
	for i, r := range rules {
		d.Rules[i] = rule{
			Priority:    integer(i + 1),
			Description: r.Description,
			Selection:   selection{LifecycleSelection: r.Selection, CountNumber: integer(r.Selection.CountNumber)},
			Action:      r.Action,
		}
	}
	return d.text()
}

// text returns the document as compact JSON.
func (d document) text() string {
	b := &bytes.Buffer{}
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(d); err != nil {
		// Strings and integers always have a JSON form.
		panic(fmt.Sprintf("cannot encode a lifecycle policy: %v", err))
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}
