// Package managed knows what all managed resources have in common: their names, labels and management policies, and how
// they become desired resources.
package managed

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
)

// maxReadable is how much of a name is readable, in bytes. With both hashes it stays far below the 253 of an object's
// name.
const maxReadable = 180

// unreadable is what a name of an object does not hold.
var unreadable = regexp.MustCompile(`[^a-zA-Z0-9]+`)

// Name returns the name of an object that is about one thing in AWS: readable by its last part, unique by all of them.
// Two composite resources that are about one thing get one name, so that the API server refuses the second.
func Name(parts ...string) string {
	slug := strings.ToLower(unreadable.ReplaceAllString(parts[len(parts)-1], "-"))
	readable := strings.TrimLeft(slug, "-")
	readable = readable[:min(len(readable), maxReadable)]
	hash := Hash(10, parts...)
	if readable == "" {
		return hash
	}
	return readable + "-" + hash
}

// Hash returns the first n hex digits of the sha256 over the parts, a line each.
func Hash(n int, parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	return hex.EncodeToString(sum[:])[:n]
}
