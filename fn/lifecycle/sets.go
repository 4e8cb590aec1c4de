package lifecycle

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/fault"
)

// sets holds what the rules before have selected, per storage class: AWS allows one
// rule over untagged images, one over any images that comes last, and no two with the
// same set of tags.
type sets struct {
	untagged map[string]int
	any      map[string]int
	tags     map[string]int
}

func newSets() sets {
	return sets{untagged: map[string]int{}, any: map[string]int{}, tags: map[string]int{}}
}

// anyLast is in AWS's words.
const anyLast = "Rule for tagStatus=ANY must have the lowest priority per storage class"

// validatePlace returns what is wrong with a rule that comes after the one over any images of
// its storage class.
func (t sets) validatePlace(s v1alpha1.LifecycleSelection, p *field.Path) fault.List {
	var l fault.List
	class := storageClass(s)
	if last, ok := t.any[class]; ok && s.TagStatus != anyImage {
		l.AWS("lifecycle.any-last", p, nil,
			"%s; move this rule before rules[%d], which selects any image of storage class %s", anyLast, last, class)
	}
	return l
}

// validate returns what is wrong with the selection of rule i beside those of the rules before
// it, and remembers the selection.
func (t sets) validate(i int, s v1alpha1.LifecycleSelection, p *field.Path) fault.List {
	var l fault.List
	class := storageClass(s)
	status := p.Child("selection", "tagStatus")
	switch s.TagStatus {
	case anyImage:
		if last, ok := t.any[class]; ok {
			l.AWS("lifecycle.any-last", status, s.TagStatus,
				"%s, so there is one; rules[%d] selects any image of storage class %s already, remove one of them", anyLast, last, class)
		}
		remember(t.any, class, i)
	case untagged:
		if first, ok := t.untagged[class]; ok {
			l.AWS("lifecycle.untagged-once", status, s.TagStatus,
				"Only one rule can select Untagged images per storage class; rules[%d] does already, remove one of "+
					"them", first)
		}
		remember(t.untagged, class, i)
	case tagged:
		key, name := tagSet(s)
		if key == "" {
			return l
		}
		key = class + notUTF8 + key
		if first, ok := t.tags[key]; ok {
			l.AWS("lifecycle.tags-once", p.Child("selection", name), slices.Concat(s.TagPatternList, s.TagPrefixList),
				"The set of all rules selecting a specific storage class must contain a unique set of prefixes; "+
					"rules[%d] has the same, remove one of them", first)
		}
		remember(t.tags, key, i)
	}
	return l
}

func remember(m map[string]int, key string, i int) {
	if _, ok := m[key]; !ok {
		m[key] = i
	}
}

// tagSet returns the tags of a selection as a set, whatever their order and how often
// each is written, and the name of the list. It is "" where the list is missing or
// there are two, which is told already.
func tagSet(s v1alpha1.LifecycleSelection) (key, name string) {
	name, list := "tagPatternList", s.TagPatternList
	if len(list) == 0 {
		name, list = "tagPrefixList", s.TagPrefixList
	} else if len(s.TagPrefixList) > 0 {
		return "", ""
	}
	if len(list) == 0 {
		return "", ""
	}
	return name + notUTF8 + strings.Join(slices.Compact(slices.Sorted(slices.Values(list))), notUTF8), name
}
