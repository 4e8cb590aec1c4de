package lifecycle

import (
	"strings"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
)

// A pattern is a set of tags: an entry of a tagPatternList or of a tagPrefixList.
type pattern struct {
	// entry is the pattern as it is written.
	entry string

	// parts are what is between the wildcards, so that a prefix that holds a `*`, which
	// is literal there, is no special case.
	parts []string

	// sample stands for every tag of the pattern: its parts with a byte between them
	// that no part of any pattern holds, being in UTF-8.
	sample string
}

func newPattern(entry string, parts ...string) pattern {
	return pattern{entry: entry, parts: parts, sample: strings.Join(parts, notUTF8)}
}

// notUTF8 is a byte that no text in UTF-8 holds.
const notUTF8 = "\xff"

// wildcard returns the pattern of an entry of a tagPatternList.
func wildcard(entry string) pattern { return newPattern(entry, strings.Split(entry, "*")...) }

// prefix returns the pattern of an entry of a tagPrefixList.
func prefix(entry string) pattern { return newPattern(entry, entry, "") }

// everyTag has every tag.
var everyTag = wildcard("*")

// patterns returns what a tagged rule asks for.
func patterns(s v1alpha1.LifecycleSelection) []pattern {
	of := prefix
	if len(s.TagPatternList) > 0 {
		of = wildcard
	}
	_, entries := tagList(s)
	var ps []pattern
	for _, e := range entries {
		ps = append(ps, of(e))
	}
	return ps
}

// tagList returns the list of tags that a selection has, and its name.
func tagList(s v1alpha1.LifecycleSelection) (name string, entries []string) {
	if len(s.TagPatternList) > 0 {
		return "tagPatternList", s.TagPatternList
	}
	return "tagPrefixList", s.TagPrefixList
}

// literal reports whether the pattern has no wildcard, and so is one tag.
func (p pattern) literal() bool { return len(p.parts) == 1 }

// first and last return what every tag in p starts and ends with.
func (p pattern) first() string { return p.parts[0] }
func (p pattern) last() string  { return p.parts[len(p.parts)-1] }

// matches reports whether the tag is in p.
func (p pattern) matches(tag string) bool {
	if p.literal() {
		return tag == p.first()
	}
	rest, ok := strings.CutPrefix(tag, p.first())
	if !ok {
		return false
	}
	// The leftmost place of each part leaves the most for the parts after it.
	for _, part := range p.parts[1 : len(p.parts)-1] {
		i := strings.Index(rest, part)
		if i < 0 {
			return false
		}
		rest = rest[i+len(part):]
	}
	return strings.HasSuffix(rest, p.last())
}

// covers reports whether every tag in q is in p.
//
// It asks whether p matches the sample of q. If it does, p's own wildcards took in the
// bytes that are in no part, and would take in anything else in their place: p covers
// q. If it does not, the sample stands for a tag in q, with some run of characters that
// p nowhere asks for, which is not in p.
func (p pattern) covers(q pattern) bool { return p.matches(q.sample) }

// meets reports whether there is a tag in both p and q.
func (p pattern) meets(q pattern) bool {
	if p.literal() {
		return q.matches(p.first())
	}
	if q.literal() {
		return p.matches(q.first())
	}
	// Both have a wildcard, that takes in the inner parts of the other: only what they
	// start and end with can differ.
	return (strings.HasPrefix(p.first(), q.first()) || strings.HasPrefix(q.first(), p.first())) &&
		(strings.HasSuffix(p.last(), q.last()) || strings.HasSuffix(q.last(), p.last()))
}

// impossible returns a character because of which no tag is in p, or 0. A tag has
// letters, digits, `_`, `.` and `-`, and does not start with the last two:
// https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
func (p pattern) impossible() rune {
	for i, part := range p.parts {
		for j, c := range part {
			switch {
			case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_':
			case c == '.' || c == '-':
				if i == 0 && j == 0 {
					return c
				}
			default:
				return c
			}
		}
	}
	return 0
}
