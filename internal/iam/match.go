package iam

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// like reports whether a pattern matches a whole text: * stands for any characters, also for none and for
// separators; ? stands for one.
func like(pattern, text string) bool {
	p, t := 0, 0
	// Where to go on if the rest does not match: behind the latest *, which then takes one character more.
	star, taken := -1, 0
	for t < len(text) {
		want, wide := utf8.DecodeRuneInString(pattern[p:])
		got, size := utf8.DecodeRuneInString(text[t:])
		switch {
		case p < len(pattern) && want == '*':
			star, taken = p, t
			p++
		case p < len(pattern) && (want == '?' || want == got):
			p, t = p+wide, t+size
		case star >= 0:
			_, size := utf8.DecodeRuneInString(text[taken:])
			taken += size
			p, t = star+1, taken
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// covers reports whether a Resource pattern covers a resource. "When you specify an incomplete ARN in an
// identity-based policy, AWS automatically completes the ARN by adding wildcard characters to all missing
// fields" (reference_policies_grammar).
func covers(pattern, resource string) bool {
	if pattern == "*" {
		return true
	}
	// Most patterns are about something else. What stands between wildcards must be in the resource.
	for rest, more := pattern, true; more; {
		piece := rest
		i := strings.IndexAny(rest, "*?")
		if more = i >= 0; more {
			piece, rest = rest[:i], rest[i+1:]
		}
		if !strings.Contains(resource, piece) {
			return false
		}
	}
	fields := strings.SplitN(pattern, ":", 6)
	for len(fields) < 6 {
		fields = append(fields, "*")
	}
	return coversFields(fields, resource)
}

// About reports whether the statement is about a repository: about an action on repositories, and about its ARN.
func (s *Statement) About(repositoryARN string) bool {
	return s.OnRepositories() && s.matchesResource(repositoryARN)
}

// OnRepositories reports whether the statement is about any action on repositories.
func (s *Statement) OnRepositories() bool {
	for i, about := range s.ecr {
		if about && ecrActions[i].OnRepository {
			return true
		}
	}
	return false
}

// matchesResource reports whether the statement covers a resource, or does not say which it is about: that is then
// what its policy is attached to.
func (s *Statement) matchesResource(resource string) bool {
	matched := func(pattern string) bool { return covers(pattern, resource) }
	if s.Resource != nil {
		return slices.ContainsFunc(s.Resource, matched)
	}
	return !slices.ContainsFunc(s.NotResource, matched)
}

// matchesAction reports whether the statement is about an action. "The prefix and the action name are case
// insensitive" (reference_policies_elements_action).
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

// coversFields matches an ARN field by field. In the sixth, wildcards span everything. Before it they stay within
// their field, except that "if the * wildcard is the last character of a resource ARN segment, it can expand to
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
