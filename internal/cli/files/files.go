// Package files reads YAML and JSON from files, folders and standard input. It reads as kubectl does, and knows where
// each value is written.
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

// Stdin is the argument for standard input, stdinName its name in positions.
const (
	Stdin     = "-"
	stdinName = "<stdin>"
)

// A File is the content of one file.
type File struct {
	// Name of the file as it was given. For a file in a folder, it begins with the folder as it was given.
	Name string

	// Named reports whether the file itself was given, rather than a folder around it. Standard input is named.
	Named bool

	// Text of the file, in UTF-8.
	Text string

	// Objects of all documents, including the objects in Lists.
	Objects []Object

	// Faults are invalid YAML and duplicate keys.
	Faults []Fault
}

// Err returns the first fault; nil if there is none.
func (f File) Err() error {
	for _, fault := range f.Faults {
		return fmt.Errorf("%s:%d:%d: %s", f.Name, fault.At.Line, fault.At.Column, fault.Rule)
	}
	return nil
}

// An Object is a mapping at the top level of a document, or an item of a List.
type Object struct {
	*unstructured.Unstructured

	// File has the object, at Node.
	File string
	Node *Node
}

// A Fault is an error in the YAML or JSON of a file.
type Fault struct {
	At   Position
	Rule string
}

// Read reads files, folders with everything below them, and standard input for "-". It reads each of them once. It
// returns an error for a file that cannot be read or is binary.
func Read(stdin io.Reader, paths ...string) ([]File, error) {
	w := &walk{stdin: stdin, seen: map[string]bool{}}
	for _, path := range paths {
		if err := w.argument(path); err != nil {
			return nil, err
		}
	}
	return w.files, nil
}

// Parse parses the content of a file.
func Parse(name string, raw []byte) (File, error) {
	text, err := decode(name, raw)
	if err != nil {
		return File{}, err
	}
	f := File{Name: name, Text: text}
	if fault, found := invalidCharacter(text); found {
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

// add adds the object at a node, or the items of a List.
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

// A walk is one call of Read.
type walk struct {
	stdin io.Reader
	files []File

	// seen are the files and folders that were read, by their real paths.
	seen map[string]bool
}

// argument reads one argument.
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

// extensions are those of the files that are read in folders.
var extensions = []string{".yaml", ".yml", ".json"}

// visit reads a file, or the folders and the YAML and JSON files in a folder.
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
			// For example a broken link: it has no objects.
		case info.IsDir() || wanted && info.Mode().IsRegular():
			if err := w.visit(child, info, false); err != nil {
				return err
			}
		}
	}
	return nil
}

// first reports whether a file or folder was not seen before, under any name.
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

// ReadText returns the text of a file, or of standard input for "-", in UTF-8. It is for files without objects.
func ReadText(stdin io.Reader, path string) (string, error) {
	name, raw, err := read(stdin, path)
	if err != nil {
		return "", err
	}
	return decode(name, raw)
}

// read returns the content of a file, or of standard input for "-", and its name in positions.
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

// bare returns an error of the file system without the name of the system call.
func bare(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("%s: %w", p.Path, p.Err)
	}
	return err
}
