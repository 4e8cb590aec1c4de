package report

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ontopix/crossplane-ecr/internal/cli"
)

// maxAdvice is how many pieces of advice the table has.
const maxAdvice = 20

// table writes a report for people: what is wrong comes first, with its message below.
func (r *Report) table(streams cli.Streams) error {
	b := &bytes.Buffer{}
	fmt.Fprintln(b, cli.Clean(r.Headline()))
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

// Headline is the totals.
func (r *Report) Headline() string {
	words := []string{cli.Count(r.Totals["objects"], "object", "objects") + ", " + cli.Count(r.Totals["repositories"], "repository", "repositories")}
	for _, c := range counts {
		if n := r.Totals[c.Name]; n > 0 {
			words = append(words, cli.Count(n, c.One, c.Many))
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
	var rows [][]string
	for i := range r.Objects {
		o := &r.Objects[i]
		rows = append(rows, []string{
			o.Namespace, o.Name, o.ShownKind, o.Valid, o.Compliant, o.Ready, o.Synced,
			number(len(o.Repositories)), number(len(o.Retained)), number(len(o.Advice)),
		})
	}
	fmt.Fprintln(b)
	head := []string{"NAMESPACE", "NAME", "KIND", "VALID", "COMPLIANT", "READY", "SYNCED", "REPOS", "RETAINED", "ADVICE"}
	for i, line := range columns(head, rows) {
		if color && i > 0 {
			line = strings.ReplaceAll(line, " False ", " \x1b[31mFalse\x1b[0m ")
		}
		fmt.Fprintln(b, line)
		if i > 0 && r.Objects[i-1].Message != "" {
			fmt.Fprintln(b, "  "+cli.Clean(r.Objects[i-1].Words()))
		}
	}
}

func (r *Report) exceptions(b *bytes.Buffer) {
	var rows [][]string
	for _, e := range r.Exceptions {
		rows = append(rows, []string{e.Until, e.Left(), e.Project, e.ImageName(), e.Guardrail, e.Reason})
	}
	section(b, fmt.Sprintf("Exceptions that end within %s:", days(r.Days)),
		[]string{"UNTIL", "LEFT", "PROJECT", "IMAGE", "GUARDRAIL", "REASON"}, rows)
}

func days(n int) string { return cli.Count(n, "day", "days") }

// Left says how long an exception holds.
func (e Exception) Left() string {
	if e.Days == 0 {
		return "today"
	}
	return days(e.Days)
}

func (r *Report) retained(b *bytes.Buffer) {
	var rows [][]string
	for i := range r.Objects {
		for _, x := range r.Objects[i].Retained {
			rows = append(rows, []string{r.Objects[i].ID(), x.Name, x.ARN})
		}
	}
	section(b, "Repositories that left the spec, and are retained in AWS:", []string{"OBJECT", "REPOSITORY", "ARN"}, rows)
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
func section(b *bytes.Buffer, title string, head []string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s\n", title)
	for _, line := range columns(head, rows) {
		fmt.Fprintln(b, "  "+line)
	}
}

// columns returns the lines of a table. A column without a value is left out, and a cell without one is a dash.
func columns(head []string, rows [][]string) []string {
	table := make([][]string, 1+len(rows))
	for c, name := range head {
		if !slices.ContainsFunc(rows, func(row []string) bool { return row[c] != "" }) {
			continue
		}
		table[0] = append(table[0], name)
		for i, row := range rows {
			table[1+i] = append(table[1+i], cmp.Or(row[c], "-"))
		}
	}
	return cli.Table(2, table)
}

// number is how many there are; empty for none.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
