package lifecycle

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
)

// Parse returns the rules of a policy text, as AWS reports it, in the order of their priority; false if the text is not
// a policy. It does not validate the rules, and ignores unknown keys. Gaps between the priorities are lost: a rule's
// place in the list is its priority.
func Parse(text string) ([]v1alpha1.LifecycleRule, bool) {
	d, ok := parse(text)
	if !ok {
		return nil, false
	}
	rules := make([]v1alpha1.LifecycleRule, len(d.Rules))
	for i, r := range d.Rules {
		rules[i] = v1alpha1.LifecycleRule{Description: r.Description, Selection: r.Selection.LifecycleSelection, Action: r.Action}
		rules[i].Selection.CountNumber = int64(r.Selection.CountNumber)
	}
	return rules, true
}

// Priorities returns the priorities that Parse leaves out, in its order, for kubectl-ecr to show; nil if the text is
// not a policy.
func Priorities(text string) []int64 {
	d, ok := parse(text)
	if !ok {
		return nil
	}
	priorities := make([]int64, len(d.Rules))
	for i, r := range d.Rules {
		priorities[i] = int64(r.Priority)
	}
	return priorities
}

// Equal reports whether two policy texts are the same to the provider, which compares them to detect drift. White
// space, unknown keys, the order of keys, of rules with their priorities and of the tags in a list, and the form of a
// number make no difference, and an empty list equals none. Descriptions and priorities count. A text that is not a
// policy equals only itself.
func Equal(a, b string) bool {
	if a == b {
		return true
	}
	x, ok := parse(a)
	if !ok {
		return false
	}
	y, ok := parse(b)
	if !ok {
		return false
	}
	x.sortTags()
	y.sortTags()
	return x.text() == y.text()
}

// parse returns the document in a text, with its rules in the order of their priority, and nil in place of empty lists.
func parse(text string) (document, bool) {
	d := document{}
	if len(text) > maxText*utf8.UTFMax {
		return d, false // AWS has no policy of this length: somebody wrote it to keep the function busy.
	}
	// A text without rules, null included, is not a policy.
	if err := json.Unmarshal([]byte(text), &d); err != nil || d.Rules == nil {
		return document{}, false
	}
	slices.SortStableFunc(d.Rules, func(a, b rule) int { return cmp.Compare(a.Priority, b.Priority) })
	for i := range d.Rules {
		s := &d.Rules[i].Selection
		if len(s.TagPatternList) == 0 {
			s.TagPatternList = nil
		}
		if len(s.TagPrefixList) == 0 {
			s.TagPrefixList = nil
		}
	}
	return d, true
}

func (d document) sortTags() {
	for i := range d.Rules {
		slices.Sort(d.Rules[i].Selection.TagPatternList)
		slices.Sort(d.Rules[i].Selection.TagPrefixList)
	}
}

// An integer is a JSON number without a fraction, in any form: 14, 14.0, 1.4e1. They are the same to AWS and the
// provider.
type integer int64

// UnmarshalJSON reads a number.
func (i *integer) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	if n, err := strconv.ParseInt(string(b), 10, 64); err == nil {
		*i = integer(n)
		return nil
	}
	// Above 2^53 a float cannot represent every integer.
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return fmt.Errorf("not an integer: %s", b)
	}
	*i = integer(f)
	return nil
}
