package lifecycle

import (
	"strings"
	"testing"
)

func TestCovers(t *testing.T) {
	cases := map[string]struct {
		reason string
		p, q   pattern
		want   bool
	}{
		"Everything":      {reason: "* is every tag.", p: wildcard("*"), q: wildcard("v*"), want: true},
		"EverythingTwice": {reason: "** is as much as *.", p: wildcard("**"), q: wildcard("*"), want: true},
		"NotEverything":   {reason: "A tag need not start with v.", p: wildcard("v*"), q: wildcard("*")},
		"LongerStart":     {reason: "What starts with v1. starts with v.", p: wildcard("v*"), q: wildcard("v1.*"), want: true},
		"Itself":          {reason: "Every set is in itself.", p: wildcard("*a*b*"), q: wildcard("*a*b*"), want: true},
		"OtherOrder":      {reason: "ba has no b after an a.", p: wildcard("*a*b*"), q: wildcard("*b*a*")},
		"InsideOut":       {reason: "aXXb holds an a and then a b.", p: wildcard("*a*b*"), q: wildcard("a*b"), want: true},
		"NoOverlap":       {reason: "The tag a does not start and end with an a of its own.", p: wildcard("a*a"), q: wildcard("a")},
		"AcrossWildcard":  {reason: "Whether ab is in a*b depends on what the * is: acb.", p: wildcard("*ab*"), q: wildcard("a*b")},
		"OneTag":          {reason: "The tag v1 starts with v.", p: wildcard("v*"), q: wildcard("v1"), want: true},
		"PrefixOfPattern": {reason: "A prefix is a pattern that ends in *.", p: prefix("v"), q: wildcard("v*"), want: true},
		"PatternOfPrefix": {reason: "A prefix is a pattern that ends in *.", p: wildcard("v*"), q: prefix("v"), want: true},
		"LiteralStar":     {reason: "The * of a prefix is a character.", p: prefix("v*"), q: wildcard("v*")},
		"LiteralStarIn":   {reason: "A * is a character that * matches.", p: wildcard("v*"), q: prefix("v*"), want: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := tc.p.covers(tc.q); got != tc.want {
				t.Errorf("%s\n%q.covers(%q): want %t, got %t", tc.reason, tc.p.parts, tc.q.parts, tc.want, got)
			}
		})
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

// TestPatternsBruteForce compares covers and meets with what they mean, over all short
// tags. c is in no pattern, as there are characters in no pattern that teams write.
func TestPatternsBruteForce(t *testing.T) {
	tags := allTags("abc", 7)
	random(t, 1000, func(t *testing.T, r source) {
		of := func() pattern {
			if r.chance(20) {
				return prefix(r.word("ab", 3))
			}
			return wildcard(r.word("ab**", 5))
		}
		p, q := of(), of()
		covers, meets := true, false
		for _, tag := range tags {
			inP, inQ := matches(p.parts, tag), matches(q.parts, tag)
			if got := p.matches(tag); got != inP {
				t.Errorf("%q.matches(%q): want %t, got %t", p.parts, tag, inP, got)
			}
			covers = covers && (inP || !inQ)
			meets = meets || inP && inQ
		}
		if got := p.covers(q); got != covers {
			t.Errorf("%q.covers(%q): want %t, got %t", p.parts, q.parts, covers, got)
		}
		if got := p.meets(q); got != meets {
			t.Errorf("%q.meets(%q): want %t, got %t", p.parts, q.parts, meets, got)
		}
	})
}

// matches reports whether a tag is in the pattern with the given parts, by trying
// everything.
func matches(parts []string, tag string) bool {
	if len(parts) == 1 {
		return parts[0] == tag
	}
	rest, ok := strings.CutPrefix(tag, parts[0])
	for i := 0; ok && i <= len(rest); i++ {
		if matches(parts[1:], rest[i:]) {
			return true
		}
	}
	return false
}

func TestImpossible(t *testing.T) {
	cases := map[string]struct {
		reason string
		p      pattern
		want   rune
	}{
		"Version":      {reason: "Letters, digits, dots, dashes and underscores.", p: wildcard("v1.2_3-*"), want: 0},
		"Branch":       {reason: "Git's branches have slashes, tags have none.", p: wildcard("feature/*"), want: '/'},
		"Digest":       {reason: "A digest is no tag.", p: prefix("sha256:"), want: ':'},
		"CommaList":    {reason: "One entry is one tag.", p: prefix("dev,staging"), want: ','},
		"Space":        {reason: "White space is not cut off.", p: wildcard(" v*"), want: ' '},
		"StarInPrefix": {reason: "A * in a prefix is a character.", p: prefix("dev*"), want: '*'},
		"StartsDash":   {reason: "No tag starts with a dash.", p: wildcard("-rc*"), want: '-'},
		"StartsDot":    {reason: "No tag starts with a dot.", p: prefix("."), want: '.'},
		"EndsDash":     {reason: "A tag may hold a dash anywhere else.", p: wildcard("*-rc"), want: 0},
		"NotASCII":     {reason: "Letters are those of ASCII.", p: wildcard("*é"), want: 'é'},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := tc.p.impossible(); got != tc.want {
				t.Errorf("%s\n%q.impossible(): want %q, got %q", tc.reason, tc.p.parts, tc.want, got)
			}
		})
	}
}
