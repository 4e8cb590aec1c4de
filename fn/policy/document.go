// Package policy writes the policy documents of IAM and ECR: who may assume a role, what it may do, and who else may
// pull from a repository or a registry.
//
// A document is canonical: compact JSON, its elements in the order of AWS's documentation, conditions sorted by operator
// and key, sets sorted, each value once, lists always as lists. So one spec always gives the same bytes, and the
// provider, which compares documents by their meaning, never sees a difference. An empty list is written as such: it
// matches nothing, so what should name somebody and does not, lets nobody in.
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

	// Principal is anyone, or a principal. The policy of a role has none.
	Principal any `json:",omitempty"`

	Action    []string
	Resource  []string   `json:",omitzero"`
	Condition conditions `json:",omitempty"`
}

// A principal is who a statement is about, by kind: AWS, Federated or Service.
type principal map[string][]string

// anyone is every principal, also one of no account.
const anyone = "*"

// conditions hold if each of the keys, below its operator, has one of the values in a request.
type conditions map[oidc.Operator]map[string][]string

// add adds a condition. A second one must not take the place of the first.
func (c conditions) add(operator oidc.Operator, key string, values []string) {
	if c[operator] == nil {
		c[operator] = map[string][]string{}
	}
	if _, ok := c[operator][key]; ok {
		panic("two conditions " + string(operator) + " on " + key)
	}
	c[operator][key] = set(values)
}

// document returns the text of a policy with the statements; "" if there are none.
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
		panic(err) // strings, and lists and maps of them
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

// set returns the values sorted and each once, never nil.
func set(values []string) []string { return sets.List(sets.New(values...)) }
