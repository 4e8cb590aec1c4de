package iam

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// like reports whether a pattern matches a whole text. * matches any characters, including none and separators; ?
// matches one character.
func like(pattern, text string) bool {
	p, t := 0, 0
	// If the rest does not match, the latest * matches one more character, and matching continues after it.
	star, taken := -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, taken = p, t
			p++
		case p < len(pattern) && pattern[p] == '?':
			p, t = p+1, t+width(text[t:])
		case p < len(pattern) && pattern[p] == text[t]:
			p, t = p+1, t+1
		case star >= 0:
			taken += width(text[taken:])
			p, t = star+1, taken
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// width returns the size of a text's first character, in bytes.
func width(text string) int {
	_, size := utf8.DecodeRuneInString(text)
	return size
}

// covers reports whether a Resource pattern covers a resource. "When you specify an incomplete ARN in an identity-based
// policy, AWS automatically completes the ARN by adding wildcard characters to all missing fields"
// (reference_policies_grammar).
func covers(pattern, resource string) bool {
	if pattern == "*" {
		return true
	}
	pattern += strings.Repeat(":*", max(0, 5-strings.Count(pattern, ":")))
	// Matching the whole ARN first is faster: it rules out most patterns.
	return like(pattern, resource) && coversFields(strings.SplitN(pattern, ":", 6), resource)
}

// About reports whether the statement concerns a repository: its ARN, and any action on repositories.
func (s *Statement) About(repositoryARN string) bool {
	return s.OnRepositories() && s.matchesResource(repositoryARN)
}

// OnRepositories reports whether the statement matches any action on repositories.
func (s *Statement) OnRepositories() bool {
	for i, matches := range s.ecr {
		if matches && ecrActions[i].OnRepository {
			return true
		}
	}
	return false
}

// matchesResource reports whether the statement covers a resource. A statement without Resource and NotResource
// concerns the resource that its policy is attached to.
func (s *Statement) matchesResource(resource string) bool {
	matched := func(pattern string) bool { return covers(pattern, resource) }
	if s.Resource != nil {
		return slices.ContainsFunc(s.Resource, matched)
	}
	return !slices.ContainsFunc(s.NotResource, matched)
}

// matchesAction reports whether the statement matches an action. "The prefix and the action name are case insensitive"
// (reference_policies_elements_action).
func (s *Statement) matchesAction(action string) bool {
	action = strings.ToLower(action)
	if i, ok := ecrIndex[action]; ok && s.ecr != nil {
		return s.ecr[i]
	}
	matched := func(pattern string) bool { return like(strings.ToLower(pattern), action) }
	if s.Action != nil {
		return slices.ContainsFunc(s.Action, matched)
	}
	return !slices.ContainsFunc(s.NotAction, matched)
}

// coversFields matches an ARN field by field. In the sixth field, wildcards match everything. Before it they match
// within their field, except that "if the * wildcard is the last character of a resource ARN segment, it can expand to
// match beyond the colon boundaries" (reference_policies_elements_resource).
func coversFields(fields []string, text string) bool {
	if len(fields) == 1 {
		return like(fields[0], text)
	}
	first, _, _ := strings.Cut(text, ":")
	if !like(fields[0], first) {
		return false
	}
	for i := len(first); i < len(text); i++ {
		if text[i] == ':' && coversFields(fields[1:], text[i+1:]) {
			return true
		}
		if !strings.HasSuffix(fields[0], "*") {
			return false
		}
	}
	return false
}
