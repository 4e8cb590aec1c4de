package progress_test

import (
	"bytes"
	"errors"
	"os/exec"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ontopix/crossplane-ecr/internal/progress"
)

func TestDo(t *testing.T) {
	cases := map[string]struct {
		reason string
		step   error
		want   string
		err    string
	}{
		"Done":   {"A step is announced, and its duration reported.", nil, "T  boil ...\nT  boil: D\n", ""},
		"Failed": {"A failure is reported, and the error names the step.", errors.New("no water"), "T  boil ...\nT  boil: FAILED after D\n", "cannot boil: no water"},
	}
	times := regexp.MustCompile(`(?m)^ *[0-9.]+s|\b0s$`)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			out := &bytes.Buffer{}
			err := progress.NewSteps(out).Do("boil", func() error { return tc.step })
			got := times.ReplaceAllStringFunc(out.String(), func(s string) string {
				if s == "0s" {
					return "D"
				}
				return "T"
			})
			if diff := cmp.Diff(tc.want, got); diff != "" || (err == nil) != (tc.err == "") || err != nil && err.Error() != tc.err {
				t.Errorf("%s\nDo(...): error %v, -want, +got\n%s", tc.reason, err, diff)
			}
		})
	}
}

func TestBuildFails(t *testing.T) {
	err := (&progress.Steps{}).Build("tool", exec.CommandContext(t.Context(), "sh", "-c", "echo 'go: downloading m'; echo 'undefined: x' >&2; exit 1"))
	if want := "exit status 1\nundefined: x"; err == nil || err.Error() != want {
		t.Errorf("An error has Go's output.\nBuild(...): want %q, got %v", want, err)
	}
}
