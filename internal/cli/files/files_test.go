package files_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/ontopix/crossplane-ecr/internal/cli/files"
)

func parse(t *testing.T, text string) files.File {
	t.Helper()
	f, err := files.Parse("f.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// kubectl reads YAML with package sigs.k8s.io/yaml, so a document must have the same values.
func TestReadsAsKubectl(t *testing.T) {
	cases := map[string]string{
		"Booleans":        "a: yes\nb: off\nc: y\nd: True\ne: 'yes'\nf: yesterday",
		"Ids":             "a: 111122223333\nb: 012345678901\nc: 0123\nd: '0123'\ne: 0x1F\nf: 0o17\ng: 1_000\nh: 1e3",
		"Dates":           "a: 2026-01-02\nb: 2001-12-14t21:59:43.10-05:00\nc: 12:30:45",
		"Numbers":         "a: 1.10\nb: 12345678901234567890\nc: -7\nd: .5\ne: +1\nf: 1.",
		"Nulls":           "a:\nb: ~\nc: null\nd: Null\ne: ''",
		"Tags":            "a: !!str 12\nb: !!int \"3\"\nc: !!binary aGVsbG8=\nd: !own x",
		"Keys":            "1: a\nyes: b\n1.5: c\nyear: d",
		"Merge":           "a: &a {x: 1, z: 4}\nb: {<<: *a, x: 2}\nc: {x: 3, <<: *a}\nd: {<<: [*a, {x: 9, w: 5}]}",
		"Aliases":         "a: &a [1, {b: c}]\nd: *a\ne: [*a, *a]\n&k key: 1\nf: {*k : 2}",
		"Block":           "a: |\n  one\n  two\nb: >-\n  one\n  two\nc: one\n  two",
		"Flow":            "{a: [1, two, {three: 3}], \"b\": 'c'}",
		"Separator-like":  "a: ---\nb: |\n  x\n  --- y",
		"JSON":            `{"a": [1, 2.0, "\ud83d\ude00", "\/"], "b": {"c": null, "d": true}}`,
		"JSON with tabs":  "{\n\t\"a\":\t1\n}",
		"Almost JSON":     `{"a": 1, b: 2}`,
		"Anchor unused":   "a: &a 1\nb: &b\n  c: 2",
		"Empty container": "a: {}\nb: []",
	}
	for name, text := range cases {
		t.Run(name, func(t *testing.T) {
			f := parse(t, text)
			if len(f.Objects) != 1 || len(f.Faults) != 0 {
				t.Fatalf("Parse(...): %d objects, %v", len(f.Objects), f.Faults)
			}
			want, err := yaml.YAMLToJSON([]byte(text))
			if strings.HasPrefix(name, "JSON") {
				want, err = []byte(text), nil
			}
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(f.Objects[0].Object)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(generic(t, want), generic(t, got)); diff != "" {
				t.Errorf("Parse(...): -want, +got\n%s", diff)
			}
		})
	}
}

func generic(t *testing.T, raw []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestPosition(t *testing.T) {
	const text = `# comment
kind: A
spec: &spec
  images:
    - name: one
      tags: {a.b/c: x, a: y}
    - &two
      name: two
  region: &region eu-west-1
---
kind: B
shared: &shared {project: p}
spec:
  <<: *shared
  images: [{name: one}, {name: two}]
  empty:
region: &r somewhere
copy: *r
`
	cases := map[string]struct {
		reason string
		doc    int
		path   string
		want   files.Position
	}{
		"Object":       {"The empty path is the object itself.", 0, "", files.Position{Line: 2, Column: 1}},
		"Key":          {"A field has the position of its key.", 0, "spec.images", files.Position{Line: 4, Column: 3}},
		"Item":         {"An item has the position of its value, not of the dash.", 0, "spec.images[0]", files.Position{Line: 5, Column: 7}},
		"AnchoredItem": {"An anchor is a part of the value.", 0, "spec.images[1]", files.Position{Line: 7, Column: 7}},
		"InItem":       {"A field of an item has the position of its key.", 0, "spec.images[1].name", files.Position{Line: 8, Column: 7}},
		"OddKey":       {"A key may contain the characters that separate keys.", 0, "spec.images[0].tags[a.b/c]", files.Position{Line: 6, Column: 14}},
		"ShortKey":     {"Of two keys that fit, the one that fits as a whole counts.", 0, "spec.images[0].tags[a]", files.Position{Line: 6, Column: 24}},
		"Missing":      {"A missing field has the position of its parent's key.", 0, "spec.github.repositories", files.Position{Line: 3, Column: 1}},
		"MissingItem":  {"A missing item has the position of the list's key.", 0, "spec.images[7].name", files.Position{Line: 4, Column: 3}},
		"Second":       {"Lines count from the start of the file.", 1, "kind", files.Position{Line: 11, Column: 1}},
		"Merged":       {"A field of a merge key has the position where it is written.", 1, "spec.project", files.Position{Line: 12, Column: 18}},
		"Flow":         {"An item in brackets has the position of its beginning.", 1, "spec.images[1]", files.Position{Line: 15, Column: 25}},
		"Alias":        {"An alias has the position of the value that it stands for.", 1, "copy", files.Position{Line: 17, Column: 9}},
	}
	f := parse(t, text)
	if len(f.Objects) != 2 {
		t.Fatalf("%d objects, %v", len(f.Objects), f.Faults)
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, f.Objects[tc.doc].Node.Position(tc.path)); diff != "" {
				t.Errorf("%s\nPosition(%q): -want, +got\n%s", tc.reason, tc.path, diff)
			}
		})
	}
}

