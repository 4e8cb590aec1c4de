package access

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/ontopix/crossplane-ecr/internal/cli"
)

// A document is an answer that can be printed for people.
type document interface{ print(p *printer) }

// write writes an answer in the form of -o.
func (c *command) write(answer document) error {
	if c.form == "json" {
		return cli.JSON(c.Out, answer)
	}
	p := &printer{markdown: c.form == "markdown"}
	answer.print(p)
	_, err := io.WriteString(c.Out, p.String())
	return err
}

// A printer writes text or Markdown.
type printer struct {
	strings.Builder

	markdown bool
}

// line writes a line of text or, if it is indented, an item of a list in Markdown.
func (p *printer) line(indent int, format string, args ...any) {
	text := cli.Clean(fmt.Sprintf(format, args...))
	if p.markdown && indent > 0 {
		text = strings.Repeat("  ", indent-1) + "- " + escape(text)
	} else {
		text = strings.Repeat("  ", indent) + text
	}
	p.WriteString(text + "\n")
}

// heading writes a heading, after an empty line.
func (p *printer) heading(format string, args ...any) {
	if p.Len() > 0 {
		p.WriteString("\n")
	}
	if p.markdown {
		p.WriteString("## " + escape(cli.Clean(fmt.Sprintf(format, args...))) + "\n\n")
		return
	}
	p.line(0, format, args...)
}

