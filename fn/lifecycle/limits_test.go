package lifecycle_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
	"github.com/ontopix/crossplane-ecr/internal/lifecycletest"
)

// counting returns n rules that differ in their pattern.
func counting(n int) []v1alpha1.LifecycleRule {
	rules := make([]v1alpha1.LifecycleRule, n)
	for i := range rules {
		rules[i] = v1alpha1.LifecycleRule{
			Selection: v1alpha1.LifecycleSelection{TagStatus: "tagged", TagPatternList: []string{fmt.Sprintf("v%d-*", i)}, CountType: lifecycle.ByCount, CountNumber: 1},
			Action:    v1alpha1.LifecycleAction{Type: "expire"},
		}
	}
	return rules
}

// described returns rules whose policy text has a length. Their descriptions repeat a character.
func described(t *testing.T, length int, char string) []v1alpha1.LifecycleRule {
	t.Helper()
	rules := counting(50)
	for i := range rules {
		empty := ""
		rules[i].Description = &empty
	}
	for i := range rules {
		n := min(1024, length-len(lifecycle.Policy(rules)))
		d := strings.Repeat(char, n)
		rules[i].Description = &d
	}
	if n := utf8.RuneCountInString(lifecycle.Policy(rules)); n != length {
		t.Fatalf("described(%d): made %d characters", length, n)
	}
	return rules
}

// TestLimits shows that the maximum of each limit is accepted, and the message about one more. The second statement of
// AWS's rules agrees.
func TestLimits(t *testing.T) {
	// One rule with n tags, and one with a tag of n characters.
	patterns := func(n int) []v1alpha1.LifecycleRule {
		rules := counting(1)
		rules[0].Selection.TagPatternList = nil
		for i := range n {
			rules[0].Selection.TagPatternList = append(rules[0].Selection.TagPatternList, fmt.Sprintf("t%d*", i))
		}
		return rules
	}
	pattern := func(n int) []v1alpha1.LifecycleRule {
		rules := counting(1)
		rules[0].Selection.TagPatternList = []string{strings.Repeat("a", n-1) + "*"}
		return rules
	}
	asPrefixes := func(of func(int) []v1alpha1.LifecycleRule) func(int) []v1alpha1.LifecycleRule {
		return func(n int) []v1alpha1.LifecycleRule {
			rules := of(n)
			s := &rules[0].Selection
			s.TagPatternList, s.TagPrefixList = nil, s.TagPatternList
			return rules
		}
	}
	cases := map[string]struct {
		reason string
		rules  func(n int) []v1alpha1.LifecycleRule
		most   int
		want   string
	}{
		"Rules": {
			reason: "A policy has at most 50 rules.",
			rules:  counting, most: 50,
			want: `rules 51: a lifecycle policy has at most 50 rules (AWS's rule)`,
		},
		"Description": {
			reason: "The API's own limit, since AWS documents none. It counts characters, not bytes.",
			rules: func(n int) []v1alpha1.LifecycleRule {
				rules := counting(1)
				rules[0].Description = new(strings.Repeat("é", n))
				return rules
			},
			most: 1024,
			want: `rules[0].description "` + strings.Repeat("é", 59) + `…: must have at most 1024 characters (the API's rule)`,
		},
		"Patterns": {
			reason: "The API's own limit, since AWS documents none.",
			rules:  patterns, most: 100,
			want: `rules[0].selection.tagPatternList 101: must have at most 100 entries (the API's rule)`,
		},
		"Prefixes": {
			reason: "The API's own limit, since AWS documents none.",
			rules:  asPrefixes(patterns), most: 100,
			want: `rules[0].selection.tagPrefixList 101: must have at most 100 entries (the API's rule)`,
		},
		"Pattern": {
			reason: "A tag has at most 128 characters.",
			rules:  pattern, most: 128,
			want: `rules[0].selection.tagPatternList[0] "` + strings.Repeat("a", 119) + `…: must have at most 128 characters (the API's rule)`,
		},
		"Prefix": {
			reason: "A tag has at most 128 characters.",
			rules:  asPrefixes(pattern), most: 128,
			want: `rules[0].selection.tagPrefixList[0] "` + strings.Repeat("a", 119) + `…: must have at most 128 characters (the API's rule)`,
		},
		"Text": {
			reason: "A policy text has at most 30,720 characters.",
			rules:  func(n int) []v1alpha1.LifecycleRule { return described(t, n, "a") }, most: 30720,
			want: `rules: the lifecycle policy has 30721 characters, at most 30720 are allowed; shorten descriptions and tag lists (AWS's rule)`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			for n, want := range map[int][]string{tc.most: {}, tc.most + 1: {tc.want}} {
				rules := tc.rules(n)
				if diff := cmp.Diff(want, messages(lifecycle.Validate(rules, rulesPath))); diff != "" {
					t.Errorf("%s\nValidate(... %d): -want, +got:\n%s", tc.reason, n, diff)
				}
				if got := accepted(policyOf(t, rules)); got != (n == tc.most) {
					t.Errorf("%s\naccepted(... %d): got %t", tc.reason, n, got)
				}
			}
		})
	}
}

// TestEscapedText shows that the limit applies to the text as the provider sends it: it writes < as \u003c, which has
// five characters more.
func TestEscapedText(t *testing.T) {
	rules := described(t, 20000, "<")
	sent := 20000 + 5*strings.Count(lifecycle.Policy(rules), "<")
	want := []string{fmt.Sprintf(`rules: the lifecycle policy has %d characters, at most 30720 are allowed; shorten descriptions and tag lists (AWS's rule)`, sent)}
	if diff := cmp.Diff(want, messages(lifecycle.Validate(rules, rulesPath))); diff != "" {
		t.Errorf("Validate(...): -want, +got:\n%s", diff)
	}
}

// TestShortestText shows why Validate does not check AWS's minimum of 100 characters: the shortest rule is longer.
func TestShortestText(t *testing.T) {
	rules := lifecycletest.FromYAML(t, `[{selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`)
	if n := len(lifecycle.Policy(rules)); n < 100 {
		t.Errorf("Policy(...): want at least 100 characters, got %d", n)
	}
}
