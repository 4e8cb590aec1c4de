package lifecycle

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/fault"
)

// AWS's limits. The policy text also has a minimum of 100 characters, which every rule exceeds.
const (
	maxRules     = 50
	maxText      = 30720
	maxWildcards = 4

	minTransitionedDays = 90
)

// The API's own limits, where AWS documents none.
const (
	maxDescription = 1024
	maxEntries     = 100
	maxEntry       = 128
)

// Validate validates the list of rules at a path, up to the number of rules that ECR allows. A zero TagStatus,
// CountType, CountNumber or action type counts as missing.
func Validate(rules []v1alpha1.LifecycleRule, path *field.Path) fault.List {
	var l fault.List
	if len(rules) > maxRules {
		l.AWS("lifecycle.rules", path, len(rules), "a lifecycle policy has at most %d rules", maxRules)
		rules = rules[:maxRules]
	}
	if n := sentLength(rules); n > maxText {
		l.AWS("lifecycle.text", path, nil,
			"the lifecycle policy has %d characters, at most %d are allowed; shorten descriptions and tag lists", n, maxText)
	}
	sets := sets{}
	for i, r := range rules {
		p := path.Index(i)
		if r.Description != nil && utf8.RuneCountInString(*r.Description) > maxDescription {
			l.Invalid(p.Child("description"), *r.Description, "must have at most %d characters", maxDescription)
		}
		l.Add(sets.validate(i, r.Selection, p)...)
		l.Add(validateSelection(r.Selection, p.Child("selection"))...)
		l.Add(validateAction(r, p.Child("action"))...)
	}
	return l
}

// sentLength returns the length of the policy text as it reaches AWS, in characters. The provider encodes the text
// again, and then writes `<`, `>` and `&` as six characters each.
func sentLength(rules []v1alpha1.LifecycleRule) int {
	b := &bytes.Buffer{}
	json.HTMLEscape(b, []byte(Policy(rules)))
	return utf8.RuneCount(b.Bytes())
}

func validateSelection(s v1alpha1.LifecycleSelection, p *field.Path) fault.List {
	var l fault.List
	l.Add(oneOf("lifecycle.tag-status", p.Child("tagStatus"), s.TagStatus, tagStatuses)...)
	l.Add(validateTags(s, p)...)
	l.Add(validateStorageClass(s, p.Child("storageClass"))...)
	l.Add(oneOf("lifecycle.count-type", p.Child("countType"), s.CountType, countTypes)...)
	l.Add(validateCount(s, p)...)
	return l
}

// oneOf validates a word, which must be one of AWS's.
func oneOf(id string, p *field.Path, word string, words []string) fault.List {
	var l fault.List
	switch {
	case word == "":
		l.AWS(id, p, nil, "required: one of %s", strings.Join(words, ", "))
	case !slices.Contains(words, word):
		l.AWS(id, p, word, "must be one of %s", strings.Join(words, ", "))
	}
	return l
}

func validateTags(s v1alpha1.LifecycleSelection, p *field.Path) fault.List {
	var l fault.List
	const id = "lifecycle.tag-list"
	if s.TagStatus == tagged && s.TagPatternList == nil && s.TagPrefixList == nil {
		l.AWS(id, p.Child("tagPatternList"), nil,
			`Must specify tagPrefixList or tagPatternList when tagStatus=TAGGED; ["*"] selects every tagged image`)
	}
	l.Add(validateTagList(s.TagStatus, s.TagPatternList, p.Child("tagPatternList"), maxWildcards)...)
	if s.TagStatus == tagged && len(s.TagPatternList) > 0 && len(s.TagPrefixList) > 0 {
		l.AWS(id, p.Child("tagPrefixList"), s.TagPrefixList,
			"must be absent, since tagPatternList is given: a rule has one of them; write the prefix dev as "+
				"pattern dev*, or a rule of its own")
	}
	// A wildcard is an ordinary character of a prefix.
	l.Add(validateTagList(s.TagStatus, s.TagPrefixList, p.Child("tagPrefixList"), -1)...)
	return l
}

