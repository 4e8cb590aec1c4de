package lifecycle

import (
	"slices"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
)

// A Loss is a new rule that may take images that the old rules keep.
type Loss struct {
	// Rule is the index of the new rule.
	Rule int

	// Archives reports whether the new rule archives the images. An archived manifest list no longer holds its images,
	// and signatures are archived with their image: other rules may expire those.
	Archives bool

	// Claimants are the indexes of the old rules that claim the images, in their order; -1 stands for no rule.
	Claimants []int

	// CountNumber is the least countNumber with which the new rule would take none of the images; 0 if there is none.
	CountNumber int64
}

// Losses returns the new rules that may expire images that the old rules keep, or expire them earlier. It decides for
// every repository: if it returns none, no image is lost, whatever is pushed.
//
// It compares the conditions of each pair of an old and a new rule that can claim the same image. It skips pairs that
// cannot, as far as their tag lists show it.
func Losses(old, rules []v1alpha1.LifecycleRule) []Loss {
	if !slices.ContainsFunc(rules, func(r v1alpha1.LifecycleRule) bool { return r.Action.Type == expire }) {
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

// countNumber returns the least countNumber with which the rule of a loss takes none of the images, or 0.
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

// A comparison has the rules of two policies, and which of their tag patterns cover each other.
type comparison struct {
	old, rules []term
}

// A term is a rule in a comparison.
type term struct {
	v1alpha1.LifecycleRule
	Selector

	idle bool // Never acts, but may claim images.

	// covers has for each rule, the old ones first, which of the term's tag patterns cover a pattern of that rule.
	covers [][]bool
}

func newComparison(old, rules []v1alpha1.LifecycleRule) *comparison {
	terms := make([]term, 0, len(old)+len(rules))
	entries := 0
	for _, r := range slices.Concat(old, rules) {
		t := term{LifecycleRule: r, Selector: NewSelector(r.Selection)}
		// A tag is on one image at a time, and a count keeps at least one image.
		t.idle = r.Selection.CountType == ByCount && slices.ContainsFunc(t.tags, pattern.literal)
		entries += len(t.tags)
		terms = append(terms, t)
	}
	few := entries*entries <= maxCovers
	samples := make([]map[string]bool, len(terms))
	for k, t := range terms {
		samples[k] = map[string]bool{}
		for _, p := range t.tags {
			samples[k][p.sample] = true
		}
	}
	for i, t := range terms {
		terms[i].covers = make([][]bool, len(terms))
		for k := range terms {
			covers := make([]bool, len(t.tags))
			for n, p := range t.tags {
				covers[n] = samples[k][p.sample] || p.covers(everyTag) || few && slices.ContainsFunc(terms[k].tags, p.covers)
			}
			terms[i].covers[k] = covers
		}
	}
	return &comparison{old: terms[:len(old):len(old)], rules: terms[len(old):]}
}

// maxCovers is the maximum number of pairs of tag list entries that are compared. Above it, an entry covers another
// only if they are equal, or if it covers every tag.
const maxCovers = 500_000

// claimTogether reports whether there may be an image that the new rule n acts on and the old rule o claims. If o is -1,
// no old rule claims the image.
func (c *comparison) claimTogether(o, n int) bool {
	if c.rules[n].idle || o >= 0 && c.old[o].class != c.rules[n].class {
		return false
	}
	return c.claimUntagged(o, n) || c.claimTagged(o, n)
}

// claimUntagged is claimTogether for untagged images: they belong to the first rule over them.
func (c *comparison) claimUntagged(o, n int) bool {
	first := func(of []term) int {
		return slices.IndexFunc(of, func(t term) bool { return t.class == c.rules[n].class && t.untagged })
	}
	return c.rules[n].untagged && first(c.rules) == n && first(c.old) == o
}

// claimTagged is claimTogether for tagged images: all rules before the two may leave them an image with a tag for each
// of their patterns.
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

// takes reports whether rule t selects every tagged image that both the old rule o and the new rule n select.
func (c *comparison) takes(t *term, o, n int) bool {
	for k := range t.tags {
		if !t.covers[len(c.old)+n][k] && (o < 0 || !t.covers[o][k]) {
			return false
		}
	}
	return true
}

// implies reports whether the old rule acts on an image whenever the new rule does, if that has the countNumber number:
// it expires what the new rule expires, and expires or archives what the new rule archives.
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

// includes reports whether the old rule selects every image that the new rule selects.
func (c *comparison) includes(o, n int) bool {
	was, is := &c.old[o], &c.rules[n]
	if is.untagged && !was.untagged {
		return false
	}
	return is.tags == nil || was.tags != nil && !slices.Contains(was.covers[len(c.old)+n], false)
}
