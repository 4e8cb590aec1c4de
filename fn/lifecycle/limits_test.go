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

// described returns rules whose policy text has the given length. Its descriptions are
// of the given character.
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

func with(rules []v1alpha1.LifecycleRule, change func(*v1alpha1.LifecycleRule)) []v1alpha1.LifecycleRule {
	change(&rules[0])
	return rules
}

func TestLimits(t *testing.T) {
	entries := func(n int) []string {
		e := make([]string, n)
		for i := range e {
			e[i] = fmt.Sprintf("t%d*", i)
		}
		return e
	}
	text := func(s string) *string { return &s }

	cases := map[string]struct {
		reason string
		rules  []v1alpha1.LifecycleRule
		want   []string
	}{
		"MostRules": {reason: "A policy has at most 50 rules.", rules: counting(50), want: []string{}},
		"TooManyRules": {
			reason: "A policy has at most 50 rules.",
			rules:  counting(51),
			want:   []string{`rules 51: a lifecycle policy has at most 50 rules (AWS's rule)`},
		},
		"LongestDescription": {
			reason: "The API counts characters, not bytes.",
			rules:  with(counting(1), func(r *v1alpha1.LifecycleRule) { r.Description = text(strings.Repeat("é", 1024)) }),
			want:   []string{},
		},
		"DescriptionTooLong": {
			reason: "The API's own limit, since AWS documents none.",
			rules:  with(counting(1), func(r *v1alpha1.LifecycleRule) { r.Description = text(strings.Repeat("a", 1025)) }),
			want:   []string{`rules[0].description "` + strings.Repeat("a", 119) + `…: must have at most 1024 characters (the API's rule)`},
		},
		"MostPatterns": {
			reason: "The API's own limit, since AWS documents none.",
			rules:  with(counting(1), func(r *v1alpha1.LifecycleRule) { r.Selection.TagPatternList = entries(100) }),
			want:   []string{},
		},
		"TooManyPatterns": {
			reason: "The API's own limit, since AWS documents none.",
			rules:  with(counting(1), func(r *v1alpha1.LifecycleRule) { r.Selection.TagPatternList = entries(101) }),
			want:   []string{`rules[0].selection.tagPatternList 101: must have at most 100 entries (the API's rule)`},
		},
		"TooManyPrefixes": {
			reason: "The API's own limit, since AWS documents none.",
			rules: with(counting(1), func(r *v1alpha1.LifecycleRule) {
				r.Selection.TagPatternList, r.Selection.TagPrefixList = nil, entries(101)
			}),
			want: []string{`rules[0].selection.tagPrefixList 101: must have at most 100 entries (the API's rule)`},
		},
		"LongestPattern": {
			reason: "A tag has at most 128 characters.",
			rules: with(counting(1), func(r *v1alpha1.LifecycleRule) {
				r.Selection.TagPatternList = []string{strings.Repeat("a", 127) + "*"}
			}),
			want: []string{},
		},
		"PatternTooLong": {
			reason: "A tag has at most 128 characters.",
			rules: with(counting(1), func(r *v1alpha1.LifecycleRule) {
				r.Selection.TagPatternList = []string{strings.Repeat("a", 128) + "*"}
			}),
			want: []string{`rules[0].selection.tagPatternList[0] "` + strings.Repeat("a", 119) + `…: must have at most 128 characters (the API's rule)`},
		},
		"PrefixTooLong": {
			reason: "A tag has at most 128 characters.",
			rules: with(counting(1), func(r *v1alpha1.LifecycleRule) {
				r.Selection.TagPatternList, r.Selection.TagPrefixList = nil, []string{"v", strings.Repeat("a", 129)}
			}),
			want: []string{`rules[0].selection.tagPrefixList[1] "` + strings.Repeat("a", 119) + `…: must have at most 128 characters (the API's rule)`},
		},
		"LongestText": {
			reason: "A policy text has at most 30,720 characters.",
			rules:  described(t, 30720, "a"),
			want:   []string{},
		},
		"TextTooLong": {
			reason: "A policy text has at most 30,720 characters.",
			rules:  described(t, 30721, "a"),
			want:   []string{`rules: the lifecycle policy has 30721 characters, at most 30720 are allowed; shorten descriptions and tag lists (AWS's rule)`},
		},
		"EscapedTextTooLong": {
			reason: "The provider sends < as \\u003c, five characters more for each.",
			rules:  described(t, 20000, "<"),
			want:   []string{fmt.Sprintf(`rules: the lifecycle policy has %d characters, at most 30720 are allowed; shorten descriptions and tag lists (AWS's rule)`, 20000+5*strings.Count(lifecycle.Policy(described(t, 20000, "<")), "<"))},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, told(lifecycle.Validate(tc.rules, rulesPath))); diff != "" {
				t.Errorf("%s\nValidate(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestShortestText shows why Validate does not look for AWS's minimum of 100
// characters: the shortest rule is longer.
func TestShortestText(t *testing.T) {
	rules := lifecycletest.FromYAML(t, `[{selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`)
	if n := len(lifecycle.Policy(rules)); n < 100 {
		t.Errorf("Policy(...): want at least 100 characters, got %d", n)
	}
}
