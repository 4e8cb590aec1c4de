package iamtest

import (
	"strings"
	"testing"
)

func TestCanonical(t *testing.T) {
	const canonical = `{"Version":"2012-10-17","Id":"x<y>&z","Statement":[{"Sid":"A","Effect":"Allow","Principal":{"AWS":["2","1"],"Service":"s.amazonaws.com"},` +
		`"Action":["b:c","a:d"],"Resource":"*","Condition":{"Bool":{"a":true},"NumericEquals":{"k":1.50},"StringEquals":{"a":"é","b":"\"\\/"}}}]}`
	cases := map[string]struct {
		reason string
		text   string
		want   bool
	}{
		"Canonical":      {reason: "compact, AWS's order of elements, other names sorted, lists as they are", text: canonical, want: true},
		"SingleObject":   {reason: "one statement need not be in a list", text: `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`, want: true},
		"TwoStatements":  {reason: "statements keep their order", text: `{"Statement":[{"Sid":"B","Effect":"Deny"},{"Sid":"A","Effect":"Allow"}]}`, want: true},
		"Space":          {reason: "no white space", text: strings.Replace(canonical, `:"A"`, `: "A"`, 1)},
		"LineFeed":       {reason: "no white space at the end either", text: canonical + "\n"},
		"HTMLEscapes":    {reason: "no needless escapes, such as Go's encoder writes", text: strings.Replace(canonical, "x<y>&z", `x\u003cy\u003e\u0026z`, 1)},
		"Escapes":        {reason: "no needless escapes", text: strings.Replace(canonical, "é", `\u00e9`, 1)},
		"SlashEscaped":   {reason: "no needless escapes", text: strings.Replace(canonical, `\\/`, `\\\/`, 1)},
		"DocumentOrder":  {reason: "Version comes before Statement", text: `{"Statement":[],"Version":"2012-10-17"}`},
		"StatementOrder": {reason: "Effect comes before Action", text: `{"Statement":[{"Action":"*","Effect":"Allow"}]}`},
		"OperatorOrder":  {reason: "operators are sorted", text: `{"Statement":[{"Condition":{"StringEquals":{"a":"1"},"Bool":{"a":"true"}}}]}`},
		"KeyOrder":       {reason: "condition keys are sorted", text: `{"Statement":[{"Condition":{"StringEquals":{"b":"1","a":"1"}}}]}`},
		"PrincipalOrder": {reason: "kinds of principal are sorted", text: `{"Statement":{"Principal":{"Service":"x","AWS":"y"}}}`},
		"Duplicate":      {reason: pageGrammar + "no two instances of the same key", text: `{"Statement":[{"Effect":"Allow","Effect":"Allow"}]}`},
		"NotAnObject":    {reason: "a policy is an object", text: `[]`},
		"InvalidUTF8":    {reason: "a policy is text", text: "{\"Id\":\"\xff\"}"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			err := Canonical(tc.text)
			if d := diff(tc.want, err == nil); d != "" {
				t.Errorf("%s\nCanonical(%s): %v: -want, +got:\n%s", tc.reason, tc.text, err, d)
			}
			again, err := Canonicalize(tc.text)
			if err != nil {
				return
			}
			if err := Canonical(again); err != nil {
				t.Errorf("%s\nwhat Canonicalize returns is not canonical: %v", tc.reason, err)
			}
		})
	}
}

// A document that breaks off is never taken for a whole one.
func TestCanonicalizeRefusesPrefixes(t *testing.T) {
	const text = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["a:b","c:d"],"Condition":{"Bool":{"k":true}}}]}`
	if _, err := Canonicalize(text); err != nil {
		t.Fatalf("Canonicalize(the whole): %v", err)
	}
	for i := range text {
		if got, err := Canonicalize(text[:i]); err == nil {
			t.Errorf("Canonicalize(%s): want an error, got %s", text[:i], got)
		}
	}
}
