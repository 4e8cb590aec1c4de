package lifecycle

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/fault"
)

// Advise returns advice on the list of rules at a path, which Validate must accept: on what AWS allows but may surprise
// the author, with fixes. It holds for every repository: there is no advice on what depends on the images.
func Advise(rules []v1alpha1.LifecycleRule, path *field.Path) fault.Advice {
	a := advice{rules: rules, selectors: selectors(rules)}
	for i := range rules {
		p := path.Index(i)
		s := rules[i].Selection
		if s.TagStatus == tagged && a.onTagList(s, p.Child("selection")) {
			continue // A rule that matches nothing needs no further advice.
		}
		if a.claimed(i, p) {
			continue
		}
		a.oneTagCounted(i, p.Child("selection"))
		a.anyCounted(i, p.Child("selection"))
	}
	return a.Advice
}

// advice collects the advice on one list of rules.
type advice struct {
	fault.Advice

	rules     []v1alpha1.LifecycleRule
	selectors []Selector
}

// onTagList advises on the tag list of a rule, and reports whether the rule matches no image.
func (a *advice) onTagList(s v1alpha1.LifecycleSelection, p *field.Path) (matchesNone bool) {
	ps := patterns(s)
	name, _ := tagList(s)
	p = p.Child(name)
	if a.impossible(ps, p) {
		return true
	}
	noun := "prefix"
	if name == "tagPatternList" {
		noun = "pattern"
	}
	needed := a.redundant(ps, noun, p)
	if !alternatives(needed) {
		return false
	}
	fix := fmt.Sprintf("to match images with any one of them, write one rule per %s", noun)
	if s.CountType == ByCount {
		fix += fmt.Sprintf(", each of which then keeps %d", s.CountNumber)
	}
	if c, ok := combined(needed); ok {
		fix += fmt.Sprintf("; to match a single tag that holds all of it, write one pattern like %q", c)
	}
	quoted := make([]string, len(needed))
	for i, p := range needed {
		quoted[i] = strconv.Quote(p.entry)
	}
	a.Add(p,
		"an image must match every entry of a tag list, so this rule matches only images that carry a tag "+
			"for each of %s; %s", list(quoted), fix)
	return false
}

// impossible advises on patterns that match no tag, and reports whether there are any.
func (a *advice) impossible(ps []pattern, p *field.Path) bool {
	told := 0
	for i := range ps {
		c := ps[i].impossible()
		if c == 0 {
			continue
		}
		if told++; told > maxNamed {
			break
		}
		switch c {
		case '*':
			a.Add(p.Index(i),
				"%q matches no image: a * in tagPrefixList is no wildcard, and no tag holds one; write the pattern "+
					"in tagPatternList", ps[i].entry)
		case '.', '-':
			a.Add(p.Index(i),
				"%q matches no image: no tag starts with %q; write what the tags start with, or a * before it in "+
					"tagPatternList", ps[i].entry, c)
		default:
			a.Add(p.Index(i),
				"%q matches no image: no tag holds the character %q; write the tags as they are pushed, one entry each", ps[i].entry, c)
		}
	}
	return told > 0
}

// redundant advises on patterns that add nothing, since another one implies them, and returns those that are needed.
func (a *advice) redundant(ps []pattern, noun string, p *field.Path) (needed []pattern) {
	told := 0
	for i, x := range ps {
		j := implied(ps, i)
		if j < 0 {
			needed = append(needed, x)
			continue
		}
		if told++; told > maxNamed {
			continue
		}
		if x.entry == ps[j].entry {
			a.Add(p.Index(i), "%q is in the list already; leave it out", x.entry)
			continue
		}
		a.Add(p.Index(i),
			"%q adds nothing: an image must match every %s of the list, and whatever matches %q matches it too; "+
				"leave it out, or write a rule of its own if it is to match more images", x.entry, noun, ps[j].entry)
	}
	return needed
}

// implied returns the index of a pattern that implies ps[i], since ps[i] covers it; -1 if there is none. Of two
// patterns that cover each other the first is needed.
func implied(ps []pattern, i int) int {
	for j := range ps {
		if j != i && ps[i].covers(ps[j]) && (j < i || !ps[j].covers(ps[i])) {
			return j
		}
	}
	return -1
}

// alternatives reports whether two of the patterns read like alternatives: no tag matches both, or they ask for
// different parts in the same place, like *dev* and *test*. A start and an end, like v* and *-rc, read like one tag
// that has both.
func alternatives(ps []pattern) bool {
	for i, p := range ps {
		for _, q := range ps[i+1:] {
			if !p.meets(q) || shape(p) == shape(q) {
				return true
			}
		}
	}
	return false
}

