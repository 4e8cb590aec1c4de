package lifecycle

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
)

// TestAdviceIsTrue previews random rules on random images: a rule of which it is said
// that it never acts, or matches nothing, never does; and an entry of which it is said
// that it adds nothing can be left out.
func TestAdviceIsTrue(t *testing.T) {
	told := map[string]int{}
	random(t, 1000, func(t *testing.T, r source) {
		rules := r.valid()
		for i := range rules {
			if s := &rules[i].Selection; len(s.TagPatternList) > 0 && r.chance(10) {
				s.TagPatternList = append(slices.Clone(s.TagPatternList), one(r, "a/*", "*,*", "-*", "ab"))
			}
		}
		for _, a := range Advise(rules, rulesPath) {
			i, entry := 0, -1
			if _, err := fmt.Sscanf(a.Path, "rules[%d]", &i); err != nil {
				t.Fatalf("cannot read the path %q: %v", a.Path, err)
			}
			if j := strings.LastIndex(a.Path, "List["); j >= 0 {
				if _, err := fmt.Sscanf(a.Path[j:], "List[%d]", &entry); err != nil {
					t.Fatalf("cannot read the path %q: %v", a.Path, err)
				}
			}
			s := rules[i].Selection

			switch {
			case strings.Contains(a.Message, "never acts"), strings.Contains(a.Message, "matches no image"):
				told["never acts"]++
				for range 20 {
					for _, class := range []string{standard, archive} {
						images := r.images(class, 120)
						for im, by := range preview(rules, images) {
							if by == i {
								t.Errorf("%s: %s\n%s\nacts on image %s of %+v", a.Path, a.Message, Policy(rules), im, images)
							}
						}
					}
				}
			case strings.Contains(a.Message, "adds nothing"), strings.Contains(a.Message, "in the list already"):
				told["adds nothing"]++
				without := s
				if len(s.TagPatternList) > 0 {
					without.TagPatternList = slices.Delete(slices.Clone(s.TagPatternList), entry, entry+1)
				} else {
					without.TagPrefixList = slices.Delete(slices.Clone(s.TagPrefixList), entry, entry+1)
				}
				for range 40 {
					for _, im := range r.images(standard, 1) {
						if identified(s, im.tags) != identified(without, im.tags) {
							t.Errorf("%s: %s\n%s\nmatters for tags %q", a.Path, a.Message, Policy(rules), im.tags)
						}
					}
				}
			case strings.Contains(a.Message, "a tag for each of"), strings.Contains(a.Message, "counts every image"):
				told["other"]++
			default:
				t.Errorf("no test knows the advice %q", a.Message)
			}
		}
	})
	for _, kind := range []string{"never acts", "adds nothing", "other"} {
		if told[kind] < 50 {
			t.Errorf("want at least 50 pieces of advice of the kind %q, got %d", kind, told[kind])
		}
	}
}

// TestAlternativesBruteForce shows that of no list that one tag cannot satisfy nothing
// is said.
func TestAlternativesBruteForce(t *testing.T) {
	tags := allTags("abc", 7)
	silent := 0
	random(t, 2000, func(t *testing.T, r source) {
		rule := r.rule()
		rule.Selection.TagStatus = tagged
		rule.Selection.TagPatternList, rule.Selection.TagPrefixList = []string{r.word("ab**", 3), r.word("ab**", 3)}, nil
		if len(Advise([]v1alpha1.LifecycleRule{rule}, rulesPath)) > 0 {
			return
		}
		silent++
		if !slices.ContainsFunc(tags, func(tag string) bool { return identified(rule.Selection, []string{tag}) }) {
			t.Errorf("Advise(...): want advice on %q, which no tag matches, got none", rule.Selection.TagPatternList)
		}
	})
	if silent < 100 {
		t.Errorf("want at least 100 lists that nothing is said of, got %d", silent)
	}
}

// TestAdviceIsBounded takes the largest policies that are accepted: 50 rules that share
// the 30,720 characters, each entry almost covered by the rule before.
func TestAdviceIsBounded(t *testing.T) {
	shapes := map[string]struct{ rules, entries int }{
		"ManyRules":     {rules: 50, entries: 70},
		"LongLists":     {rules: 40, entries: 100},
		"ComparedLists": {rules: 50, entries: 20},
	}
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			rules := make([]v1alpha1.LifecycleRule, shape.rules)
			for i := range rules {
				entries := make([]string, shape.entries)
				for j := range entries {
					entries[j] = fmt.Sprintf("%c*", 'a'+j%26)
				}
				entries[0] = fmt.Sprintf("x%d*", i)
				rules[i] = v1alpha1.LifecycleRule{
					Selection: v1alpha1.LifecycleSelection{TagStatus: tagged, TagPatternList: entries, CountType: byCount, CountNumber: 1},
					Action:    v1alpha1.LifecycleAction{Type: expire},
				}
			}
			if l := Validate(rules, rulesPath); len(l) > 0 {
				t.Fatalf("want rules that are accepted, got:\n%s", l.Message())
			}
			start := time.Now()
			a := Advise(rules, rulesPath)
			t.Logf("%s for %d characters", time.Since(start), len(Policy(rules)))

			size := 0
			for i := range a {
				size += len(a[i].Path) + len(a[i].Message)
			}
			if atMost := shape.rules * 2048; size > atMost {
				t.Errorf("want at most %d bytes of advice, got %d", atMost, size)
			}
		})
	}
}
