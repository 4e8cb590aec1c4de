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
	StdinName = "<stdin>"
)

// A File is what one file holds.
type File struct {
	// Name as it was given or, of a file in a folder, below the folder as it was given.
	Name string

	// Named reports whether the file itself was given, and no folder that it is in.
	Named bool

	// Text of the file, in UTF-8.
	Text string

	// Objects of all documents, those of Lists one by one.
	Objects []Object

	// Faults of what is no YAML, or says something twice.
	Faults []Fault
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
	text, err := decode(raw)
	if err != nil {
		return File{}, fmt.Errorf("%s: %w", name, err)
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

func (w *walk) argument(path string) error {
	if path == Stdin {
		if w.seen[Stdin] {
			return nil
		}
		w.seen[Stdin] = true
		raw, err := io.ReadAll(w.stdin)
		if err != nil {
			return fmt.Errorf("cannot read standard input: %w", err)
		}
		return w.add(StdinName, raw, true)
	}
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("cannot read %w", bare(err))
	}
	if info.IsDir() {
		return w.folder(path)
	}
	return w.file(path, true)
}

// bare is an error of the file system without the name of the system call.
func bare(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return fmt.Errorf("%s: %w", p.Path, p.Err)
	}
	return err
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

// extensions of the files that are read in folders.
var extensions = []string{".yaml", ".yml", ".json"}

func (w *walk) folder(path string) error {
	if !w.first(path) {
		return nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return fmt.Errorf("cannot read %w", bare(err))
	}
	for _, e := range entries {
		if err := w.entry(filepath.Join(path, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// entry reads what a folder holds, if it is a folder or looks like YAML or JSON.
func (w *walk) entry(path string) error {
	wanted := slices.Contains(extensions, strings.ToLower(filepath.Ext(path)))
	info, err := os.Stat(path)
	switch {
	case err != nil && wanted:
		return fmt.Errorf("cannot read %w", bare(err))
	case err != nil:
		// A broken link, or a socket: nothing that holds objects.
		return nil
	case info.IsDir():
		return w.folder(path)
	case wanted && info.Mode().IsRegular():
		return w.file(path, false)
	}
	return nil
}

func (w *walk) file(path string, named bool) error {
	if !w.first(path) {
		return nil
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("cannot read %w", bare(err))
	}
	return w.add(path, raw, named)
}

func (w *walk) add(name string, raw []byte, named bool) error {
	f, err := Parse(name, raw)
	if err != nil {
		return err
	}
	f.Named = named
	w.files = append(w.files, f)
	return nil
}
