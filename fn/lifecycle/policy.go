package lifecycle

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
)

// A document is a policy text: its keys, in the order in which AWS writes them.
type document struct {
	Rules []rule `json:"rules"`
}

type rule struct {
	Priority    integer   `json:"rulePriority"`
	Description *string   `json:"description,omitempty"`
	Selection   selection `json:"selection"`
	Action      action    `json:"action"`
}

type selection struct {
	TagStatus      string   `json:"tagStatus,omitempty"`
	TagPatternList []string `json:"tagPatternList,omitempty"`
	TagPrefixList  []string `json:"tagPrefixList,omitempty"`
	StorageClass   *string  `json:"storageClass,omitempty"`
	CountType      string   `json:"countType,omitempty"`
	CountUnit      *string  `json:"countUnit,omitempty"`
	CountNumber    integer  `json:"countNumber,omitempty"`
}

type action struct {
	Type               string  `json:"type,omitempty"`
	TargetStorageClass *string `json:"targetStorageClass,omitempty"`
}

// Policy returns the policy text that the rules make: compact JSON with its keys in
// the order in which AWS writes them. A rule's priority is its place in the list,
// from 1. It is "" for no rules, since AWS has no policy without any.
func Policy(rules []v1alpha1.LifecycleRule) string {
	if len(rules) == 0 {
		return ""
	}
	return newDocument(rules).text(false)
}

func newDocument(rules []v1alpha1.LifecycleRule) document {
	d := document{Rules: make([]rule, len(rules))}
	for i, r := range rules {
		d.Rules[i] = rule{
			Priority:    integer(i + 1),
			Description: r.Description,
			Selection: selection{
				TagStatus:      r.Selection.TagStatus,
				TagPatternList: r.Selection.TagPatternList,
				TagPrefixList:  r.Selection.TagPrefixList,
				StorageClass:   r.Selection.StorageClass,
				CountType:      r.Selection.CountType,
				CountUnit:      r.Selection.CountUnit,
				CountNumber:    integer(r.Selection.CountNumber),
			},
			Action: action(r.Action),
		}
	}
	return d
}

// text returns the document as compact JSON.
func (d document) text(escapeHTML bool) string {
	b := &bytes.Buffer{}
	e := json.NewEncoder(b)
	e.SetEscapeHTML(escapeHTML)
	if err := e.Encode(d); err != nil {
		// Strings and integers always have a JSON form.
		panic(fmt.Sprintf("cannot encode a lifecycle policy: %v", err))
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}
