package files

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	yamlv3 "go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"
)

// Bounds of a document after aliases are expanded. Kubernetes' objects are far smaller.
const (
	maxDepth = 500
	maxNodes = 500_000
)

// parseYAML parses a chunk of YAML. It has several documents if three dots end one.
func parseYAML(c chunk) ([]*Node, []Fault) {
	var docs []*Node
	var faults []Fault
	for dec := yamlv3.NewDecoder(strings.NewReader(c.text)); ; {
		var doc yamlv3.Node
		switch err := dec.Decode(&doc); {
		case errors.Is(err, io.EOF):
			return docs, faults
		case err != nil:
			return docs, append(faults, syntaxFault(c, err))
		}
		r := &reader{offset: c.line - 1, done: map[*yamlv3.Node]*Node{}, scalars: map[string]any{}}
		n := r.node(&doc, 0)
		faults = append(faults, r.faults...)
		if n != nil {
			docs = append(docs, n)
		}
	}
}

// syntaxLine matches the line number in the parser's error messages.
var syntaxLine = regexp.MustCompile(`^line (\d+): `)

// syntaxFault returns the fault of a chunk that the parser rejects.
func syntaxFault(c chunk, err error) Fault {
	text, advice := strings.TrimPrefix(err.Error(), "yaml: "), ""
	at := Position{Line: c.line, Column: 1}
	if m := syntaxLine.FindStringSubmatch(text); m != nil {
		n, _ := strconv.Atoi(m[1])
		at.Line, text = c.line-1+n, text[len(m[0]):]
		if lines := strings.Split(c.text, "\n"); n >= 1 && n <= len(lines) {
			line := lines[n-1]
			indent := len(line) - len(strings.TrimLeft(line, " \t"))
			at.Column += indent
			if strings.Contains(line[:indent], "\t") {
				advice = "; indent by spaces, not tabs"
			}
		}
	}
	if strings.Contains(c.text, "{{") {
		advice = "; render a Helm template with helm template"
	}
	if strings.HasPrefix(text, "exceeded max depth") {
		text = tooDeep
	}
	return Fault{At: at, Rule: "not YAML: " + text + advice}
}

var tooDeep = fmt.Sprintf("nested too deeply: at most %d levels are read", maxDepth)

// A reader converts the parser's nodes, with values as kubectl reads them.
type reader struct {
	offset  int
	done    map[*yamlv3.Node]*Node // anchored nodes
	scalars map[string]any
	faults  []Fault
}

func (r *reader) at(n *yamlv3.Node) Position {
	return Position{Line: n.Line + r.offset, Column: n.Column}
}

// stop adds a fault that ends the reading of the document.
func (r *reader) stop(n *yamlv3.Node, format string, args ...any) *Node {
	r.faults = append(r.faults, Fault{At: r.at(n), Rule: fmt.Sprintf(format, args...)})
	return nil
}

// node converts a node. It returns nil if the node cannot be read, and for an empty document.
func (r *reader) node(n *yamlv3.Node, depth int) *Node {
	if depth > maxDepth {
		return r.stop(n, "%s", tooDeep)
	}
	switch n.Kind {
	case yamlv3.DocumentNode:
		if len(n.Content) == 0 {
			return nil
		}
		return r.node(n.Content[0], depth)
	case yamlv3.AliasNode:
		return r.alias(n)
	case yamlv3.ScalarNode:
		value, err := r.scalar(n)
		if err != nil {
			return r.stop(n, "%v", err)
		}
		return r.keep(n, &Node{At: r.at(n), Scalar: value, size: 1})
	case yamlv3.SequenceNode:
		return r.sequence(n, depth)
	case yamlv3.MappingNode:
		return r.mapping(n, depth)
	}
	return nil
}

// keep keeps the value of an anchored node for its aliases.
func (r *reader) keep(n *yamlv3.Node, value *Node) *Node {
	if n.Anchor != "" {
		r.done[n] = value
	}
	return value
}

func (r *reader) alias(n *yamlv3.Node) *Node {
	if r.done[n.Alias] == nil {
		return r.stop(n, "the alias *%s stands for a value that contains it", n.Value)
	}
	return r.done[n.Alias]
}

// grow adds a child's size and height to its parent's, and reports whether they are within the bounds.
func (r *reader) grow(n *yamlv3.Node, parent, child *Node) bool {
	parent.size += child.size
	parent.height = max(parent.height, child.height+1)
	switch {
	case parent.size > maxNodes:
		r.stop(n, "too large, or unfolded too far by aliases: at most %d values are read of one document", maxNodes)
		return false
	case parent.height > maxDepth:
		r.stop(n, "%s", tooDeep)
		return false
	}
	return true
}

