package preview

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/ontopix/crossplane-ecr/internal/cli"
	"github.com/ontopix/crossplane-ecr/internal/retention"
)

// verdicts in the order in which people read totals, with their words.
var verdicts = []struct {
	Verdict         retention.Verdict
	Total, Singular string
}{
	{retention.Expire, "expire", "expires"},
	{retention.Transition, "are archived", "is archived"},
	{retention.Tied, "may go", "may go"},
	{retention.Held, "are held by an image index", "is held by an image index"},
	{retention.Keep, "stay", "stays"},
}

// text writes a report for people.
func (r *Report) text(w io.Writer) error {
	b := &strings.Builder{}
	fmt.Fprintf(b, "%s\n\n", cli.Clean(r.headline()))
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "VERDICT\tPUSHED\tSIZE\tIMAGE\tGOES\tWHY")
	for i := range r.Images {
		row := &r.Images[i]
		verdict := string(row.Verdict)
		if !row.Certain {
			verdict += "?"
		}
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", verdict, row.PushedAt.Format(time.DateOnly), Size(row.Bytes),
			cli.Clean(row.Name()), row.when(), cli.Clean(row.Reason))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(b)
	for _, line := range r.summary() {
		fmt.Fprintln(b, cli.Clean(line))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// headline names what the report is about.
func (r *Report) headline() string {
	name := r.Repository
	if name == "" {
		name = "Images"
	}
	all := r.Totals["all"]
	return fmt.Sprintf("%s at %s: %s, %s", name, r.At.UTC().Format(time.RFC3339), count(all.Images, "image", "images"), Size(all.Bytes))
}

// summary is the totals, and what the policy changes.
func (r *Report) summary() []string {
	var lines []string
	for _, v := range verdicts {
		if t := r.Totals[string(v.Verdict)]; t.Images > 0 {
			verb := v.Total
			if t.Images == 1 {
				verb = v.Singular
			}
			lines = append(lines, fmt.Sprintf("%s, %s: %s", count(t.Images, "image", "images"), Size(t.Bytes), verb))
		}
	}
	if c := r.Changes; c != nil {
		lines = append(lines, "", "Against the policy in force:")
		for _, change := range []struct {
			name, one, more string
			digests         []string
		}{
			{"goes", "goes that stayed", "go that stayed", c.Goes},
			{"mayGo", "may go that stayed", "may go that stayed", c.MayGo},
			{"archives", "is archived that was not", "are archived that were not", c.Archives},
			{"stays", "stays that went", "stay that went", c.Stays},
		} {
			if n := len(change.digests); n > 0 {
				verb := change.more
				if n == 1 {
					verb = change.one
				}
				lines = append(lines, fmt.Sprintf("%s %s: %s", count(n, "image", "images"), verb, join(r.changed(change.name))))
			}
		}
		if len(c.Goes)+len(c.MayGo)+len(c.Archives)+len(c.Stays) == 0 {
			lines = append(lines, "nothing changes")
		}
	}
	for _, n := range r.Notes {
		lines = append(lines, "", "Note: "+n+".")
	}
	return lines
}

// maxChanged is how many images of one change are named as text.
const maxChanged = 20

// changed names the images of one change.
func (r *Report) changed(change string) []string {
	var names []string
	more := 0
	for i := range r.Images {
		switch {
		case r.Images[i].Change != change:
		case len(names) == maxChanged:
			more++
		default:
			names = append(names, r.Images[i].firstName())
		}
	}
	if more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return names
}

// when says when an image goes if nothing is pushed.
func (r *Row) when() string {
	switch {
	case r.Verdict == retention.Expire, r.Verdict == retention.Transition:
		return "now"
	case r.TransitionsAt != nil:
		return r.TransitionsAt.UTC().Format(time.DateOnly)
	case r.ExpiresAt != nil:
		return r.ExpiresAt.UTC().Format(time.DateOnly)
	case r.Verdict == retention.Tied:
		return "maybe"
	}
	return "-"
}

// Size writes a number of bytes as people read it, by 1,000 as ECR's console does.
func Size(bytes int64) string {
	const unit = 1000
	if bytes < unit {
		return fmt.Sprintf("%d B", bytes)
	}
	value, prefixes := float64(bytes)/unit, "kMGTPE"
	for value >= 999.95 && len(prefixes) > 1 {
		value, prefixes = value/unit, prefixes[1:]
	}
	return fmt.Sprintf("%.1f %cB", value, prefixes[0])
}
