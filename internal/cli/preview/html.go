package preview

import (
	_ "embed"
	"html/template"
	"io"
	"time"

	"github.com/ontopix/crossplane-ecr/internal/cli"
	"github.com/ontopix/crossplane-ecr/internal/cli/page"
	"github.com/ontopix/crossplane-ecr/internal/retention"
)

//go:embed page.html
var pageText string

var htmlPage = page.New(pageText, template.FuncMap{"day": day, "size": sizeOf, "short": shortDigest})

// A view holds the data of the HTML page.
type view struct {
	*Report

	Verdicts []verdictTotal
	Lanes    []lane
	Axis     []string

	// OneByOne reports whether the lanes have a bar for each image.
	OneByOne bool
	Next     []next
	Sections []page.Section[*Row]
}

// html writes a report as one HTML page that needs no network.
func (r *Report) html(w io.Writer) error {
	v := view{Report: r, Verdicts: byVerdict(r.Totals), Next: r.next(), Sections: r.sections()}
	v.Lanes, v.Axis, v.OneByOne = r.lanes()
	return htmlPage.Write(w, v)
}

// sections returns lists of the images that the policy changes, that go and that stay.
func (r *Report) sections() []page.Section[*Row] {
	var sections []page.Section[*Row]
	add := func(title string, open bool, match func(*Row) bool) {
		if rows := r.rows(match); len(rows) > 0 {
			sections = append(sections, page.NewSection(title+": "+cli.Count(len(rows), "image", "images"), open, rows))
		}
	}
	for _, c := range changes {
		add(c.title, true, func(x *Row) bool { return x.Change == c.change })
	}
	add("What goes", true, (*Row).goes)
	add("What stays", len(r.Images) <= 50, func(x *Row) bool { return !x.goes() })
	return sections
}

// next counts the images that expire and are archived within some time.
type next struct {
	Within          string
	Expire, Archive Total
}

// next counts the images that go later, by how soon; nil if none does.
func (r *Report) next() []next {
	const ever = 10_000 * 365
	var all []next
	for _, x := range []struct {
		words string
		days  int
	}{{"7 days", 7}, {"30 days", 30}, {"90 days", 90}, {"a year", 365}, {"any time", ever}} {
		n := next{Within: x.words}
		within := func(at *time.Time) bool { return at != nil && !at.After(r.At.AddDate(0, 0, x.days)) }
		for i := range r.Images {
			row := &r.Images[i]
			if row.Verdict != retention.Expire && within(row.ExpiresAt) {
				n.Expire.add(row.Bytes)
			}
			if row.Verdict != retention.Expire && row.Verdict != retention.Transition && within(row.TransitionsAt) {
				n.Archive.add(row.Bytes)
			}
		}
		all = append(all, n)
	}
	if total := all[len(all)-1]; total.Expire.Images+total.Archive.Images == 0 {
		return nil
	}
	return all
}
