// Package managed has what all managed resources share: names, management policies, provider configs, and the encoding
// as desired resources.
package managed

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// maxReadable is the maximum length of a name's readable part, in bytes. With its hash, and with that of a lifecycle
// policy, the name stays far below the 253 of an object's name.
const maxReadable = 180

// Name returns the name of the object for the thing in AWS that parts identify: readable by the last part, unique by a
// hash of all. Two composite resources get the same name for one thing, so that the API server refuses the second.
func Name(parts ...string) string {
	var slug []byte
	for _, c := range []byte(parts[len(parts)-1]) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
			slug = append(slug, c)
		case len(slug) > 0 && slug[len(slug)-1] != '-':
			slug = append(slug, '-') // for a run of other characters
		}
	}
	readable := strings.ToLower(string(slug[:min(len(slug), maxReadable)]))
	hash := Hash(10, parts...)
	if readable == "" {
		return hash
	}
	return readable + "-" + hash
}

// Hash returns the first n hex digits of the SHA-256 over the parts, joined by newlines.
func Hash(n int, parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	return hex.EncodeToString(sum[:])[:n]
}
