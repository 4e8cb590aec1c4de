package preview

import (
	_ "embed"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ontopix/crossplane-ecr/internal/cli"
	"github.com/ontopix/crossplane-ecr/internal/cli/page"
	"github.com/ontopix/crossplane-ecr/internal/retention"
)

//go:embed page.html
var pageText string

var pageTemplate = page.New(pageText)

// A view is what the HTML form shows.
type view struct {
	Title, Count, Size, At string

	Totals   []viewTotal
	Changes  bool
	Notes    []string
	Lanes    []lane
	Axis     []string
	Next     []next
	Sections []section
	Rules    []Rule
}

type viewTotal struct {
	Class, Words, Size string
	Images             int
}

// next is what goes within some days from now.
type next struct{ Within, Expire, Archive string }

type section struct {
	Title string
	Open  bool
	Rows  []viewRow
	More  int
}

type viewRow struct {
	Tags                                                      []string
	More                                                      int
	Digest, Short, Pushed, Size, Class, Verdict, Goes, Reason string
}

// maxRows is how many images a section of the page lists.
const maxRows = 1000

// html writes a report as one page that needs no network.
func (r *Report) html(w io.Writer) error {
	all := r.Totals["all"]
	p := view{
		Title: r.Repository, Count: count(all.Images, "image", "images"), Size: Size(all.Bytes), At: r.At.UTC().Format(time.RFC3339),
		Notes: r.Notes, Rules: r.Rules,
	}
	if p.Title == "" {
		p.Title = "Lifecycle policy"
	}
	for _, v := range verdicts {
		if t := r.Totals[string(v.Verdict)]; t.Images > 0 {
			words := v.Total
			if t.Images == 1 {
				words = v.Singular
			}
			p.Totals = append(p.Totals, viewTotal{Class: string(v.Verdict), Words: words, Images: t.Images, Size: Size(t.Bytes)})
		}
	}
	oneByOne := false
	p.Lanes, p.Axis, oneByOne = r.lanes()
	p.Changes = r.Changes != nil && oneByOne
	p.Next = r.next()
	p.Sections = r.sections()
	return pageTemplate.Execute(w, p)
}

// sections list the images: what the policy changes, what goes and what stays.
func (r *Report) sections() []section {
	var sections []section
	add := func(title string, open bool, in func(*Row) bool) {
		s := section{Title: title, Open: open}
		for i := range r.Images {
			switch {
			case !in(&r.Images[i]):
			case len(s.Rows) == maxRows:
				s.More++
			default:
				s.Rows = append(s.Rows, newViewRow(&r.Images[i]))
			}
		}
		if n := len(s.Rows) + s.More; n > 0 {
			s.Title = fmt.Sprintf("%s: %s", title, count(n, "image", "images"))
			sections = append(sections, s)
		}
	}
	if r.Changes != nil {
		add("Goes by this policy, stays by the one in force", true, func(x *Row) bool { return x.Change == "goes" })
		add("May go by this policy, stays by the one in force", true, func(x *Row) bool { return x.Change == "mayGo" })
		add("Is archived by this policy, and not by the one in force", true, func(x *Row) bool { return x.Change == "archives" })
		add("Stays by this policy, goes by the one in force", true, func(x *Row) bool { return x.Change == "stays" })
	}
	add("What goes", true, (*Row).goes)
	add("What stays", len(r.Images) <= 50, func(x *Row) bool { return !x.goes() })
	return sections
}

func newViewRow(r *Row) viewRow {
	p := viewRow{
		Digest: cli.Clean(r.Digest), Short: cli.Clean(shortDigest(r.Digest)), Pushed: r.PushedAt.UTC().Format(time.DateOnly),
		Size: Size(r.Bytes), Class: string(r.Verdict), Verdict: string(r.Verdict), Goes: r.when(), Reason: cli.Clean(r.Reason),
	}
	if !r.Certain {
		p.Verdict += "?"
	}
	for i, t := range r.Tags {
		if i == maxTags {
			p.More = len(r.Tags) - maxTags
			break
		}
		p.Tags = append(p.Tags, cli.Clean(t))
	}
	return p
}

// next counts what goes later, by how soon.
func (r *Report) next() []next {
	within := []struct {
		words string
		days  int
	}{{"7 days", 7}, {"30 days", 30}, {"90 days", 90}, {"a year", 365}, {"any time", 1 << 30}}
	expire, archive := make([]Total, len(within)), make([]Total, len(within))
	some := false
	add := func(totals []Total, at *time.Time, bytes int64) {
		if at == nil {
			return
		}
		for n, x := range within {
			if at.Sub(r.At) <= time.Duration(min(x.days, 100_000))*24*time.Hour || n == len(within)-1 {
				totals[n].add(bytes)
				some = true
			}
		}
	}
	for i := range r.Images {
		if row := &r.Images[i]; row.Verdict != retention.Expire {
			add(expire, row.ExpiresAt, row.Bytes)
			if row.Verdict != retention.Transition {
				add(archive, row.TransitionsAt, row.Bytes)
			}
		}
	}
	if !some {
		return nil
	}
	words := func(t Total) string {
		if t.Images == 0 {
			return "none"
		}
		return fmt.Sprintf("%s, %s", count(t.Images, "image", "images"), Size(t.Bytes))
	}
	var out []next
	for n, x := range within {
		out = append(out, next{Within: x.words, Expire: words(expire[n]), Archive: words(archive[n])})
	}
	return out
}

// laneWords says how many images of a lane have each verdict.
func laneWords(counts map[retention.Verdict]int) string {
	var words []string
	for _, v := range verdicts {
		switch n := counts[v.Verdict]; {
		case n == 1:
			words = append(words, "1 "+v.Singular)
		case n > 1:
			words = append(words, fmt.Sprintf("%d %s", n, v.Total))
		}
	}
	return strings.Join(words, ", ")
}
