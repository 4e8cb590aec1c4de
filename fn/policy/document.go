// Package policy writes the policy documents of IAM and ECR: who may assume a role, what the role may do, and who else
// may pull from a repository or a registry.
//
// Documents are canonical: compact JSON, elements in the order of AWS's documentation, conditions sorted by operator
// and key, sets sorted and without duplicates, and a single value in a list, too. So a spec always gives the same
// bytes, and the provider, which compares documents by their meaning, never sees a difference. An empty list stays a
// list: it matches nothing, so a principal or a condition without values lets nobody in.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
package policy

import (
	"bytes"
	"encoding/json"

	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/ontopix/crossplane-ecr/fn/oidc"
)

// A statement allows its principals to do its actions.
type statement struct {
	Sid    string `json:",omitempty"`
	Effect string // set by document

	// Principal is anyone or a principal. Permissions of a role have none.
	Principal any `json:",omitempty"`

	Action    []string
	Resource  []string   `json:",omitzero"`
	Condition conditions `json:",omitempty"`
}

// A principal has the principals of a statement by their kind: AWS, Federated or Service.
type principal map[string][]string

// anyone matches every principal, also anonymous ones.
const anyone = "*"

// conditions has values by operator and condition key. It holds for a request if each key matches one of its values.
type conditions map[oidc.Operator]map[string][]string

// add adds a condition. It panics if the operator has one on the key already, which must not be replaced.
func (c conditions) add(operator oidc.Operator, key string, values []string) {
	if c[operator] == nil {
		c[operator] = map[string][]string{}
	}
	if _, ok := c[operator][key]; ok {
		panic("two conditions " + string(operator) + " on " + key)
	}
	c[operator][key] = set(values)
}

// document returns a policy with the statements; "" if there are none.
func document(statements ...statement) string {
	if len(statements) == 0 {
		return ""
	}
	for i := range statements {
		statements[i].Effect = "Allow"
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(struct {
		Version   string
		Statement []statement
	}{"2012-10-17", statements}); err != nil {
		panic(err) // impossible: statements hold only strings, and lists and maps of strings
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

// set returns the values sorted and without duplicates, never nil.
func set(values []string) []string { return sets.List(sets.New(values...)) }
