// Package files reads what the commands are given: files, folders and standard input, with
// YAML or JSON. It reads as kubectl does, and knows where each value is written.
package files

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Stdin is the argument that stands for standard input, and its name in positions.
const (
	Stdin     = "-"
	stdinName = "<stdin>"
)

// A File is what one file holds.
type File struct {
	// Name as it was given or, of a file in a folder, below the folder as it was given.
	Name string

	// Named reports whether the file itself was given, and no folder that it is in. So is standard input.
	Named bool

	// Text of the file, in UTF-8.
	Text string

	// Objects of all documents, those of Lists one by one.
	Objects []Object

	// Faults of what is no YAML, or says something twice.
	Faults []Fault
}

// Err returns the first fault; nil if there is none.
func (f File) Err() error {
	for _, fault := range f.Faults {
		return fmt.Errorf("%s:%d:%d: %s", f.Name, fault.At.Line, fault.At.Column, fault.Rule)
	}
	return nil
}

// An Object is what has a kind.
type Object struct {
	*unstructured.Unstructured

	// File that the object is in, and its node.
	File string
	Node *Node
}

// A Fault is what is wrong with a file itself.
type Fault struct {
	At   Position
	Rule string
}

// Read reads files, folders with everything below them, and standard input for "-". What
// is named twice is read once. An error is a file that cannot be read, or is no text.
func Read(stdin io.Reader, paths ...string) ([]File, error) {
	w := &walk{stdin: stdin, seen: map[string]bool{}}
	for _, path := range paths {
		if err := w.argument(path); err != nil {
			return nil, err
		}
	}
	return w.files, nil
}

// Parse reads the objects of a file that is read already.
func Parse(name string, raw []byte) (File, error) {
	text, err := decode(name, raw)
	if err != nil {
		return File{}, err
	}
	f := File{Name: name, Text: text}
	if fault, bad := unreadable(text); bad {
		f.Faults = []Fault{fault}
		return f, nil
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	for _, c := range split(text) {
		docs, faults := parse(c)
		f.Faults = append(f.Faults, faults...)
		for _, n := range docs {
			f.add(n)
		}
	}
	return f, nil
}

func parse(c chunk) ([]*Node, []Fault) {
	if strings.HasPrefix(strings.TrimSpace(c.text), "{") {
		if docs, faults, ok := parseJSON(c); ok {
			return docs, faults
		}
	}
	return parseYAML(c)
}

// add adds the object of a node, or those of a List. What has no kind is somebody else's.
func (f *File) add(n *Node) {
	kind := n.Field("kind").Text()
	if items := n.Field("items"); strings.HasSuffix(kind, "List") && items != nil && items.Kind == KindSequence {
		for _, item := range items.Items {
			f.add(item)
		}
		return
	}
	if object, ok := n.Value().(map[string]any); ok {
		f.Objects = append(f.Objects, Object{Unstructured: &unstructured.Unstructured{Object: object}, File: f.Name, Node: n})
	}
}

// A walk is one Read.
type walk struct {
	stdin io.Reader
	files []File

	// seen are files and folders by their real paths.
	seen map[string]bool
}

// argument reads what was named.
func (w *walk) argument(path string) error {
	if path != Stdin {
		info, err := os.Stat(path)
		if err != nil {
			return fmt.Errorf("cannot read %w", bare(err))
		}
		return w.visit(path, info, true)
	}
	if w.seen[Stdin] {
		return nil
	}
	w.seen[Stdin] = true
	return w.read(path, true)
}

// extensions of the files that are read in folders.
var extensions = []string{".yaml", ".yml", ".json"}

// visit reads a file, or what a folder holds: folders, and what looks like YAML or JSON.
func (w *walk) visit(path string, info fs.FileInfo, named bool) error {
	if !w.first(path) {
		return nil
	}
	if !info.IsDir() {
		return w.read(path, named)
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return fmt.Errorf("cannot read %w", bare(err))
	}
	for _, e := range entries {
		child := filepath.Join(path, e.Name())
		wanted := slices.Contains(extensions, strings.ToLower(filepath.Ext(child)))
		info, err := os.Stat(child)
		switch {
		case err != nil && wanted:
			return fmt.Errorf("cannot read %w", bare(err))
		case err != nil:
			// A broken link, or a socket: nothing that holds objects.
		case info.IsDir() || wanted && info.Mode().IsRegular():
			if err := w.visit(child, info, false); err != nil {
				return err
			}
		}
	}
	return nil
}

// first reports whether a file or folder was not seen before, by whatever links.
func (w *walk) first(path string) bool {
	real, err := filepath.EvalSymlinks(path)
	if err == nil {
		real, err = filepath.Abs(real)
	}
	if err != nil || w.seen[real] {
		return err != nil
	}
	w.seen[real] = true
	return true
}

func (w *walk) read(path string, named bool) error {
	name, raw, err := read(w.stdin, path)
	if err != nil {
		return err
	}
	f, err := Parse(name, raw)
	if err != nil {
		return err
	}
	f.Named = named
	w.files = append(w.files, f)
	return nil
}

// ReadText returns the text of a file, or of standard input for "-", in UTF-8. It is for what holds no objects.
func ReadText(stdin io.Reader, path string) (string, error) {
	name, raw, err := read(stdin, path)
	if err != nil {
		return "", err
	}
	return decode(name, raw)
}

// read returns what a file holds, or standard input for "-", and its name in positions.
func read(stdin io.Reader, path string) (name string, raw []byte, err error) {
	if path == Stdin {
		if raw, err = io.ReadAll(stdin); err != nil {
			err = fmt.Errorf("cannot read standard input: %w", err)
		}
		return stdinName, raw, err
	}
	if raw, err = os.ReadFile(path); err != nil {
		err = fmt.Errorf("cannot read %w", bare(err))
	}
	return path, raw, err
}

// bare is an error of the file system without the name of the system call.
func bare(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("%s: %w", p.Path, p.Err)
	}
	return err
}
