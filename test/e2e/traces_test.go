package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ontopix/crossplane-ecr/internal/fake/cloud"
)

// traces are what `crossplane beta trace` prints of a registry. Each is compared with what was recorded of it, which
// docs/troubleshooting.md shows (test/deploy). With E2E_RECORD=1 they are recorded anew.
func traces() []behaviour {
	reason := "a page that shows what a command prints must show what it prints"
	return []behaviour{
		{name: "the trace of a claim", reason: reason, only: claimed, run: func(s *scene) {
			c := s.traced("maxcolchon", "agent-support")
			c.apply(`images: [{name: agent-support}]`)
			c.ready()
			c.traces("claim")
		}},
		{name: "the trace of what AWS refuses", reason: reason, only: namespaced, standin: true, run: func(s *scene) {
			c := s.traced("shop", "images")
			denied := &cloud.Error{Code: "AccessDeniedException", Message: "is not authorized to perform: ecr:CreateRepository"}
			defer s.lab.Cloud.Inject(cloud.Fault{Op: cloud.Create, Match: func(k cloud.Key) bool { return k.ID == "shop/web" }, Err: denied})()
			c.apply(`images: [{name: api}, {name: web}]`)
			c.says("Valid", "True", "Valid")
			c.traces("refused-by-aws")
		}},
	}
}

// traced is a registry with the names that a page shows, in a namespace of its own.
func (s *scene) traced(namespace, name string) claim {
	s.Helper()
	if err := s.lab.Namespace(s.Context(), namespace); err != nil {
		s.Fatal(err)
	}
	return s.registryIn(namespace, name)
}

// traces compares the command and what it prints with what was recorded of a state.
func (c claim) traces(state string) {
	c.Helper()
	file := filepath.Join("..", "deploy", "testdata", "trace", state+".txt")
	kind := "projectregistries." + c.group
	trace := func() (string, error) {
		printed, err := c.lab.Trace(c.Context(), kind, c.name, "-n", c.namespace)
		if err != nil {
			return "", err
		}
		if !c.namespaced() {
			// The end of a composite resource's name is made up.
			printed = strings.ReplaceAll(printed, c.composite().GetName(), c.name+"-x7k2p")
		}
		lines := []string{fmt.Sprintf("$ crossplane beta trace %s %s -n %s", kind, c.name, c.namespace)}
		for line := range strings.Lines(printed) {
			lines = append(lines, strings.TrimRight(line, " \n"))
		}
		return strings.Join(lines, "\n") + "\n", nil
	}
	if os.Getenv("E2E_RECORD") != "" {
		var printed string
		c.eventually("the trace no longer changes", func() error {
			before, err := trace()
			if err != nil {
				return err
			}
			time.Sleep(5 * time.Second)
			if printed, err = trace(); err == nil && printed != before {
				err = fmt.Errorf("it changed to\n%s", printed)
			}
			return err
		})
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			c.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(printed), 0o644); err != nil {
			c.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		c.Fatal(err)
	}
	c.eventually("the trace is as it was recorded in "+file, func() error {
		got, err := trace()
		if err != nil {
			return err
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			return fmt.Errorf("-recorded +got:\n%s", diff)
		}
		return nil
	})
}