// Positions in JSON are those of the same text as YAML.
func TestPositionJSON(t *testing.T) {
	const text = "{\n  \"spec\": {\"é\": 1, \"images\": [{\"name\": \"a\"},\n\t{\"name\": \"b\"}]}\n}"
	n := parse(t, text).Objects[0].Node
	for path, want := range map[string]files.Position{
		"spec":                {Line: 2, Column: 3},
		"spec.images":         {Line: 2, Column: 20},
		"spec.images[0].name": {Line: 2, Column: 32},
		"spec.images[1]":      {Line: 3, Column: 2},
	} {
		if diff := cmp.Diff(want, n.Position(path)); diff != "" {
			t.Errorf("Position(%q): -want, +got\n%s", path, diff)
		}
	}
}

func TestFaults(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'j'; c++ {
		p := "*" + string(c-1)
		bomb += string(c) + ": &" + string(c) + " [" + strings.TrimSuffix(strings.Repeat(p+",", 10), ",") + "]\n"
	}
	cases := map[string]struct {
		reason  string
		text    string
		want    files.Position
		rule    string
		objects int
	}{
		"Twice":       {"A duplicate key is a fault. The later one counts, as in kubectl.", "kind: A\nspec: {a: 1,\n  a: 2}", files.Position{Line: 3, Column: 3}, "written twice, first in line 2", 1},
		"TwiceInJSON": {"A duplicate key in JSON is a fault.", "{\"kind\": \"A\",\n \"kind\": \"B\"}", files.Position{Line: 2, Column: 2}, "written twice", 1},
		"Syntax":      {"An invalid document hides none of the others.", "kind: A\n---\nkind: B\nx: {\n---\nkind: C\n", files.Position{Line: 4, Column: 1}, "not YAML", 2},
		"Tab":         {"The column is that of the first character that is not indentation.", "a:\n\tb: 1", files.Position{Line: 2, Column: 2}, "; indent by spaces, not tabs", 0},
		"Helm":        {"The advice for a template is to render it first.", "kind: A\n{{- if .Values.a }}\nb: 1\n{{- end }}\n", files.Position{Line: 2}, "; render a Helm template with helm template", 0},
		"Bomb":        {"Aliases that multiply are refused before they are expanded.", bomb, files.Position{Line: 6}, "unfolded too far", 0},
		"Loop":        {"An alias in its own value is refused.", "a: &a\n  b: *a", files.Position{Line: 2, Column: 6}, "contains it", 0},
		"Deep":        {"Deep nesting is refused.", strings.Repeat("[", 1000) + strings.Repeat("]", 1000), files.Position{Line: 1}, "nested too deeply", 0},
		"VeryDeep":    {"Nesting that the parser refuses has the same message.", strings.Repeat("{a: ", 20000), files.Position{Line: 1}, "nested too deeply", 0},
		"Control":     {"YAML has no control characters.", "a: b\nc: \x1b[31m", files.Position{Line: 2, Column: 4}, "U+001B", 0},
		"Latin1":      {"Text must be UTF-8.", "a: caf\xe9", files.Position{Line: 1, Column: 7}, "0xE9", 0},
		"NullKey":     {"A key must be a string in JSON.", "a: 1\n~: b", files.Position{Line: 2, Column: 1}, "key must be a string", 0},
		"NaN":         {"JSON has no such number.", "a: .nan", files.Position{Line: 1, Column: 4}, "cannot be read", 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			f := parse(t, tc.text)
			if len(f.Faults) == 0 {
				t.Fatalf("%s\nParse(...): no fault", tc.reason)
			}
			got := f.Faults[0]
			if tc.want.Column == 0 {
				got.At.Column = 0
			}
			if diff := cmp.Diff(tc.want, got.At); diff != "" || !strings.Contains(got.Rule, tc.rule) {
				t.Errorf("%s\nParse(...): %v; want %q at %v", tc.reason, got, tc.rule, tc.want)
			}
			if len(f.Objects) != tc.objects {
				t.Errorf("%s\nParse(...): %d objects, want %d", tc.reason, len(f.Objects), tc.objects)
			}
		})
	}
}

