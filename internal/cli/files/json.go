package files

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// parseJSON parses a chunk with one or more JSON objects. It returns false if the chunk is not JSON: it may be YAML, which
// has braces too.
func parseJSON(c chunk) (docs []*Node, faults []Fault, ok bool) {
	p := &jsonParser{text: []byte(c.text), line: c.line, column: 1}
	p.dec = json.NewDecoder(bytes.NewReader(p.text))
	p.dec.UseNumber()
	for {
		n, err := p.value(0)
		if err != nil {
			break
		}
		docs = append(docs, n)
		if len(bytes.TrimSpace(p.text[p.dec.InputOffset():])) == 0 {
			return docs, p.faults, true
		}
	}
	return nil, nil, false
}

// A jsonParser tracks the positions of the tokens of encoding/json.
type jsonParser struct {
	text   []byte
	dec    *json.Decoder
	faults []Fault

	// line and column of the offset.
	line, column, offset int
}

// next returns a token and its position.
func (p *jsonParser) next() (json.Token, Position, error) {
	start := int(p.dec.InputOffset())
	token, err := p.dec.Token()
	if err != nil {
		return nil, Position{}, err
	}
	for start < len(p.text) && bytes.IndexByte([]byte(" \t\r\n,:"), p.text[start]) >= 0 {
		start++
	}
	for p.offset < start {
		if p.text[p.offset] == '\n' {
			p.line, p.column, p.offset = p.line+1, 1, p.offset+1
			continue
		}
		_, width := utf8.DecodeRune(p.text[p.offset:])
		p.column, p.offset = p.column+1, p.offset+width
	}
	return token, Position{Line: p.line, Column: p.column}, nil
}

func (p *jsonParser) value(depth int) (*Node, error) {
	token, at, err := p.next()
	if err != nil {
		return nil, err
	}
	if depth > maxDepth {
		return nil, fmt.Errorf("%s", tooDeep)
	}
	switch t := token.(type) {
	case json.Delim:
		if t == '{' {
			return p.object(at, depth)
		}
		return p.array(at, depth)
	case json.Number:
		if i, err := strconv.ParseInt(t.String(), 10, 64); err == nil {
			return &Node{At: at, Scalar: i}, nil
		}
		f, err := t.Float64()
		return &Node{At: at, Scalar: f}, err
	default:
		return &Node{At: at, Scalar: t}, nil
	}
}

func (p *jsonParser) object(at Position, depth int) (*Node, error) {
	m := &Node{Kind: KindMapping, At: at}
	index := map[string]int{}
	for p.dec.More() {
		key, at, err := p.next()
		if err != nil {
			return nil, err
		}
		value, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		name, _ := key.(string)
		f := Field{Name: name, At: at, Value: value}
		if i, twice := index[name]; twice {
			p.faults = append(p.faults, twiceFault(name, at, m.Fields[i].At))
			m.Fields[i] = f
			continue
		}
		index[name] = len(m.Fields)
		m.Fields = append(m.Fields, f)
	}
	_, _, err := p.next()
	return m, err
}

func (p *jsonParser) array(at Position, depth int) (*Node, error) {
	s := &Node{Kind: KindSequence, At: at}
	for p.dec.More() {
		item, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		s.Items = append(s.Items, item)
	}
	_, _, err := p.next()
	return s, err
}

// twiceFault returns the fault of a duplicate key.
func twiceFault(name string, at, first Position) Fault {
	return Fault{At: at, Rule: fmt.Sprintf("the key %q is written twice, first in line %d", name, first.Line)}
}
