package lifecycle

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/fault"
)

// sets has the index of the first rule that selects each set of images. AWS allows per storage class one rule over
// untagged images, one rule over any images, which must be the last, and no two rules with the same set of tags.
type sets map[set]int

type set struct{ class, images string }

// anyLast is AWS's message.
const anyLast = "Rule for tagStatus=ANY must have the lowest priority per storage class"

// validate validates the selection of rule i against those of the rules before it, and adds it to them.
func (t sets) validate(i int, s v1alpha1.LifecycleSelection, p *field.Path) fault.List {
	var l fault.List
	class := storageClass(s)
	if before, ok := t[set{class, anyImage}]; ok && s.TagStatus != anyImage {
		l.AWS("lifecycle.any-last", p, nil,
			"%s; move this rule before rules[%d], which selects any image of storage class %s", anyLast, before, class)
	}
	images := s.TagStatus
	if images == tagged {
		images = tagSet(s)
	}
	if images == "" {
		return l
	}
	before, ok := t[set{class, images}]
	if !ok {
		t[set{class, images}] = i
		return l
	}
	status := p.Child("selection", "tagStatus")
	switch s.TagStatus {
	case anyImage:
		l.AWS("lifecycle.any-last", status, s.TagStatus,
			"%s, so there is one; rules[%d] selects any image of storage class %s already, remove one of them", anyLast, before, class)
	case untagged:
		l.AWS("lifecycle.untagged-once", status, s.TagStatus,
			"Only one rule can select Untagged images per storage class; rules[%d] does already, remove one of "+
				"them", before)
	case tagged:
		name, entries := tagList(s)
		l.AWS("lifecycle.tags-once", p.Child("selection", name), entries,
			"The set of all rules selecting a specific storage class must contain a unique set of prefixes; "+
				"rules[%d] has the same, remove one of them", before)
	}
	return l
}

// tagSet returns the tags of a selection as a set: neither their order counts nor how often each is written. It is ""
// if the list is missing or there are two, which are faults of their own.
func tagSet(s v1alpha1.LifecycleSelection) string {
	name, entries := tagList(s)
	if len(entries) == 0 || len(s.TagPatternList) > 0 && len(s.TagPrefixList) > 0 {
		return ""
	}
	return name + notUTF8 + strings.Join(slices.Compact(slices.Sorted(slices.Values(entries))), notUTF8)
}
