package report

import (
	_ "embed"
	"io"
	"strings"

	"github.com/ontopix/crossplane-ecr/internal/cli"
	"github.com/ontopix/crossplane-ecr/internal/cli/page"
)

//go:embed page.html
var pageText string

var pageTemplate = page.New(pageText)

// states in the order of a page, with the words for one row and for several.
var states = []struct {
	state            state
	Class, One, Many string
}{
	{stateInvalid, "bad", "not valid", "are not valid"},
	{statePaused, "more", "paused", "are paused"},
	{stateUnsynced, "bad", "not synced", "are not synced"},
	{stateUnready, "info", "not ready", "are not ready"},
	{stateNoncompliant, "warn", "not compliant", "are not compliant"},
	{stateAdvice, "good", "fine, with advice", "are fine, with advice"},
	{stateFine, "good", "fine", "are fine"},
}

// A view is what the HTML form shows.
type view struct {
	Title, Source, At, Headline, Within string

	Notes      []string
	States     []viewState
	Sections   []viewSection
	Exceptions []viewException
	Retained   []viewRetained
	Advice     []viewAdvice
}

// A viewState is how many objects are in a state.
type viewState struct {
	Class, Words string
	Objects      int
}

// A viewSection lists objects.
type viewSection struct {
	Title string
	Open  bool
	Rows  []viewRow
	More  int
}

type viewRow struct {
	ID, Kind, Class, State string
	Conditions             []viewCondition
	Repositories           int
	Lines                  []string
}

type viewCondition struct{ Type, Status, Class string }

type viewException struct{ Until, Left, Project, Image, Guardrail, Reason, Settings string }

type viewRetained struct{ ID, Name, ARN string }

type viewAdvice struct{ ID, Path, Message string }

// maxRows is how many objects a section of the page lists.
const maxRows = 1000

// html writes a report as one page that needs no network.
func (r *Report) html(w io.Writer) error {
	v := view{
		Title: "Registries", Source: cli.Clean(r.Source), At: r.At, Headline: cli.Clean(r.headline()), Within: plural(r.Days, "day", "days"),
		Sections: r.sections(),
	}
	for _, n := range r.Notes {
		v.Notes = append(v.Notes, cli.Clean(n))
	}
	for _, s := range states {
		n := rowsThat(func(row *Row) bool { return row.state() == s.state })(r)
		words := s.Many
		if n == 1 {
			words = "is " + s.One
		}
		if n > 0 {
			v.States = append(v.States, viewState{Class: s.Class, Words: words, Objects: n})
		}
	}
	for _, e := range r.Exceptions {
		v.Exceptions = append(v.Exceptions, viewException{
			Until: e.Until, Left: e.left(), Project: cli.Clean(e.Project), Image: cli.Clean(image(e.Exception)),
			Guardrail: cli.Clean(e.Guardrail), Reason: cli.Clean(e.Reason), Settings: cli.Clean(e.Settings),
		})
	}
	for i := range r.Objects {
		o := &r.Objects[i]
		for _, x := range o.Retained {
			v.Retained = append(v.Retained, viewRetained{ID: cli.Clean(o.ID()), Name: cli.Clean(x.Name), ARN: cli.Clean(x.ARN)})
		}
		for _, a := range o.Advice {
			v.Advice = append(v.Advice, viewAdvice{ID: cli.Clean(o.ID()), Path: cli.Clean(a.Path), Message: cli.Clean(a.Message)})
		}
	}
	return pageTemplate.Execute(w, v)
}

// sections list the objects: those with something to do, and the others.
func (r *Report) sections() []viewSection {
	todo, fine := viewSection{Open: true}, viewSection{}
	kinds := r.kinds()
	for i := range r.Objects {
		o := &r.Objects[i]
		s := &todo
		if o.state() >= stateAdvice {
			s = &fine
		}
		if len(s.Rows) == maxRows {
			s.More++
			continue
		}
		s.Rows = append(s.Rows, newViewRow(o, kinds[i]))
	}
	todo.Title = plural(len(todo.Rows)+todo.More, "object to look at", "objects to look at")
	fine.Title = plural(len(fine.Rows)+fine.More, "object is fine", "objects are fine")
	fine.Open = len(fine.Rows) <= 50
	var all []viewSection
	for _, s := range []viewSection{todo, fine} {
		if len(s.Rows) > 0 {
			all = append(all, s)
		}
	}
	return all
}

func newViewRow(o *Row, kind string) viewRow {
	v := viewRow{ID: cli.Clean(o.ID()), Kind: cli.Clean(kind), Repositories: len(o.Repositories)}
	for _, s := range states {
		if s.state == o.state() {
			v.Class, v.State = s.Class, s.One
		}
	}
	for _, c := range []viewCondition{{Type: "Valid", Status: o.Valid}, {Type: "Compliant", Status: o.Compliant}, {Type: "Ready", Status: o.Ready}, {Type: "Synced", Status: o.Synced}} {
		c.Class = map[string]string{statusTrue: "good", statusFalse: "bad"}[c.Status]
		v.Conditions = append(v.Conditions, c)
	}
	if o.Message != "" {
		for _, line := range strings.Split(o.Message, "\n") {
			v.Lines = append(v.Lines, cli.Clean(line))
		}
	}
	return v
}
