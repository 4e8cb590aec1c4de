// Package page has what the HTML pages of the commands have in common. A page is one file that needs no network and runs
// no script. It can be read on any screen, light and dark.
package page

import (
	_ "embed"
	"html/template"
	"io"

	"github.com/ontopix/crossplane-ecr/internal/cli"
)

//go:embed head.html
var head string

// A Page is the template of a page.
type Page struct{ template *template.Template }

// New returns a page. Its text begins with {{template "head" TITLE}}, which its own styles and </head> follow. It may use
// the given functions.
func New(text string, functions template.FuncMap) Page {
	return Page{template.Must(template.Must(template.New("page").Funcs(functions).Parse(head)).New("text").Parse(text))}
}

// Write writes the page with its data, which is cleaned.
func (p Page) Write(w io.Writer, data any) error { return p.template.Execute(cli.CleanWriter(w), data) }

// maxRows is how many rows a section lists.
const maxRows = 1000

// A Section lists rows below a title. More is how many it leaves out.
type Section[Row any] struct {
	Title string
	Open  bool
	Rows  []Row
	More  int
}

// NewSection returns a section of some rows.
func NewSection[Row any](title string, open bool, rows []Row) Section[Row] {
	shown := min(len(rows), maxRows)
	return Section[Row]{Title: title, Open: open, Rows: rows[:shown], More: len(rows) - shown}
}
