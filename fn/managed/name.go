// Package managed knows what all managed resources have in common: their names,
// labels and management policies, and how they become desired resources.
package managed

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// maxReadable is how much of a name is readable, in bytes. With both hashes it
// stays far below the 253 of an object's name.
const maxReadable = 180

// Name returns the name of an object that is about one thing in AWS: readable by its
// last part, unique by all of them. Two composite resources that are about one
// thing get one name, so that the API server refuses the second.
func Name(parts ...string) string {
	readable := strings.TrimLeft(slug(parts[len(parts)-1]), "-")
	if len(readable) > maxReadable {
		readable = readable[:maxReadable]
	}
	hash := Hash(10, parts...)
	if readable == "" {
		return hash
	}
	return readable + "-" + hash
}

// Hash returns the first n hex digits of the sha256 over the parts, a line each.
func Hash(n int, parts ...string) string {
	h := sha256.New()
	for i, p := range parts {
		if i > 0 {
			_, _ = h.Write([]byte{'\n'})
		}
		_, _ = h.Write([]byte(p))
	}
	var sum [sha256.Size]byte
	var digits [2 * sha256.Size]byte
	hex.Encode(digits[:], h.Sum(sum[:0]))
	return string(digits[:n])
}

// slug returns s in lower case, with every run of characters other than a-z and 0-9
// turned into one dash.
func slug(s string) string {
	b := make([]byte, 0, len(s))
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
			b = append(b, c)
		case 'A' <= c && c <= 'Z':
			b = append(b, c-'A'+'a')
		case len(b) == 0 || b[len(b)-1] != '-':
			b = append(b, '-')
		}
	}
	return string(b)
}
