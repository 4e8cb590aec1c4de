// Package page writes the HTML pages of the commands. A page is one file that needs no network and runs no script. It
// adapts to the size of the screen and to its light or dark theme.
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

// New returns a page. Its text begins with {{template "head" TITLE}}, followed by its own styles and </head>. It may call
// the given functions.
func New(text string, functions template.FuncMap) Page {
	return Page{template.Must(template.Must(template.New("page").Funcs(functions).Parse(head)).New("text").Parse(text))}
}

// Write writes the page with its data, cleaned.
func (p Page) Write(w io.Writer, data any) error { return p.template.Execute(cli.CleanWriter(w), data) }

// maxRows is the maximum number of rows that a section lists.
const maxRows = 1000

// A Section lists rows below a title. More is the number of rows that it leaves out.
type Section[Row any] struct {
	Title string
	Open  bool
	Rows  []Row
	More  int
}

// NewSection returns a section of the first maxRows rows.
func NewSection[Row any](title string, open bool, rows []Row) Section[Row] {
	shown := min(len(rows), maxRows)
	return Section[Row]{Title: title, Open: open, Rows: rows[:shown], More: len(rows) - shown}
}
