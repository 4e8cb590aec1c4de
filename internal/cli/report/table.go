package report

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/ontopix/crossplane-ecr/internal/cli"
)

// maxAdvice is how many pieces of advice the table has.
const maxAdvice = 20

// table writes a report for people: what is wrong comes first, with its message below.
func (r *Report) table(streams cli.Streams) error {
	b := &bytes.Buffer{}
	fmt.Fprintln(b, cli.Clean(r.headline()))
	r.rows(b, streams.Color)
	r.exceptions(b)
	r.retained(b)
	r.advice(b)
	for _, n := range r.Notes {
		fmt.Fprintf(b, "\nNote: %s.\n", cli.Clean(n))
	}
	_, err := b.WriteTo(streams.Out)
	return err
}

// headline is the totals.
func (r *Report) headline() string {
	words := []string{plural(r.Totals["objects"], "object", "objects") + ", " + plural(r.Totals["repositories"], "repository", "repositories")}
	for _, c := range counts {
		if n := r.Totals[c.Name]; n > 0 {
			words = append(words, plural(n, c.One, c.Many))
		}
	}
	if len(words) == 1 {
		words = append(words, "there is nothing to do")
	}
	return words[0] + ": " + joined(words[1:])
}

// rows writes a line for each object, and one for its message.
func (r *Report) rows(b *bytes.Buffer, color bool) {
	if len(r.Objects) == 0 {
		return
	}
	var lines [][]string
	kinds := r.kinds()
	for i := range r.Objects {
		o := &r.Objects[i]
		lines = append(lines, []string{
			o.Namespace, o.Name, kinds[i], o.Valid, o.Compliant, o.Ready, o.Synced,
			number(len(o.Repositories)), number(len(o.Retained)), number(len(o.Advice)),
		})
	}
	fmt.Fprintln(b)
	table := columns([]string{"NAMESPACE", "NAME", "KIND", "VALID", "COMPLIANT", "READY", "SYNCED", "REPOS", "RETAINED", "ADVICE"}, lines)
	for i, line := range table {
		if color && i > 0 {
			line = strings.ReplaceAll(line, " False ", " \x1b[31mFalse\x1b[0m ")
		}
		fmt.Fprintln(b, line)
		if i > 0 && r.Objects[i-1].Message != "" {
			fmt.Fprintln(b, "  "+cli.Clean(r.Objects[i-1].Words()))
		}
	}
}

// kinds are those of the rows, with the group where objects of one kind are of several; all empty if there is one kind
// only.
func (r *Report) kinds() []string {
	groups, all := map[string]map[string]bool{}, map[string]bool{}
	for i := range r.Objects {
		o := &r.Objects[i]
		if groups[o.Kind] == nil {
			groups[o.Kind] = map[string]bool{}
		}
		groups[o.Kind][o.APIVersion], all[o.Kind+o.APIVersion] = true, true
	}
	kinds := make([]string, len(r.Objects))
	for i := range r.Objects {
		o := &r.Objects[i]
		switch group, _, _ := strings.Cut(o.APIVersion, "/"); {
		case len(all) == 1:
		case len(groups[o.Kind]) > 1:
			kinds[i] = o.Kind + "." + group
		default:
			kinds[i] = o.Kind
		}
	}
	return kinds
}

func (r *Report) exceptions(b *bytes.Buffer) {
	var lines [][]string
	for _, e := range r.Exceptions {
		lines = append(lines, []string{e.Until, e.left(), e.Project, image(e.Exception), e.Guardrail, e.Reason})
	}
	section(b, fmt.Sprintf("Exceptions that end within %s:", plural(r.Days, "day", "days")),
		[]string{"UNTIL", "LEFT", "PROJECT", "IMAGE", "GUARDRAIL", "REASON"}, lines)
}

// left says how long an exception holds.
func (e *Exception) left() string {
	if e.Days == 0 {
		return "today"
	}
	return plural(e.Days, "day", "days")
}

func (r *Report) retained(b *bytes.Buffer) {
	var lines [][]string
	for i := range r.Objects {
		for _, x := range r.Objects[i].Retained {
			lines = append(lines, []string{r.Objects[i].ID(), x.Name, x.ARN})
		}
	}
	section(b, "Repositories that left the spec, and are retained in AWS:", []string{"OBJECT", "REPOSITORY", "ARN"}, lines)
}

func (r *Report) advice(b *bytes.Buffer) {
	n := r.Totals["advice"]
	if n == 0 {
		return
	}
	fmt.Fprint(b, "\nAdvice:\n")
	told := 0
	for i := range r.Objects {
		for _, a := range r.Objects[i].Advice {
			if told == maxAdvice {
				fmt.Fprintf(b, "  and %d more: -o json has all of them\n", n-told)
				return
			}
			fmt.Fprintln(b, "  "+cli.Clean(r.Objects[i].ID()+": "+a.Path+": "+a.Message))
			told++
		}
	}
}

// section writes a table with a title, if it has lines.
func section(b *bytes.Buffer, title string, head []string, lines [][]string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s\n", title)
	for _, line := range columns(head, lines) {
		fmt.Fprintln(b, "  "+line)
	}
}

// columns returns the lines of a table. A column without a value is left out, and a cell without one is a dash.
func columns(head []string, lines [][]string) []string {
	b := &bytes.Buffer{}
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	row := func(cells []string) {
		var shown []string
		for c, cell := range cells {
			if filled(lines, c) {
				shown = append(shown, cmp.Or(cli.Clean(cell), "-"))
			}
		}
		io.WriteString(w, strings.Join(shown, "\t")+"\n") //nolint:errcheck // A buffer does not fail.
	}
	row(head)
	for _, line := range lines {
		row(line)
	}
	w.Flush() //nolint:errcheck // A buffer does not fail.
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
}

// filled reports whether any line has a value in a column.
func filled(lines [][]string, column int) bool {
	for _, line := range lines {
		if line[column] != "" {
			return true
		}
	}
	return false
}

// number is how many there are; empty for none.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
