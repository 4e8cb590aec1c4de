package lifecycle_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
	"github.com/ontopix/crossplane-ecr/internal/lifecycletest"
	"github.com/ontopix/crossplane-ecr/internal/retention"
)

// acting returns the rule that acts on each image, by the image's digest.
func acting(rules []v1alpha1.LifecycleRule, images []retention.Image) map[string]int {
	acts := map[string]int{}
	for i, o := range retention.Evaluate(rules, images, lifecycletest.Now) {
		if o.Verdict == retention.Expire || o.Verdict == retention.Transition {
			acts[images[i].Digest] = o.Rule
		}
	}
	return acts
}

// TestAdviceIsTrue evaluates random rules on random images: a rule never acts if advice says that it never acts or
// matches no image.
func TestAdviceIsTrue(t *testing.T) {
	told := 0
	lifecycletest.Random(t, 1000, func(t *testing.T, r lifecycletest.Source) {
		rules := r.Valid()
		for i := range rules {
			if s := &rules[i].Selection; len(s.TagPatternList) > 0 && r.Chance(10) {
				s.TagPatternList = append(slices.Clone(s.TagPatternList), lifecycletest.One(r, "a/*", "*,*", "-*", "ab"))
			}
		}
		for _, a := range lifecycle.Advise(rules, rulesPath) {
			if !strings.Contains(a.Message, "never acts") && !strings.Contains(a.Message, "matches no image") {
				continue
			}
			told++
			rule := 0
			if _, err := fmt.Sscanf(a.Path, "rules[%d]", &rule); err != nil {
				t.Fatalf("cannot read the path %q: %v", a.Path, err)
			}
			for range 40 {
				images := r.Images(false, false, false)
				for digest, by := range acting(rules, images) {
					if by == rule {
						t.Errorf("%s: %s\n%s\nacts on image %s of %+v", a.Path, a.Message, lifecycle.Policy(rules), digest, images)
					}
				}
			}
		}
	})
	if told < 50 && !testing.Short() {
		t.Errorf("want at least 50 rules that never act, got %d", told)
	}
}

// allTags returns all words over an alphabet up to a length.
func allTags(alphabet string, atMost int) []string {
	all, longest := []string{}, []string{""}
	for range atMost {
		next := []string{}
		for _, w := range longest {
			for _, c := range alphabet {
				next = append(next, w+string(c))
			}
		}
		all, longest = append(all, next...), next
	}
	return all
}

// TestTagListBruteForce compares the advice on two entries of a list with all short tags: one adds nothing, since the
// other implies it, or they read like alternatives. No entry holds the character c, as real patterns do not hold all
// characters.
func TestTagListBruteForce(t *testing.T) {
	tags := allTags("abc", 7)
	told := map[string]int{}
	lifecycletest.Random(t, 500, func(t *testing.T, r lifecycletest.Source) {
		rule := r.Rule()
		rule.Selection.TagStatus, rule.Selection.TagPatternList, rule.Selection.TagPrefixList = "tagged", nil, nil
		entries := []string{r.Word("ab**", 5), r.Word("ab**", 5)}
		written, path := entries, "rules[0].selection.tagPatternList"
		list := &rule.Selection.TagPatternList
		if r.Chance(20) {
			written, path = []string{r.Word("ab", 3), r.Word("ab", 3)}, "rules[0].selection.tagPrefixList"
			entries = []string{written[0] + "*", written[1] + "*"}
			list = &rule.Selection.TagPrefixList
		}

		var in [2][]bool
		for e := range entries {
			*list = written[e : e+1]
			selector := lifecycle.NewSelector(rule.Selection)
			matches := regexp.MustCompile("^" + strings.ReplaceAll(entries[e], "*", ".*") + "$").MatchString
			for _, tag := range tags {
				in[e] = append(in[e], matches(tag))
				if got := selector.Selects([]string{tag}); got != matches(tag) {
					t.Errorf("%q: Selects(%q): got %t", entries[e], tag, got)
				}
			}
		}
		both, first, second := false, false, false // Some tag matches both, only the first, only the second.
		for n := range tags {
			both = both || in[0][n] && in[1][n]
			first = first || in[0][n] && !in[1][n]
			second = second || !in[0][n] && in[1][n]
		}
		bound := func(e string) [2]bool { return [2]bool{e[0] != '*', e[len(e)-1] != '*'} }

		var want []string
		switch {
		case !first: // The second matches the same tags, or more.
			want = []string{path + "[1]"}
		case !second:
			want = []string{path + "[0]"}
		case !both || bound(entries[0]) == bound(entries[1]):
			want = []string{path}
		}
		told[fmt.Sprint(want)]++

		*list = written
		var got []string
		for _, a := range lifecycle.Advise([]v1alpha1.LifecycleRule{rule}, rulesPath) {
			if !strings.Contains(a.Message, "never acts") {
				got = append(got, a.Path)
			}
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("Advise(%q): -want, +got:\n%s", entries, diff)
		}
	})
	if len(told) < 7 && !testing.Short() {
		t.Errorf("want each kind of advice for each kind of list, got %v", told)
	}
}

// TestAdviceIsBounded shows the size of the advice on the largest policies that are accepted: 50 rules that share the
// 30,720 characters, each of whose lists the rule before almost covers.
func TestAdviceIsBounded(t *testing.T) {
	shapes := map[string]struct{ rules, entries int }{
		"ManyRules":     {rules: 50, entries: 70},
		"LongLists":     {rules: 40, entries: 100},
		"ComparedLists": {rules: 50, entries: 20},
	}
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			rules := counting(shape.rules)
			for i := range rules {
				entries := make([]string, shape.entries)
				for j := range entries {
					entries[j] = fmt.Sprintf("%c*", 'a'+j%26)
				}
				entries[0] = fmt.Sprintf("x%d*", i)
				rules[i].Selection.TagPatternList = entries
			}
			if l := lifecycle.Validate(rules, rulesPath); len(l) > 0 {
				t.Fatalf("want rules that are accepted, got:\n%s", l.Message())
			}
			size := 0
			for _, a := range lifecycle.Advise(rules, rulesPath) {
				size += len(a.Path) + len(a.Message)
			}
			if atMost := shape.rules * 2048; size > atMost {
				t.Errorf("want at most %d bytes of advice, got %d", atMost, size)
			}
		})
	}
}
