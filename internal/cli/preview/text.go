package preview

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ontopix/crossplane-ecr/internal/cli"
	"github.com/ontopix/crossplane-ecr/internal/retention"
)

// verdicts in the order in which people read totals, with their words.
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

// A verdictTotal counts the images of a verdict, and says what becomes of them.
type verdictTotal struct {
	Total

	Verdict retention.Verdict
	Words   string
}

// byVerdict are the totals of the verdicts that there are.
func byVerdict(totals map[string]Total) []verdictTotal {
	var all []verdictTotal
	for _, v := range verdicts {
		if t := totals[string(v.Verdict)]; t.Images > 0 {
			all = append(all, verdictTotal{Total: t, Verdict: v.Verdict, Words: cli.Form(t.Images, v.one, v.many)})
		}
	}
	return all
}

// changes in the order in which people read them, with the words for how many images there are of each, and the title
// of their section on the page.
var changes = []struct {
	change
	one, many, title string
}{
	{goes, "goes that stayed", "go that stayed", "Goes by this policy, stays by the one in force"},
	{mayGo, "may go that stayed", "may go that stayed", "May go by this policy, stays by the one in force"},
	{archives, "is archived that was not", "are archived that were not", "Is archived by this policy, and not by the one in force"},
	{stays, "stays that went", "stay that went", "Stays by this policy, goes by the one in force"},
}

// text writes a report for people.
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

// summary is the totals, and what the policy changes.
func (r *Report) summary() []string {
	var lines []string
	for _, t := range byVerdict(r.Totals) {
		lines = append(lines, t.String()+": "+t.Words)
	}
	if r.Changes != nil {
		lines = append(lines, "", "Against the policy in force:")
		none := true
		for _, c := range changes {
			if rows := r.rows(func(x *Row) bool { return x.Change == c.change }); len(rows) > 0 {
				none = false
				lines = append(lines, fmt.Sprintf("%s %s: %s", cli.Count(len(rows), "image", "images"), cli.Form(len(rows), c.one, c.many), named(rows)))
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

// named names images, but not too many of them.
func named(rows []*Row) string {
	const most = 20
	var names []string
	for _, row := range rows[:min(most, len(rows))] {
		names = append(names, firstName(row.Digest, row.Tags))
	}
	if more := len(rows) - most; more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return join(names)
}