// escape escapes the characters that have a meaning in Markdown and its tables.
var escape = strings.NewReplacer(`\`, `\\`, `|`, `\|`, `*`, `\*`, `_`, `\_`, `<`, `&lt;`, `>`, `&gt;`, "`", "\\`").Replace

// table writes rows below a head.
func (p *printer) table(head []string, rows [][]string) {
	if p.markdown {
		p.WriteString("| " + strings.Join(head, " | ") + " |\n|" + strings.Repeat(" --- |", len(head)) + "\n")
		for _, r := range rows {
			cells := make([]string, len(r))
			for i, c := range r {
				cells[i] = escape(cli.Clean(c))
			}
			p.WriteString("| " + strings.Join(cells, " | ") + " |\n")
		}
		return
	}
	table := [][]string{head}
	for _, r := range rows {
		cells := make([]string, len(r))
		for i, c := range r {
			cells[i] = cmp.Or(c, "-")
		}
		table = append(table, cells)
	}
	lines := cli.Table(3, table)
	lines[0] = strings.ToUpper(lines[0])
	p.WriteString(strings.Join(lines, "\n") + "\n")
}

// statements writes the statements that decide.
func (p *printer) statements(all []Statement) {
	for _, s := range all {
		p.line(2, "%s: %s", s.Effect, s)
	}
}

// list writes values in one line, if there are any.
func (p *printer) list(label string, values []string) {
	if len(values) > 0 {
		p.line(2, "%s: %s", label, strings.Join(values, ", "))
	}
}

// boundary writes the permissions boundary of a role, if it has one.
func (p *printer) boundary(arn string) {
	if arn != "" {
		p.line(2, "subject to the permissions boundary %s", arn)
	}
}

func (a *TokenAnswer) print(p *printer) {
	question := a.Right
	if a.Repository != "" {
		question += " on " + a.Repository
	}
	switch {
	case a.Right == "" && a.Allowed:
		p.heading("The token may assume:")
	case a.Right == "":
		p.heading("The token may assume no role.")
	case a.Allowed:
		p.heading("Allowed: %s", question)
	default:
		p.heading("Not allowed: %s", question)
	}
	if len(a.Roles) == 0 {
		p.line(1, "there is no role")
	}
	for _, r := range a.Roles {
		r.print(p)
	}
	if len(a.Tokens) > 1 && a.Allowed {
		p.heading("By the form of the subject:")
		for _, t := range a.Tokens {
			p.line(1, "%s: %s", t.Subject, map[bool]string{true: "allowed", false: "not allowed"}[t.Allowed])
		}
	}
}

func (r *RoleAnswer) print(p *printer) {
	p.line(1, "role %s, of %s", r.Name, r.Of)
	if r.Assumed {
		p.line(2, "lets in %s", r.Subject)
	} else {
		p.line(2, "does not let the token in")
	}
	p.statements(r.Statements)
	for _, m := range r.Missing {
		m.print(p)
	}
	p.list("cannot", r.Cannot)
	p.list("can", slices.DeleteFunc(slices.Clone(r.Can), func(a string) bool { return a == login }))
	for _, a := range r.Repositories {
		p.list(a.Repository, a.rights())
	}
	p.boundary(r.PermissionsBoundary)
}

// String names the statement.
func (s Statement) String() string {
	text := fmt.Sprintf("%s of %s, Statement[%d]", s.Policy, s.Of, s.Index)
	if s.Sid != "" {
		text += " (" + s.Sid + ")"
	}
	return text
}

func (m Missing) print(p *printer) {
	element := m.Element
	if m.Key != "" {
		element = m.Key + " " + m.Operator
	}
	p.line(2, "%s does not match: %s", m.Statement, element)
	label := "expected"
	for _, v := range m.Expected {
		p.line(3, "%s %s", label, v)
		label = "or"
	}
	p.line(3, "got %s", cmp.Or(strings.Join(m.Got, ", "), "nothing"))
}

func (a *WhoAnswer) print(p *printer) {
	if len(a.Who) == 0 {
		p.heading("Nobody can %s on %s.", a.Right, a.Repository)
	} else {
		p.heading("Who can %s on %s:", a.Right, a.Repository)
	}
	p.grantees(a.Who)
	if len(a.Partial) > 0 {
		p.heading("Who can do only a part of it:")
		p.grantees(a.Partial)
	}
}

func (p *printer) grantees(all []*Grantee) {
	for _, g := range all {
		p.line(1, "%s %s, by %s", kindName(g.Kind), g.Name, g.Of)
		for _, a := range g.Admits {
			a.print(p)
		}
		if len(g.Conditions) > 0 {
			p.line(2, "if %s", conditions(g.Conditions))
		}
		p.statements(g.Statements)
		p.list("can", g.Can)
		p.list("cannot", g.Cannot)
		p.boundary(g.PermissionsBoundary)
	}
}

// kindName returns the name of a kind of grantees in text.
func kindName(kind string) string {
	if kind == kindUnit {
		return "organizational unit"
	}
	return kind
}

func (a Admission) print(p *printer) {
	text := "lets in tokens of " + a.Issuer
	if len(a.Conditions) > 0 {
		text += ", if " + conditions(a.Conditions)
	}
	p.line(2, "%s", text)
	for _, s := range a.Subjects {
		p.line(3, "%s", s)
	}
	for _, s := range a.Except {
		p.line(3, "but not %s", s)
	}
}

func conditions(all map[string][]string) string {
	var out []string
	for _, key := range slices.Sorted(maps.Keys(all)) {
		out = append(out, key+" is "+strings.Join(all[key], " or "))
	}
	return strings.Join(out, " and ")
}

func (m *Matrix) print(p *printer) {
	if len(m.Roles) > 0 {
		p.heading("Roles, and whose tokens they let in:")
		p.grantees(m.Roles)
	}
	if m.Organization != "" && len(m.Roles) > 0 {
		p.WriteString("\n")
		p.line(0, "Every role above is a member of the organization %s, and may do what the organization's rows say.", m.Organization)
	}
	p.heading("Access to repositories, with registry policies of scope %s:", m.RegistryScope)
	if len(m.Rows) == 0 {
		p.line(1, "nobody has any")
		return
	}
	rows := make([][]string, len(m.Rows))
	yes := map[bool]string{true: "yes", false: ""}
	for i, r := range m.Rows {
		name := kindName(r.Kind) + " " + r.Name
		if len(r.Conditions) > 0 {
			name += ", if " + conditions(r.Conditions)
		}
		rows[i] = []string{r.Repository, name, yes[r.Push], yes[r.Pull], strings.Join(r.Other, ", ")}
	}
	p.table([]string{"Repository", "Who", "Push", "Pull", "Other"}, rows)
}