// shape reports whether a pattern fixes the start and the end of its tags.
func shape(p pattern) [2]bool { return [2]bool{p.first() != "", p.last() != ""} }

// combined returns a pattern that matches only tags of both of two patterns, if these leave the start and the end open.
func combined(ps []pattern) (string, bool) {
	open := [2]bool{}
	if len(ps) != 2 || shape(ps[0]) != open || shape(ps[1]) != open {
		return "", false
	}
	inner := func(p pattern) []string { return p.parts[1 : len(p.parts)-1] }
	c := "*" + strings.Join(slices.Concat(inner(ps[0]), inner(ps[1])), "*") + "*"
	return c, strings.Count(c, "*") <= maxWildcards
}

// claimed advises on rule i if earlier rules leave it no image to act on, and reports whether they do.
func (a *advice) claimed(i int, p *field.Path) bool {
	by := claimants(a.selectors, i)
	if len(by) == 0 {
		return false
	}
	s := a.selectors[i]
	names := make([]string, len(by))
	for k, j := range by {
		names[k] = fmt.Sprintf("rules[%d]", j)
	}
	who, verb := names[0], "claims"
	if len(by) > 1 {
		who, verb = list(names)+" together", "claim"
	}

	fix := ""
	switch {
	case a.rules[i].Selection.TagStatus == anyImage:
		fix = fmt.Sprintf("remove it, or narrow %s, since a rule over any images must stay the last", strings.Join(names, " or "))
	case s.untagged || s.coversTagged(a.selectors[by[0]]):
		fix = "remove one of them: both select the same images, and only one rule acts on an image"
	default:
		fix = fmt.Sprintf("move it before %s", who)
	}
	if a.rules[i].Action.Type == expire && slices.ContainsFunc(by, func(j int) bool { return a.rules[j].Action.Type == Transition }) {
		fix += fmt.Sprintf("; to expire what has been archived, write countType %s with storageClass %s", sinceTransitioned, archive)
	}
	a.Add(p, "this rule never acts: %s %s every image that it selects, also those that it keeps; %s", who, verb, fix)
	return true
}

// oneTagCounted advises on a rule that counts the images with one certain tag. With a later rule over tagged images it
// is useful: it keeps the image from that rule.
func (a *advice) oneTagCounted(i int, p *field.Path) {
	s := a.rules[i].Selection
	k := slices.IndexFunc(a.selectors[i].tags, pattern.literal)
	if k < 0 || s.CountType != ByCount {
		return
	}
	for j := i + 1; j < len(a.rules); j++ {
		if a.rules[j].Selection.TagStatus != untagged && a.selectors[j].class == a.selectors[i].class {
			return
		}
	}
	tag := a.selectors[i].tags[k].entry
	a.Add(p.Child("tagPatternList").Index(k),
		"this rule never acts: %q is one tag, one image at a time carries it, and that is never more than "+
			"%d; write %q for all tags that start with it", tag, s.CountNumber, tag+"*")
}

// anyCounted advises on a rule that counts any images.
func (a *advice) anyCounted(i int, p *field.Path) {
	s := a.rules[i].Selection
	if s.TagStatus != anyImage || s.CountType != ByCount {
		return
	}
	also, room, rest := "", "", ", and expire untagged images by a rule of their own"
	for j, earlier := range a.selectors[:i] {
		switch {
		case earlier.class != a.selectors[i].class:
		case earlier.allTagged():
			return // It acts on untagged images only.
		case a.rules[j].Selection.TagStatus == untagged:
			rest = ""
		default:
			also = ", and those that an earlier rule claims"
			room = ", with room in countNumber for what earlier rules keep"
		}
	}
	keeps := fmt.Sprintf("fewer than %d tags", s.CountNumber)
	if s.CountNumber == 1 {
		keeps = "no tagged image"
	}
	a.Add(p.Child("countNumber"),
		"this rule counts every image, also untagged ones, such as those for each platform of a multi-arch tag%s: it may "+
			"keep %s; to count tagged images only, write tagStatus tagged with tagPatternList [\"*\"]%s%s", also, keeps, room, rest)
}

// maxNamed is the maximum number of entries of a list that advice names.
const maxNamed = 5

// list joins words with commas and an "and". It only counts the words after maxNamed.
func list(words []string) string {
	if n := len(words) - maxNamed; n > 0 {
		words = append(slices.Clip(words[:maxNamed]), fmt.Sprintf("%d more", n))
	}
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