func (r *reader) sequence(n *yamlv3.Node, depth int) *Node {
	s := &Node{Kind: KindSequence, At: r.at(n), Items: make([]*Node, 0, len(n.Content)), size: 1}
	for _, c := range n.Content {
		item := r.node(c, depth+1)
		if item == nil || !r.grow(c, s, item) {
			return nil
		}
		s.Items = append(s.Items, item)
	}
	return r.keep(n, s)
}

func (r *reader) mapping(n *yamlv3.Node, depth int) *Node {
	m := &Node{Kind: KindMapping, At: r.at(n), size: 1}
	index := make(map[string]int, len(n.Content)/2)
	written := make(map[string]Position, len(n.Content)/2)
	set := func(f Field) {
		if i, ok := index[f.Name]; ok {
			m.Fields[i] = f
			return
		}
		index[f.Name] = len(m.Fields)
		m.Fields = append(m.Fields, f)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		value := r.node(v, depth+1)
		if value == nil || !r.grow(v, m, value) {
			return nil
		}
		if k.Tag == "!!merge" {
			if !r.merge(v, value, set) {
				return nil
			}
			continue
		}
		name, err := r.key(k)
		if err != nil {
			return r.stop(k, "%v", err)
		}
		at := r.at(k)
		if first, twice := written[name]; twice {
			r.faults = append(r.faults, twiceFault(name, at, first))
		}
		written[name] = at
		if v.Kind == yamlv3.AliasNode {
			at = value.At
		}
		set(Field{Name: name, At: at, Value: value})
	}
	return r.keep(n, m)
}

// merge sets the fields of a merge key. As in kubectl, they override fields before the key. The first of several mappings
// overrides the others.
func (r *reader) merge(n *yamlv3.Node, value *Node, set func(Field)) bool {
	sources := []*Node{value}
	if value.Kind == KindSequence {
		sources = value.Items
	}
	for i := len(sources) - 1; i >= 0; i-- {
		if sources[i].Kind != KindMapping {
			r.stop(n, "a merge key takes a mapping, or a list of mappings")
			return false
		}
		for _, f := range sources[i].Fields {
			set(f)
		}
	}
	return true
}

// errKey reports a key that JSON does not allow.
var errKey = errors.New("a key must be a string")

// key returns the key of a mapping as the string that JSON has for it.
func (r *reader) key(n *yamlv3.Node) (string, error) {
	if n.Kind == yamlv3.AliasNode {
		n = n.Alias
	}
	if n.Kind != yamlv3.ScalarNode {
		return "", errKey
	}
	if literal(n) {
		return n.Value, nil
	}
	m, err := asKubectl(source(n) + ": 0")
	if err != nil {
		return "", errKey
	}
	for k := range m {
		return k, nil
	}
	return "", errKey
}

// scalar returns the value that kubectl reads, by YAML 1.1 and then JSON: an unquoted yes is true, an id is a number, a
// date is a string.
func (r *reader) scalar(n *yamlv3.Node) (any, error) {
	if literal(n) {
		return n.Value, nil
	}
	text := source(n)
	if v, ok := r.scalars[text]; ok {
		return v, nil
	}
	m, err := asKubectl("v: " + text)
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %s", strings.TrimPrefix(err.Error(), "yaml: "))
	}
	r.scalars[text] = m["v"]
	return m["v"], nil
}

// asKubectl parses a mapping as kubectl does.
func asKubectl(text string) (map[string]any, error) {
	raw, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		return nil, err
	}
	var m map[string]any
	err = json.Unmarshal(raw, &m)
	return m, err
}

// literal reports whether a scalar is certainly a string: it is quoted, or begins differently from all words and numbers
// that YAML 1.1 knows.
func literal(n *yamlv3.Node) bool {
	if n.Style&yamlv3.TaggedStyle != 0 {
		return false
	}
	const quoted = yamlv3.DoubleQuotedStyle | yamlv3.SingleQuotedStyle | yamlv3.LiteralStyle | yamlv3.FoldedStyle
	return n.Style&quoted != 0 || n.Value != "" && !strings.ContainsRune("0123456789+-.yYnNtTfFoO~<", rune(n.Value[0]))
}

// source returns YAML for a scalar that is not literal.
func source(n *yamlv3.Node) string {
	if n.Style&yamlv3.TaggedStyle == 0 {
		return n.Value
	}
	return n.Tag + " " + strconv.Quote(n.Value)
}
