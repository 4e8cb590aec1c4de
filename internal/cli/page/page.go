// Package page has what the HTML pages of the commands have in common. A page is one file that needs no network and runs
// no script. It can be read on any screen, light and dark.
package page

import (
	_ "embed"
	"html/template"
)

//go:embed head.html
var head string

// New returns the template of a page. It begins with {{template "head" TITLE}}, which its own styles and </head> follow.
func New(text string) *template.Template {
	return template.Must(template.Must(template.New("page").Parse(head)).New("text").Parse(text))
}
