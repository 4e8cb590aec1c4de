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

// maxAdvice is the maximum number of pieces of advice in the table.
const maxAdvice = 20

// table writes a report as text.
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

// Headline returns the totals in one sentence.
func (r *Report) Headline() string {
	var counts []string
	for _, c := range counters {
		if n := r.Totals[c.Name]; n > 0 {
			counts = append(counts, cli.Count(n, c.One, c.Many))
		}
	}
	return fmt.Sprintf("%s, %s: %s", cli.Count(r.Totals["objects"], "object", "objects"),
		cli.Count(r.Totals["repositories"], "repository", "repositories"), cmp.Or(joined(counts), "nothing to do"))
}

// rows writes a line for each object, with its message below.
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
			fmt.Fprintln(b, "  "+cli.Clean(r.Objects[i-1].MessageLine()))
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

// Left returns how long an exception still holds.
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
	section(b, "Repositories that left the spec and are retained in AWS:", []string{"OBJECT", "REPOSITORY", "ARN"}, rows)
}

func (r *Report) advice(b *bytes.Buffer) {
	n := r.Totals["advice"]
	if n == 0 {
		return
	}
	fmt.Fprint(b, "\nAdvice:\n")
	shown := 0
	for i := range r.Objects {
		for _, a := range r.Objects[i].Advice {
			if shown == maxAdvice {
				fmt.Fprintf(b, "  and %d more: -o json has all of them\n", n-shown)
				return
			}
			fmt.Fprintln(b, "  "+cli.Clean(r.Objects[i].ID()+": "+a.Path+": "+a.Message))
			shown++
		}
	}
}

// section writes a table with a title, unless it has no rows.
func section(b *bytes.Buffer, title string, head []string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s\n", title)
	for _, line := range columns(head, rows) {
		fmt.Fprintln(b, "  "+line)
	}
}

// columns returns the lines of a table. It leaves out columns without a value, and writes a dash for an empty cell.
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

// number returns a number for a cell; empty for zero.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
