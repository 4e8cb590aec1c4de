package cases

import (
	"bytes"
	"embed"
	"fmt"
	"strings"
	"text/template"
)

// functions that a table may call in {{ }}.
var functions = template.FuncMap{
	// repeat writes s n times: {{ repeat "a" 256 }}.
	"repeat": strings.Repeat,

	// list writes a YAML list of n items, in which %d counts from 1:
	// {{ list 101 "{name: image-%d}" }}.
	"list": func(n int, item string) string { return "[" + series(n, item) + "]" },

	// replace puts new for old in what comes before it:
	// {{ list 40 "x-LONG" | replace "LONG" (repeat "d" 1000) }}.
	"replace": func(old, new, s string) string { return strings.ReplaceAll(s, old, new) },

	// map writes a YAML object of n entries, in which %d counts from 1:
	// {{ map 45 "key-%d: value" }}.
	"map": func(n int, item string) string { return "{" + series(n, item) + "}" },
}

func series(n int, item string) string {
	items := make([]string, n)
	for i := range items {
		items[i] = strings.ReplaceAll(item, "%d", fmt.Sprint(i+1))
	}
	return strings.Join(items, ", ")
}

// expand reads a table and calls the functions in it.
func expand(from embed.FS, name string) ([]byte, error) {
	raw, err := from.ReadFile(name)
	if err != nil {
		return nil, err
	}
	parsed, err := template.New(name).Funcs(functions).Parse(string(raw))
	if err != nil {
		return nil, err
	}
	var expanded bytes.Buffer
	err = parsed.Execute(&expanded, nil)
	return expanded.Bytes(), err
}
