package files

import (
	"strconv"
	"strings"
)

// A Position in a file. Lines and columns count from 1, columns in characters; the zero
// value is no position.
type Position struct {
	Line, Column int
}

// A Node is a value of a document and where it is written. Exactly one of Fields, Items
// and Scalar is what it holds; Kind says which.
type Node struct {
	Kind   Kind
	At     Position
	Fields []Field
	Items  []*Node

	// Scalar is nil, a bool, a string, an int64 or a float64.
	Scalar any

	// size is how many nodes this one unfolds to, itself included; height is how many
	// levels lie below it.
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

	// At is where the key is written or, if the value comes from an alias, the value.
	At    Position
	Value *Node
}

// Value is what the node says, as package unstructured holds it.
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

// Text returns the string that the node holds; empty if it holds none.
func (n *Node) Text() string {
	if n == nil {
		return ""
	}
	s, _ := n.Scalar.(string)
	return s
}

// Position returns where a field is written whose path is as Kubernetes writes paths. That
// is its key, or the value of a list's item; of what comes from an alias, where that is
// written. Of a field that is missing it is the nearest that holds it.
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

// step takes the first step of a path. Keys may hold dots and brackets, so the longest key
// that fits is taken.
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
