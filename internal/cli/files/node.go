package files

import (
	"strconv"
	"strings"
)

// A Position in a file. Lines and columns count from 1, columns in characters. The zero value is no position.
type Position struct {
	Line, Column int
}

// A Node is a value of a document and its position. Kind says which of Fields, Items and Scalar has the value.
type Node struct {
	Kind   Kind
	At     Position
	Fields []Field
	Items  []*Node

	// Scalar is nil, a bool, a string, an int64 or a float64.
	Scalar any

	// size is the number of nodes in this one after aliases are expanded, including itself. height is the number of
	// levels below it.
	size, height int
}

// Kind of a Node.
type Kind int

// Kinds of nodes.
const (
	KindScalar Kind = iota
	KindMapping
	KindSequence
)

// A Field of a mapping.
type Field struct {
	Name string

	// At is the position of the key or, if the value comes from an alias, of the value.
	At    Position
	Value *Node
}

// Value returns the value of the node as package unstructured represents it.
func (n *Node) Value() any {
	switch n.Kind {
	case KindMapping:
		m := make(map[string]any, len(n.Fields))
		for _, f := range n.Fields {
			m[f.Name] = f.Value.Value()
		}
		return m
	case KindSequence:
		s := make([]any, len(n.Items))
		for i, item := range n.Items {
			s[i] = item.Value()
		}
		return s
	default:
		return n.Scalar
	}
}

// Field returns the value of a field; nil if the node is no mapping or has no such field.
func (n *Node) Field(name string) *Node {
	if n == nil {
		return nil
	}
	for _, f := range n.Fields {
		if f.Name == name {
			return f.Value
		}
	}
	return nil
}

// Text returns the string value of the node; empty if it has none.
func (n *Node) Text() string {
	if n == nil {
		return ""
	}
	s, _ := n.Scalar.(string)
	return s
}

// Position returns the position of the field at a path, in the syntax of Kubernetes: the position of its key, of the
// value of a list's item, or of the value that an alias stands for. For a missing field it is the position of the
// nearest field above it that exists.
func (n *Node) Position(path string) Position {
	at := n.At
	for path != "" {
		child, found, rest, ok := n.step(path)
		if !ok {
			return at
		}
		n, at, path = child, found, rest
	}
	return at
}

// step follows the first step of a path. Keys may contain dots and brackets, so it follows the longest key that fits.
func (n *Node) step(path string) (child *Node, at Position, rest string, ok bool) {
	if n.Kind == KindSequence {
		digits, rest, bracketed := strings.Cut(strings.TrimPrefix(path, "["), "]")
		i, err := strconv.Atoi(digits)
		if !bracketed || err != nil || i < 0 || i >= len(n.Items) {
			return nil, Position{}, "", false
		}
		return n.Items[i], n.Items[i].At, rest, true
	}
	longest := -1
	for i, f := range n.Fields {
		if after, fits := cutKey(path, f.Name); fits && (longest < 0 || len(f.Name) > len(n.Fields[longest].Name)) {
			longest, rest = i, after
		}
	}
	if longest < 0 {
		return nil, Position{}, "", false
	}
	return n.Fields[longest].Value, n.Fields[longest].At, rest, true
}

// cutKey cuts a key, as ".key", "key" or "[key]", from the start of a path.
func cutKey(path, key string) (rest string, ok bool) {
	if rest, ok = strings.CutPrefix(path, "["+key+"]"); ok {
		return rest, true
	}
	rest, ok = strings.CutPrefix(strings.TrimPrefix(path, "."), key)
	return rest, ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}