// validateTagList validates one list of tags. wildcards is the maximum number of `*` in an entry, or -1 if `*` is
// literal.
func validateTagList(tagStatus string, entries []string, p *field.Path, wildcards int) fault.List {
	var l fault.List
	const id = "lifecycle.tag-list"
	if entries == nil {
		return l
	}
	if tagStatus == untagged || tagStatus == anyImage {
		l.AWS(id, p, entries, "must be absent with tagStatus %s; remove it, or write tagStatus tagged", tagStatus)
		return l
	}
	if len(entries) == 0 {
		l.AWS(id, p, entries, "must not be empty; remove it, or name the tags")
	}
	if len(entries) > maxEntries {
		l.Invalid(p, len(entries), "must have at most %d entries", maxEntries)
	}
	for i, e := range entries {
		if e == "" {
			l.Invalid(p.Index(i), e, `must not be empty; to select every tagged image, write tagPatternList ["*"]`)
		}
		if utf8.RuneCountInString(e) > maxEntry {
			l.Invalid(p.Index(i), e, "must have at most %d characters", maxEntry)
		}
		if n := strings.Count(e, "*"); wildcards >= 0 && n > wildcards {
			l.AWS("lifecycle.wildcards", p.Index(i), e, "has %d wildcards (*), at most %d are allowed per string", n, wildcards)
		}
	}
	return l
}

func validateStorageClass(s v1alpha1.LifecycleSelection, p *field.Path) fault.List {
	var l fault.List
	const id = "lifecycle.storage-class"
	archived := s.CountType == sinceTransitioned
	switch c := s.StorageClass; {
	case c == nil && archived:
		l.AWS(id, p, nil, "required with countType %s: write %s", sinceTransitioned, archive)
	case c == nil:
	case !slices.Contains(countTypes, s.CountType): // It is unknown which class the rule needs.
		if !slices.Contains(storageClasses, *c) {
			l.AWS(id, p, *c, "must be one of %s", strings.Join(storageClasses, ", "))
		}
	case archived && *c != archive:
		l.AWS(id, p, *c, "must be %s with countType %s", archive, sinceTransitioned)
	case !archived && *c != standard:
		l.AWS(id, p, *c,
			"must be %s or absent with countType %s; archived images are selected by countType %s only", standard, s.CountType, sinceTransitioned)
	}
	return l
}

func validateCount(s v1alpha1.LifecycleSelection, p *field.Path) fault.List {
	var l fault.List
	unit := p.Child("countUnit")
	const unitID = "lifecycle.count-unit"
	switch {
	case s.CountUnit == nil:
		if s.CountType != ByCount && slices.Contains(countTypes, s.CountType) {
			l.AWS(unitID, unit, nil, "required with countType %s: write %s", s.CountType, days)
		}
	case s.CountType == ByCount:
		l.AWS(unitID, unit, *s.CountUnit, "must be absent with countType %s, which counts images; remove it", ByCount)
	case *s.CountUnit != days:
		l.AWS(unitID, unit, *s.CountUnit, "must be %s", days)
	}

	least, why := int64(1), ""
	if s.CountType == sinceTransitioned {
		least, why = minTransitionedDays, ": an image stays archived for that many days at least"
	}
	if s.CountNumber == 0 {
		l.AWS("lifecycle.count-number", p.Child("countNumber"), nil, "required, at least %d%s", least, why)
		return l
	}
	if s.CountNumber < least {
		l.AWS("lifecycle.count-number", p.Child("countNumber"), s.CountNumber, "must be at least %d%s", least, why)
	}
	if s.CountNumber > v1alpha1.MaxCount {
		l.Invalid(p.Child("countNumber"), s.CountNumber, "must be at most %d", v1alpha1.MaxCount)
	}
	return l
}

func validateAction(r v1alpha1.LifecycleRule, p *field.Path) fault.List {
	var l fault.List
	const id = "lifecycle.action"
	l.Add(oneOf(id, p.Child("type"), r.Action.Type, actions)...)

	// If the count type allows only one action, the fault is the other action, and not what that lacks.
	target := p.Child("targetStorageClass")
	t := r.Action.TargetStorageClass
	switch {
	case r.Action.Type == Transition && r.Selection.CountType == sinceTransitioned:
		l.AWS(id, p.Child("type"), Transition,
			"must be %s with countType %s, without targetStorageClass: its images are archived already", expire, sinceTransitioned)
		return l
	case r.Action.Type == expire && r.Selection.CountType == SincePulled:
		l.AWS(id, p.Child("type"), expire,
			"must be %s with countType %s; write %s with targetStorageClass %s, and expire archived images by a "+
				"rule with countType %s", Transition, SincePulled, Transition, archive, sinceTransitioned)
	case r.Action.Type == expire && t != nil:
		fix := "remove it"
		if r.Selection.CountType != sinceTransitioned {
			fix += ", or write type " + Transition
		}
		l.AWS(id, target, *t, "must be absent with type %s; %s", expire, fix)
		return l
	case r.Action.Type == Transition && t == nil:
		l.AWS(id, target, nil, "required with type %s: write %s", Transition, archive)
	}
	if t != nil && *t != archive {
		l.AWS(id, target, *t, "must be %s", archive)
	}
	return l
}
