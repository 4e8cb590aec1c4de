package lifecycle

import (
	"strings"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
)

// A pattern is an entry of a tagPatternList or of a tagPrefixList, and stands for the set of tags that it matches.
type pattern struct {
	// entry is the pattern as it is written.
	entry string

	// parts are the texts before, between and after the wildcards. A `*` in a prefix, where it is literal, is part of a
	// text.
	parts []string

	// sample stands for every tag of the pattern: its parts, joined by a byte that occurs in no pattern, since all are
	// UTF-8.
	sample string
}

func newPattern(entry string, parts ...string) pattern {
	return pattern{entry: entry, parts: parts, sample: strings.Join(parts, notUTF8)}
}

// notUTF8 is a byte that occurs in no UTF-8 text.
const notUTF8 = "\xff"

// wildcard returns the pattern of an entry of a tagPatternList.
func wildcard(entry string) pattern { return newPattern(entry, strings.Split(entry, "*")...) }

// prefix returns the pattern of an entry of a tagPrefixList.
func prefix(entry string) pattern { return newPattern(entry, entry, "") }

// everyTag matches every tag.
var everyTag = wildcard("*")

// patterns returns the patterns of a tagged rule.
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

// tagList returns the name and the entries of the tag list that a selection has.
func tagList(s v1alpha1.LifecycleSelection) (name string, entries []string) {
	if len(s.TagPatternList) > 0 {
		return "tagPatternList", s.TagPatternList
	}
	return "tagPrefixList", s.TagPrefixList
}

// literal reports whether the pattern has no wildcard, and so matches one tag.
func (p pattern) literal() bool { return len(p.parts) == 1 }

// first and last return the start and the end of every tag that p matches.
func (p pattern) first() string { return p.parts[0] }
func (p pattern) last() string  { return p.parts[len(p.parts)-1] }

// matches reports whether p matches a tag.
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

// covers reports whether p matches every tag that q matches.
//
// It does if p matches the sample of q: the joining bytes are in no part, so that p's wildcards matched them, and these
// match anything else in their place as well. If p does not match the sample, then it does not match the tag of q that
// has, in place of the joining bytes, characters that are nowhere in p.
func (p pattern) covers(q pattern) bool { return p.matches(q.sample) }

// meets reports whether both p and q match some tag.
func (p pattern) meets(q pattern) bool {
	if p.literal() {
		return q.matches(p.first())
	}
	if q.literal() {
		return p.matches(q.first())
	}
	// The wildcard of each matches the inner parts of the other. Only their starts and their ends can exclude each
	// other.
	return (strings.HasPrefix(p.first(), q.first()) || strings.HasPrefix(q.first(), p.first())) &&
		(strings.HasSuffix(p.last(), q.last()) || strings.HasSuffix(q.last(), p.last()))
}

// impossible returns a character of p that no tag has in its place, or 0. A tag has letters, digits, `_`, `.` and `-`,
// and does not start with the last two:
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
