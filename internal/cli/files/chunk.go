package files

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A chunk is a part of a file that is parsed by itself, so that an invalid document does not hide the others.
type chunk struct {
	text string

	// line is the number of the chunk's first line in the file.
	line int
}

// decode returns the text of a file: UTF-8 or UTF-16, with or without a byte order mark.
func decode(name string, raw []byte) (string, error) {
	text := string(raw)
	if order := byteOrder(raw); order != nil && len(raw)%2 == 0 {
		units := make([]uint16, 0, len(raw)/2)
		for i := 0; i < len(raw); i += 2 {
			units = append(units, order.Uint16(raw[i:]))
		}
		text = string(utf16.Decode(units))
	}
	if strings.IndexByte(text, 0) >= 0 {
		return "", fmt.Errorf("%s: a binary file, not YAML or JSON", name)
	}
	return strings.TrimPrefix(text, "\uFEFF"), nil
}

// byteOrder returns the byte order of UTF-16; nil for other encodings. Without a byte order mark, the first character
// tells it: it is an ASCII character.
func byteOrder(raw []byte) binary.ByteOrder {
	switch {
	case bytes.HasPrefix(raw, []byte{0xFE, 0xFF}), len(raw) > 1 && raw[0] == 0 && raw[1] != 0:
		return binary.BigEndian
	case bytes.HasPrefix(raw, []byte{0xFF, 0xFE}), len(raw) > 1 && raw[0] != 0 && raw[1] == 0:
		return binary.LittleEndian
	}
	return nil
}

// invalidCharacter finds the first character that YAML does not allow.
func invalidCharacter(text string) (Fault, bool) {
	line, column := 1, 1
	for i, c := range text {
		switch {
		case c == '\n':
			line, column = line+1, 0
		case c == utf8.RuneError && !strings.HasPrefix(text[i:], string(utf8.RuneError)):
			return Fault{At: Position{line, column}, Rule: fmt.Sprintf("not UTF-8: byte 0x%02X", text[i])}, true
		case c < ' ' && c != '\t' && c != '\r', c == 0x7F, c > 0x7F && c < 0xA0 && c != 0x85:
			return Fault{At: Position{line, column}, Rule: fmt.Sprintf("not YAML: the control character U+%04X", c)}, true
		}
		column++
	}
	return Fault{}, false
}

// split splits a text at the lines that begin a document. Directives belong to the document that follows them.
func split(text string) []chunk {
	var chunks []chunk
	current, content := chunk{line: 1}, false
	b := &strings.Builder{}
	flush := func(next int) {
		if current.text = b.String(); content {
			chunks = append(chunks, current)
		}
		b.Reset()
		current, content = chunk{line: next}, false
	}
	line := 0
	for l := range strings.Lines(text) {
		line++
		if l == "---\n" || l == "---" || strings.HasPrefix(l, "--- ") || strings.HasPrefix(l, "---\t") {
			if content {
				flush(line)
			}
			content = strings.TrimSpace(l) != "---"
		} else if t := strings.TrimSpace(l); t != "" && t[0] != '#' && t[0] != '%' {
			content = true
		}
		b.WriteString(l)
	}
	flush(0)
	return chunks
}
