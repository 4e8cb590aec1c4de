package lifecycle_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
	"github.com/ontopix/crossplane-ecr/internal/lifecycletest"
)

func TestParseRefuses(t *testing.T) {
	cases := map[string]struct {
		reason string
		text   string
	}{
		"Empty":          {reason: "An empty text is not a policy.", text: ""},
		"Null":           {reason: "Null is not a policy.", text: "null"},
		"EmptyObject":    {reason: "A policy has rules.", text: "{}"},
		"NullRules":      {reason: "A policy has rules.", text: `{"rules":null}`},
		"Cut":            {reason: "The JSON is not complete.", text: `{"rules":[{"rulePriority":1`},
		"Trailing":       {reason: "There is more than one JSON value.", text: `{"rules":[]}{}`},
		"NumberAsText":   {reason: "A number is not a string.", text: `{"rules":[{"rulePriority":"1"}]}`},
		"Fraction":       {reason: "A number of days has no fraction.", text: `{"rules":[{"rulePriority":1,"selection":{"countNumber":1.5}}]}`},
		"Enormous":       {reason: "The number is too large for an integer.", text: `{"rules":[{"rulePriority":1e999999999}]}`},
		"LargeFloat":     {reason: "A float of this size does not stand for one integer.", text: `{"rules":[{"rulePriority":1e18}]}`},
		"TagsAreNumbers": {reason: "A tag is a string.", text: `{"rules":[{"selection":{"tagPrefixList":[1]}}]}`},
		"TooLong":        {reason: "AWS has no policy that is longer than the limit.", text: `{"rules":[` + strings.Repeat(" ", 4*30720) + `]}`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if rules, ok := lifecycle.Parse(tc.text); ok {
				t.Errorf("%s\nParse(%s): want none, got %v", tc.reason, tc.text, rules)
			}
			if !lifecycle.Equal(tc.text, tc.text) {
				t.Errorf("Equal(%s, itself): want true, got false", tc.text)
			}
			if lifecycle.Equal(tc.text, tc.text+" ") {
				t.Errorf("%s\nEqual(%s, the same and a space): want false, got true", tc.reason, tc.text)
			}
		})
	}
}

func TestParse(t *testing.T) {
	text := `{
	  "extra": {"rules": 1},
	  "rules": [
	    {"rulePriority": 20, "selection": {"tagStatus": "any", "tagPrefixList": [], "countType": "imageCountMoreThan", "countNumber": 1.4e1, "countUnit": null}, "action": {"type": "expire"}},
	    {"rulePriority": 3.0, "description": "first", "note": 1, "selection": {"tagStatus": "tagged", "tagPatternList": ["b", "a"], "countType": "sinceImagePulled", "countUnit": "days", "countNumber": 14.0}, "action": {"targetStorageClass": "archive", "type": "transition"}}
	  ]
	}`
	want := lifecycletest.FromYAML(t, `
- {description: first, selection: {tagStatus: "tagged", tagPatternList: [b, a], countType: sinceImagePulled, countUnit: "days", countNumber: 14}, action: {type: "transition", targetStorageClass: archive}}
- {selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 14}, action: {type: expire}}`)
	got, ok := lifecycle.Parse(text)
	if !ok {
		t.Fatalf("Parse(...): want a policy, got none")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Parse(...): -want, +got:\n%s", diff)
	}
}

func TestEqual(t *testing.T) {
	const text = `{"rules":[` +
		`{"rulePriority":1,"description":"one","selection":{"tagStatus":"tagged","tagPatternList":["a","b"],"countType":"imageCountMoreThan","countNumber":14},"action":{"type":"expire"}},` +
		`{"rulePriority":2,"selection":{"tagStatus":"untagged","countType":"sinceImagePushed","countUnit":"days","countNumber":7},"action":{"type":"expire"}}]}`
	cases := map[string]struct {
		reason string
		text   string
		want   bool
	}{
		"Itself":        {reason: "A text equals itself.", text: text, want: true},
		"Spaces":        {reason: "White space does not count.", text: strings.NewReplacer(`,`, `, `, `{`, "{\n\t").Replace(text), want: true},
		"KeyOrder":      {reason: "Keys have no order.", text: strings.Replace(text, `"rulePriority":1,"description":"one"`, `"description":"one","rulePriority":1`, 1), want: true},
		"TagOrder":      {reason: "Tags have no order.", text: strings.Replace(text, `["a","b"]`, `["b","a"]`, 1), want: true},
		"Float":         {reason: "14.0 is 14.", text: strings.Replace(text, `14`, `14.0`, 1), want: true},
		"EmptyList":     {reason: "An empty list counts as absent.", text: strings.Replace(text, `"tagStatus":"untagged"`, `"tagStatus":"untagged","tagPrefixList":[]`, 1), want: true},
		"UnknownKey":    {reason: "The provider does not compare keys that it does not know.", text: strings.Replace(text, `"rulePriority":2`, `"rulePriority":2,"id":"x"`, 1), want: true},
		"Priority":      {reason: "The provider compares priorities.", text: strings.Replace(text, `"rulePriority":2`, `"rulePriority":3`, 1)},
		"Number":        {reason: "13 is not 14.", text: strings.Replace(text, `14`, `13`, 1)},
		"NoDescription": {reason: "A description that is left out is a difference.", text: strings.Replace(text, `"description":"one",`, ``, 1)},
		"EmptyDescr":    {reason: "An empty description is not an absent one.", text: strings.Replace(text, `"rulePriority":2`, `"rulePriority":2,"description":""`, 1)},
		"OneTagMore":    {reason: "The lists differ.", text: strings.Replace(text, `["a","b"]`, `["a","b","b"]`, 1)},
		"OtherList":     {reason: "Prefixes are not patterns.", text: strings.Replace(text, `tagPatternList`, `tagPrefixList`, 1)},
		"Standard":      {reason: "The provider does not know the default.", text: strings.Replace(text, `"countType":"sinceImagePushed"`, `"storageClass":"standard","countType":"sinceImagePushed"`, 1)},
		"OneRule":       {reason: "A rule is missing.", text: strings.SplitN(text, `,{"rulePriority":2`, 2)[0] + `]}`},
		"NoPolicy":      {reason: "An empty text is not the policy.", text: ""},
		"NoJSON":        {reason: "A text that cannot be read equals only itself.", text: text + "}"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := lifecycle.Equal(text, tc.text); got != tc.want {
				t.Errorf("%s\nEqual(text, %s): want %t, got %t", tc.reason, tc.text, tc.want, got)
			}
			if got := lifecycle.Equal(tc.text, text); got != tc.want {
				t.Errorf("%s\nEqual(%s, text): want %t, got %t", tc.reason, tc.text, tc.want, got)
			}
		})
	}
}

