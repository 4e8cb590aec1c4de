package preview

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ontopix/crossplane-ecr/internal/cli"
	"github.com/ontopix/crossplane-ecr/internal/retention"
)

// verdicts lists the verdicts in the order of totals, with their words for one and for many images.
var verdicts = []struct {
	Verdict   retention.Verdict
	one, many string
}{
	{retention.Expire, "expires", "expire"},
	{retention.Transition, "is archived", "are archived"},
	{retention.Tied, "may go", "may go"},
	{retention.Held, "is held by an image index", "are held by an image index"},
	{retention.Keep, "stays", "stay"},
}

// A verdictTotal counts the images of a verdict, with its words.
type verdictTotal struct {
	Total

	Verdict retention.Verdict
	Words   string
}

// byVerdict returns the totals of the verdicts that occur.
func byVerdict(totals map[string]Total) []verdictTotal {
	var all []verdictTotal
	for _, v := range verdicts {
		if t := totals[string(v.Verdict)]; t.Images > 0 {
			all = append(all, verdictTotal{Total: t, Verdict: v.Verdict, Words: cli.Form(t.Images, v.one, v.many)})
		}
	}
	return all
}

// changes lists the changes in the order of the report, with their words for one and for many images, and the title of
// their section on the page.
var changes = []struct {
	change
	one, many, title string
}{
	{goes, "expires only under this policy", "expire only under this policy", "Expire only under this policy"},
	{mayGo, "is tied only under this policy", "are tied only under this policy", "Tied only under this policy"},
	{archives, "is archived only under this policy", "are archived only under this policy", "Archived only under this policy"},
	{stays, "expires only under the policy in force", "expire only under the policy in force", "Expire only under the policy in force"},
}

// text writes a report as text.
func (r *Report) text(w io.Writer) error {
	name := r.Repository
	if name == "" {
		name = "Images"
	}
	lines := []string{cli.Clean(fmt.Sprintf("%s at %s: %s", name, r.At.UTC().Format(time.RFC3339), r.Totals["all"])), ""}
	table := [][]string{{"VERDICT", "PUSHED", "SIZE", "IMAGE", "GOES", "WHY"}}
	for i := range r.Images {
		row := &r.Images[i]
		table = append(table, []string{row.Decided(), day(row.PushedAt), sizeOf(row.Bytes), row.Name(), row.When(), row.Reason})
	}
	lines = append(append(lines, cli.Table(2, table)...), "")
	for _, line := range r.summary() {
		lines = append(lines, cli.Clean(line))
	}
	_, err := io.WriteString(w, strings.Join(lines, "\n")+"\n")
	return err
}

// summary returns the lines below the table: the totals, the changes and the notes.
func (r *Report) summary() []string {
	var lines []string
	for _, t := range byVerdict(r.Totals) {
		lines = append(lines, fmt.Sprintf("%s (%s) %s", cli.Count(t.Images, "image", "images"), sizeOf(t.Bytes), t.Words))
	}
	if r.Changes != nil {
		lines = append(lines, "", "Compared with the policy in force:")
		none := true
		for _, c := range changes {
			if rows := r.rows(func(x *Row) bool { return x.Change == c.change }); len(rows) > 0 {
				none = false
				words := cli.Form(len(rows), c.one, c.many)
				lines = append(lines, fmt.Sprintf("%s %s: %s", cli.Count(len(rows), "image", "images"), words, named(rows)))
			}
		}
		if none {
			lines = append(lines, "nothing changes")
		}
	}
	for _, n := range r.Notes {
		lines = append(lines, "", "Note: "+n+".")
	}
	return lines
}

// named names at most maxNamed images.
func named(rows []*Row) string {
	const maxNamed = 20
	var names []string
	for _, row := range rows[:min(maxNamed, len(rows))] {
		names = append(names, firstName(row.Digest, row.Tags))
	}
	if more := len(rows) - maxNamed; more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return join(names)
}