func TestEncodings(t *testing.T) {
	const text = "kind: Ä\r\nspec:\r\n  a: 1\r\n"
	utf16le := []byte{0xFF, 0xFE}
	for _, u := range utf16.Encode([]rune(text)) {
		utf16le = append(utf16le, byte(u), byte(u>>8))
	}
	var utf16be []byte
	for _, u := range utf16.Encode([]rune(text)) {
		utf16be = append(utf16be, byte(u>>8), byte(u))
	}
	for name, raw := range map[string][]byte{
		"UTF-8": []byte(text), "byte order mark": []byte("\uFEFF" + text), "UTF-16LE": utf16le, "UTF-16BE": utf16be,
	} {
		t.Run(name, func(t *testing.T) {
			f, err := files.Parse("f.yaml", raw)
			if err != nil || len(f.Faults) > 0 || len(f.Objects) != 1 {
				t.Fatalf("Parse(...): %v, %v, %d objects", err, f.Faults, len(f.Objects))
			}
			want := map[string]any{"kind": "Ä", "spec": map[string]any{"a": int64(1)}}
			if diff := cmp.Diff(want, f.Objects[0].Object); diff != "" {
				t.Errorf("Parse(...): -want, +got\n%s", diff)
			}
			if diff := cmp.Diff(files.Position{Line: 3, Column: 3}, f.Objects[0].Node.Position("spec.a")); diff != "" {
				t.Errorf("Position: -want, +got\n%s", diff)
			}
		})
	}
}

func TestLists(t *testing.T) {
	f := parse(t, `# Source: chart/templates/a.yaml
%YAML 1.1
---
apiVersion: v1
kind: List
items:
- {kind: A}
- kind: BList
  items: [{kind: B}]
--- # next
kind: C
---
# nothing
---
kind: D
...
---
kind: E
`)
	var kinds []string
	for _, o := range f.Objects {
		kinds = append(kinds, o.GetKind())
	}
	if diff := cmp.Diff([]string{"A", "B", "C", "D", "E"}, kinds); diff != "" || len(f.Faults) > 0 {
		t.Errorf("Parse(...): %v, -want, +got\n%s", f.Faults, diff)
	}
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o750), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	write("b/deep/c.json", `{"kind": "C"}`)
	write("a.yaml", "kind: A")
	write("b/b.YML", "kind: B")
	write("b/read.me", "not: [read")
	for link, to := range map[string]string{"b/deep/up": "../..", "again.yaml": "a.yaml", "gone": "nowhere"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := files.Read(strings.NewReader("kind: S"), dir, "-", filepath.Join(dir, "a.yaml"), "-")
	if err != nil {
		t.Fatal(err)
	}
	var read []string
	for _, f := range got {
		name, _ := filepath.Rel(dir, f.Name)
		if f.Name == "<stdin>" {
			name = f.Name
		}
		for _, o := range f.Objects {
			read = append(read, name+" "+o.GetKind())
		}
	}
	want := []string{"a.yaml A", "b/b.YML B", "b/deep/c.json C", "<stdin> S"}
	if diff := cmp.Diff(want, read); diff != "" {
		t.Errorf("Read(...): each file once, folders in order: -want, +got\n%s", diff)
	}
}

func TestReadErrors(t *testing.T) {
	dir := t.TempDir()
	binary := filepath.Join(dir, "binary.yaml")
	if err := os.WriteFile(binary, []byte("\x7fELF\x02\x01\x01\x00\x00"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		binary:                      "a binary file",
		dir:                         "a binary file",
		filepath.Join(dir, "no.ml"): "no.ml: no such file",
	} {
		if _, err := files.Read(nil, path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Read(%q): %v, want %q", path, err, want)
		}
	}
}