// TestEqualForRandomRules compares rules with other texts of the same rules, and with different rules.
func TestEqualForRandomRules(t *testing.T) {
	lifecycletest.Random(t, 3000, func(t *testing.T, r lifecycletest.Source) {
		rules := r.Valid()
		text := lifecycle.Policy(rules)
		if lifecycle.Policy(rules) != text {
			t.Errorf("Policy(...): want the same text twice, got another")
		}
		back, ok := lifecycle.Parse(text)
		if !ok || lifecycle.Policy(back) != text {
			t.Errorf("Policy(Parse(%s)): want the same text, got %s", text, lifecycle.Policy(back))
		}

		// The same with keys sorted, rules and tags in another order and numbers as floats.
		d := object{}
		if err := json.Unmarshal([]byte(text), &d); err != nil {
			t.Fatal(err)
		}
		list := d["rules"].([]any)
		r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		for _, v := range list {
			s := v.(object)["selection"].(object)
			for _, name := range []string{"tagPatternList", "tagPrefixList"} {
				l, _ := s[name].([]any)
				slices.Reverse(l)
			}
		}
		b, err := json.MarshalIndent(d, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		if !lifecycle.Equal(text, string(b)) {
			t.Errorf("Equal(%s, %s): want true, got false", text, b)
		}

		i := r.IntN(len(rules))
		rules[i].Selection.CountNumber++
		if other := lifecycle.Policy(rules); lifecycle.Equal(text, other) {
			t.Errorf("Equal(%s, %s): want false, got true", text, other)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add(lifecycle.Policy(lifecycle.Shorthands(14, 30)))
	f.Add(`{"rules":[{"rulePriority":1e0,"selection":{"tagPatternList":[]},"action":null}]}`)
	f.Add(`{"rules":[{"rulePriority":9223372036854775807},{"rulePriority":-1}]}`)
	f.Add(`{"rules":[null]}`)
	f.Add(`{"rules":[{"rulePriority":null,"selection":{"countNumber":null}}]}`)
	f.Add("{\"rules\":[{\"description\":\"\xff\u2028<\"}]}")
	f.Add(`{"RULES":[{"rulepriority":1}],"rules":[]}`)
	f.Fuzz(func(t *testing.T, text string) {
		rules, ok := lifecycle.Parse(text)
		if !ok {
			if lifecycle.Equal(text, lifecycle.Policy(lifecycle.Shorthands(1, 1))) {
				t.Errorf("Equal(%q, a policy): want false for a text that is none, got true", text)
			}
			return
		}
		// Nothing panics on the rules, and Parse reads the text that Policy writes.
		lifecycle.Validate(rules, rulesPath)
		lifecycle.Advise(rules, rulesPath)
		lifecycle.KeepsAtMost(rules)
		lifecycle.ExpiresUntaggedAfter(rules)
		if len(rules) == 0 {
			return
		}
		written := lifecycle.Policy(rules)
		again, ok := lifecycle.Parse(written)
		if !ok {
			t.Fatalf("Parse(%q): want a policy, got none", written)
		}
		if diff := cmp.Diff(rules, again); diff != "" {
			t.Errorf("Parse(lifecycle.Policy(rules)): -want, +got:\n%s", diff)
		}
	})
}

func FuzzEqual(f *testing.F) {
	text := lifecycle.Policy(lifecycle.Shorthands(14, 30))
	f.Add(text, strings.ReplaceAll(text, ",", ", "))
	f.Add(text, strings.ReplaceAll(text, "14", "14.0"))
	f.Add(`{"rules":[]}`, `{"rules":[],"a":1}`)
	f.Add(``, `{}`)
	f.Fuzz(func(t *testing.T, a, b string) {
		ab, ba := lifecycle.Equal(a, b), lifecycle.Equal(b, a)
		if ab != ba {
			t.Errorf("Equal(%q, %q) is %t, the other way round %t", a, b, ab, ba)
		}
		if !lifecycle.Equal(a, a) || !lifecycle.Equal(b, b) {
			t.Errorf("Equal(%q or %q, itself): want true, got false", a, b)
		}
		x, ok := lifecycle.Parse(a)
		y, okay := lifecycle.Parse(b)
		if ab && a != b && (!ok || !okay || len(x) != len(y)) {
			t.Errorf("Equal(%q, %q): want false, got true", a, b)
		}
	})
}
