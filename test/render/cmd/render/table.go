package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/ontopix/crossplane-ecr/test/render/example"
)

// list writes the examples, what each shows, and how to render one.
func list(w io.Writer, repo example.Repository) error {
	rows, err := repo.Table()
	if err != nil {
		return err
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range append([]example.Row{{Name: "EXAMPLE", Shows: "SHOWS"}}, rows...) {
		if _, err := fmt.Fprintf(tw, "%s\t%s\n", row.Name, row.Shows); err != nil {
			return err
		}
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	_, err = fmt.Fprint(w, `
make render EXAMPLE=project-registry/agent-support   one of them: when it is new, and once AWS has it
make render CLAIM=claim.yaml                         your own claim
make render ALL=1                                    all examples: thousands of lines
`)
	return err
}
