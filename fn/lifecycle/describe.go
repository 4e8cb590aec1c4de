package lifecycle

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
)

// Describe returns what a rule that Validate accepts does, in words: "expires untagged images 14 days after they were
// pushed".
func Describe(r v1alpha1.LifecycleRule) string {
	s := r.Selection
	verb, images := "expires", selected(s)
	if r.Action.Type == Transition {
		verb = "archives"
	}
	newest, since := "the newest", "a day after they were"
	if s.CountNumber != 1 {
		newest = fmt.Sprintf("the newest %d", s.CountNumber)
		since = fmt.Sprintf("%d days after they were", s.CountNumber)
	}
	switch s.CountType {
	case ByCount:
		return fmt.Sprintf("%s all %s but %s", verb, images, newest)
	case SincePulled:
		return fmt.Sprintf("%s %s %s last pulled", verb, images, since)
	case sinceTransitioned:
		return fmt.Sprintf("%s archived %s %s archived", verb, images, since)
	}
	return fmt.Sprintf("%s %s %s pushed", verb, images, since)
}

// Summary returns what rules do, in words.
func Summary(rules []v1alpha1.LifecycleRule) string {
	words := make([]string, len(rules))
	for i, r := range rules {
		words[i] = Describe(r)
	}
	if len(words) == 0 {
		return "keeps all images"
	}
	return list(words)
}

// selected returns which images a rule selects, in words: "tagged images", "images with a tag like "v*"".
func selected(s v1alpha1.LifecycleSelection) string {
	switch s.TagStatus {
	case anyImage:
		return "images"
	case untagged:
		return "untagged images"
	}
	if NewSelector(s).allTagged() {
		return "tagged images"
	}
	var entries []string
	for _, e := range s.TagPatternList {
		entries = append(entries, strconv.Quote(e))
	}
	for _, e := range s.TagPrefixList {
		entries = append(entries, strconv.Quote(e+"*"))
	}
	if len(entries) == 1 {
		return "images with a tag like " + entries[0]
	}
	return "images with tags like " + list(entries)
}

// Describe returns what the new rule does with the images, and what the old rules do, in words.
func (l Loss) Describe(old, rules []v1alpha1.LifecycleRule) string {
	var claimants []string
	unclaimed := ""
	for _, o := range l.Claimants {
		if o < 0 {
			unclaimed = ", and keeps others"
			continue
		}
		claimants = append(claimants, Describe(old[o]))
	}
	was := ""
	switch {
	case len(old) == 0:
		was = "AWS has no lifecycle policy, so it keeps all images"
	case len(claimants) == 0:
		was = "the policy in AWS keeps them"
	default:
		was = "the policy in AWS keeps more: it " + list(claimants) + unclaimed
	}
	end := "Images that AWS kept may expire within a day"
	if l.Archives {
		end = "Archived images cannot be pulled, and the images of an archived manifest list may expire"
	}
	return fmt.Sprintf("%s; %s. %s", Describe(rules[l.Rule]), was, end)
}

// Rules returns rules as JSON, which is YAML too, as a team writes them, but without descriptions.
func Rules(rules []v1alpha1.LifecycleRule) string {
	texts := make([]string, len(rules))
	for i, r := range rules {
		r.Description = nil
		text, err := json.Marshal(r)
		if err != nil {
			// Strings and integers always have a JSON form.
			panic(fmt.Sprintf("cannot encode a lifecycle rule: %v", err))
		}
		texts[i] = string(text)
	}
	return "[" + strings.Join(texts, ", ") + "]"
}
