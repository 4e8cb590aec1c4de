package report

import (
	_ "embed"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/ontopix/crossplane-ecr/internal/cli"
	"github.com/ontopix/crossplane-ecr/internal/cli/page"
)

//go:embed page.html
var pageText string

var htmlPage = page.New(pageText, template.FuncMap{
	"days":  days,
	"lines": func(message string) []string { return strings.Split(message, "\n") },
	"class": func(status string) string { return map[string]string{statusTrue: "good", statusFalse: "bad"}[status] },
})

// A view is the data of the HTML page.
type view struct {
	*Report

	States   []stateTotal
	Sections []page.Section[*Row]
}

// A stateTotal is the number of objects in a state.
type stateTotal struct {
	stateWords

	Objects int
	Verb    string
}

// html writes a report as an HTML page.
func (r *Report) html(w io.Writer) error {
	v := view{Report: r, Sections: r.sections()}
	for s, words := range states {
		if n := rowsThat(func(row *Row) bool { return row.state() == state(s) })(r); n > 0 {
			v.States = append(v.States, stateTotal{stateWords: words, Objects: n, Verb: cli.Form(n, "is", "are")})
		}
	}
	return htmlPage.Write(w, v)
}

// sections returns the objects in two sections: those that need attention, and the others.
func (r *Report) sections() []page.Section[*Row] {
	var todo, fine []*Row
	for i := range r.Objects {
		if o := &r.Objects[i]; o.state() < stateAdvice {
			todo = append(todo, o)
		} else {
			fine = append(fine, o)
		}
	}
	return slices.DeleteFunc([]page.Section[*Row]{
		page.NewSection(cli.Count(len(todo), "object to look at", "objects to look at"), true, todo),
		page.NewSection(cli.Count(len(fine), "object is fine", "objects are fine"), len(fine) <= 50, fine),
	}, func(s page.Section[*Row]) bool { return len(s.Rows) == 0 })
}
