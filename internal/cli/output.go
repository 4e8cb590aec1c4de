package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode/utf16"
)

// JSON writes a value as indented JSON. It escapes the characters that Clean escapes: encoding/json leaves U+007F to
// U+009F as they are.
func JSON(w io.Writer, v any) error {
	text, escaped := &strings.Builder{}, &strings.Builder{}
	e := json.NewEncoder(text)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return err
	}
	for _, r := range text.String() {
		if r == '\n' || !unprintable(r) {
			escaped.WriteRune(r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			fmt.Fprintf(escaped, `\u%04x`, unit)
		}
	}
	_, err := io.WriteString(w, escaped.String())
	return err
}

// Table returns the lines of a table with gap spaces between its columns. The first row is the head.
func Table(gap int, rows [][]string) []string {
	b := &strings.Builder{}
	w := tabwriter.NewWriter(b, 0, 0, gap, ' ', 0)
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = Clean(cell)
		}
		fmt.Fprintln(w, strings.Join(cells, "\t")) //nolint:errcheck // A Builder does not fail.
	}
	w.Flush() //nolint:errcheck // A Builder does not fail.
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
}

// Form returns the singular or the plural of a word, as the number n requires.
func Form(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// Count returns a number with its noun.
func Count(n int, one, many string) string { return fmt.Sprintf("%d %s", n, Form(n, one, many)) }
