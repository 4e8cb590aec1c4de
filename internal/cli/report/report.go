// Package report shows the registries and org accesses of a cluster at a glance.
package report

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/ontopix/crossplane-ecr/internal/cli"
)

// A Report is the output of -o json. A version may gain fields, but none of its fields changes.
type Report struct {
	Version string `json:"version"`

	// Source names the files or the context that was read.
	Source string `json:"source"`

	// At is the day of the report. It lists the exceptions that end on this day, or within Days after it.
	At   string `json:"at"`
	Days int    `json:"days"`

	// Totals of objects, repositories and everything that --fail-on counts.
	Totals map[string]int `json:"totals"`

	// Objects are the registries and the org accesses, the worst first.
	Objects []Row `json:"objects"`

	Exceptions []Exception `json:"exceptions"`

	// Notes say what the report lacks.
	Notes []string `json:"notes,omitempty"`
}

// reportVersion is the version of a Report.
const reportVersion = "v1"

type options struct {
	files    func([]string) []string
	cluster  clusterOptions
	failOn   []string
	at, form string
	days     int
}

// New returns the command.
func New(streams cli.Streams) *cobra.Command {
	o := &options{}
	cmd := &cobra.Command{
		Use:   "report [FILE|FOLDER|-]...",
		Short: "Show which registries of a cluster need attention",
		Long: `Show the conditions Valid, Compliant, Ready and Synced of every registry and org access, with the
message to read first: what is refused, paused or not ready. Then show the exceptions from guardrails
that end soon, the repositories that are retained in AWS, and advice.

The objects are those of the current context of the kubeconfig, or of files that 'kubectl get -o json'
or '-o yaml' printed. A claim and its composite resource are one row, and objects of both API groups
are shown. Exceptions are those in the platform team's EnvironmentConfigs and Compositions.

Exit codes: 0 whatever it finds, 1 if it finds what --fail-on names, 2 wrong usage, or a file or
cluster that cannot be read.`,
		Example: `  # All namespaces of the current context
  kubectl-ecr report -A

  # From files
  kubectl get ecr,environmentconfigs,compositions -A -o json | kubectl-ecr report -

  # A page for people, and a gate for CI
  kubectl-ecr report -A -o html > report.html
  kubectl-ecr report -A --fail-on invalid,noncompliant,exceptions --days 14`,
	}
	o.files = cli.Files(cmd)
	o.cluster.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&o.at, "at", "", "Date of the report (default today, UTC)")
	f.IntVar(&o.days, "days", 30, "Show exceptions that end within this number of days")
	f.StringSliceVar(&o.failOn, "fail-on", nil, "Exit with 1 if there are any of these: "+joined(names()))
	// It fails only for a flag that does not exist.
	_ = cmd.RegisterFlagCompletionFunc("fail-on", cobra.FixedCompletions(names(), cobra.ShellCompDirectiveNoFileComp))
	cli.Output(cmd, &o.form, "table", "json", "html")
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return o.run(cmd, streams, args) }
	return cmd
}

// found has the objects of a report, from files or a cluster.
type found struct {
	source   string
	objects  []object
	settings []*unstructured.Unstructured
	notes    []string
}

func (o *options) run(cmd *cobra.Command, streams cli.Streams, args []string) error {
	at, err := cli.Instant(o.at)
	if err != nil {
		return err
	}
	if o.days < 0 {
		return fmt.Errorf("--days %d: must be 0 or more", o.days)
	}
	if err := checkNames(o.failOn); err != nil {
		return err
	}
	f, err := o.read(cmd, streams, o.files(args))
	if err != nil {
		return err
	}
	r := newReport(f, at, o.days)
	if err := r.write(streams, o.form); err != nil {
		return err
	}
	if r.fails(o.failOn) {
		return cli.ErrRefused
	}
	return nil
}

// read reads the files or, if there are none, the cluster.
func (o *options) read(cmd *cobra.Command, streams cli.Streams, paths []string) (*found, error) {
	if len(paths) == 0 {
		return o.cluster.read(cmd.Context(), streams)
	}
	for _, name := range []string{"kubeconfig", "context", "all-namespaces"} {
		if cmd.Flags().Changed(name) {
			return nil, errors.New("--" + name + " is for a cluster: leave out either it or the files")
		}
	}
	return readFiles(streams, paths, o.cluster.namespace)
}

// newReport returns the report at a time, with the exceptions that end within some days.
func newReport(f *found, at time.Time, days int) *Report {
	at = at.UTC().Truncate(24 * time.Hour)
	r := &Report{
		Version: reportVersion, Source: f.source, At: at.Format(time.DateOnly), Days: days,
		Objects: newRows(f.objects), Notes: f.notes, Totals: map[string]int{},
	}
	var notes []string
	r.Exceptions, notes = newExceptions(f.settings, at, days)
	r.Notes = append(r.Notes, notes...)
	r.Totals["objects"] = len(r.Objects)
	r.Totals["repositories"] = sum(func(row *Row) int { return len(row.Repositories) })(r)
	for _, c := range counters {
		r.Totals[c.Name] = c.of(r)
	}
	return r
}

func (r *Report) write(streams cli.Streams, form string) error {
	switch form {
	case "json":
		return cli.JSON(streams.Out, r)
	case "html":
		return r.html(streams.Out)
	}
	return r.table(streams)
}
