package lifecycle

import (
	"slices"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
)

// A Loss is a rule that may take images which another policy keeps.
type Loss struct {
	// Rule is its index.
	Rule int

	// Archives reports whether the rule archives the images. What is archived no longer
	// holds the images of a manifest list, and takes its signatures with it: other rules may
	// expire those.
	Archives bool

	// Claimants are the indexes of the rules that claim the images in the other policy, in
	// their order; -1 stands for none.
	Claimants []int

	// CountNumber is the least with which the rule would take none of the images, or 0 if
	// there is none.
	CountNumber int64
}

// Losses returns the rules that may expire images which the old rules keep, or expire
// them earlier. It decides for every repository: if it returns none, no image is lost
// whatever is pushed.
//
// It compares, for each pair of an old and a new rule that can claim one image, on what
// condition they act. Rules that claim no image together are skipped as far as that
// shows in their tag lists.
func Losses(old, rules []v1alpha1.LifecycleRule) []Loss {
	expires := slices.ContainsFunc(rules, func(r v1alpha1.LifecycleRule) bool { return r.Action.Type == expire })
	if !expires {
		return nil
	}
	c := newComparison(old, rules)
	var losses []Loss
	for n, r := range c.rules {
		l := Loss{Rule: n, Archives: r.Action.Type == Transition}
		for o := -1; o < len(old); o++ {
			if c.claimTogether(o, n) && (o < 0 || !c.implies(o, n, r.Selection.CountNumber)) {
				l.Claimants = append(l.Claimants, o)
			}
		}
		if len(l.Claimants) > 0 {
			l.CountNumber = c.countNumber(l)
			losses = append(losses, l)
		}
	}
	return losses
}

// countNumber returns the least number with which the rule of a loss takes no image, or
// 0.
func (c *comparison) countNumber(l Loss) int64 {
	least := int64(0)
	for _, o := range l.Claimants {
		if o < 0 {
			return 0
		}
		least = max(least, c.old[o].Selection.CountNumber)
	}
	if slices.ContainsFunc(l.Claimants, func(o int) bool { return !c.implies(o, l.Rule, least) }) {
		return 0
	}
	return least
}

// A comparison of two policies knows which selections cover which.
type comparison struct {
	old, rules []term
}

// A term is a rule in a comparison.
type term struct {
	v1alpha1.LifecycleRule
	Selector

	idle bool // Never acts, and may claim all the same.

	// covers has for each rule, the old ones first, which of the tag patterns cover a pattern
	// of that rule.
	covers [][]bool
}

func newComparison(old, rules []v1alpha1.LifecycleRule) *comparison {
	terms := make([]term, 0, len(old)+len(rules))
	patterns := 0
	for _, r := range slices.Concat(old, rules) {
		t := term{LifecycleRule: r, Selector: NewSelector(r.Selection)}
		// One tag is on one image, and a count keeps one.
		t.idle = r.Selection.CountType == ByCount && slices.ContainsFunc(t.tags, pattern.literal)
		patterns += len(t.tags)
		terms = append(terms, t)
	}
	short := patterns*patterns <= maxCovers
	written := make([]map[string]bool, len(terms))
	for k, t := range terms {
		written[k] = map[string]bool{}
		for _, p := range t.tags {
			written[k][p.sample] = true
		}
	}
	for i, t := range terms {
		terms[i].covers = make([][]bool, len(terms))
		for k := range terms {
			covers := make([]bool, len(t.tags))
			for n, p := range t.tags {
				covers[n] = written[k][p.sample] || p.covers(everyTag) || short && slices.ContainsFunc(terms[k].tags, p.covers)
			}
			terms[i].covers[k] = covers
		}
	}
	return &comparison{old: terms[:len(old):len(old)], rules: terms[len(old):]}
}

// maxCovers bounds the pairs of tag list entries that a comparison looks at. Beyond, one
// entry covers another only if they are equal, or if it covers every tag.
const maxCovers = 500_000

// claimTogether reports whether there may be an image that the new rule n acts on and
// the old rule o claims; with -1, that no old rule claims.
func (c *comparison) claimTogether(o, n int) bool {
	if c.rules[n].idle || o >= 0 && c.old[o].class != c.rules[n].class {
		return false
	}
	return c.claimUntagged(o, n) || c.claimTagged(o, n)
}

func (c *comparison) claimUntagged(o, n int) bool {
	first := func(of []term) int {
		return slices.IndexFunc(of, func(t term) bool { return t.class == c.rules[n].class && t.untagged })
	}
	return c.rules[n].untagged && first(c.rules) == n && first(c.old) == o
}

// claimTagged reports whether an image with a tag for each pattern of both rules may be
// left to them by all rules before.
func (c *comparison) claimTagged(o, n int) bool {
	if c.rules[n].tags == nil || o >= 0 && c.old[o].tags == nil {
		return false
	}
	before := c.old
	if o >= 0 {
		before = c.old[:o]
	}
	takes := func(t term) bool {
		return t.class == c.rules[n].class && t.tags != nil && c.takes(&t, o, n)
	}
	return !slices.ContainsFunc(before, takes) && !slices.ContainsFunc(c.rules[:n], takes)
}

// takes reports whether a rule selects every image that both rules select.
func (c *comparison) takes(t *term, o, n int) bool {
	for k := range t.tags {
		if !t.covers[len(c.old)+n][k] && (o < 0 || !t.covers[o][k]) {
			return false
		}
	}
	return true
}

// implies reports whether the old rule acts on an image whenever the new one does, if that
// has a number: it expires what the new one expires, and expires or archives what the new
// one archives.
func (c *comparison) implies(o, n int, number int64) bool {
	was, is := &c.old[o], &c.rules[n]
	if was.idle || was.Action.Type == Transition && is.Action.Type == expire {
		return false
	}
	a, b := was.Selection, is.Selection
	switch {
	case number < a.CountNumber:
		return false
	case a.CountType == ByCount && b.CountType == ByCount:
		// What the new rule counts, the old one must count too.
		return c.includes(o, n)
	case a.CountType == sincePushed && b.CountType == SincePulled:
		return true // An image is pushed before it is pulled.
	}
	return a.CountType == b.CountType
}

// includes reports whether the old rule selects every image that the new one selects.
func (c *comparison) includes(o, n int) bool {
	was, is := &c.old[o], &c.rules[n]
	if is.untagged && !was.untagged {
		return false
	}
	return is.tags == nil || was.tags != nil && !slices.Contains(was.covers[len(c.old)+n], false)
}
