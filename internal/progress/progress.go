// Package progress reports what a program is doing and how long its steps take.
package progress

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// Steps report the steps of a program. The zero value reports nothing. Steps are safe for concurrent use.
type Steps struct {
	w     io.Writer
	start time.Time
	mu    sync.Mutex
}

// NewSteps returns Steps that write lines to w, each with the time since the call of NewSteps.
func NewSteps(w io.Writer) *Steps { return &Steps{w: w, start: time.Now()} }

// Do announces a step, runs it, and reports its duration or failure. It returns the step's error with the step's name.
func (s *Steps) Do(name string, step func() error) error {
	begin := time.Now()
	s.Sayf("%s ...", name)
	if err := step(); err != nil {
		s.Sayf("%s: FAILED after %s", name, time.Since(begin).Round(100*time.Millisecond))
		return fmt.Errorf("cannot %s: %w", name, err)
	}
	s.Sayf("%s: %s", name, time.Since(begin).Round(100*time.Millisecond))
	return nil
}

// Sayf writes one line.
func (s *Steps) Sayf(format string, args ...any) {
	if s == nil || s.w == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(s.w, "%7.1fs  %s\n", time.Since(s.start).Seconds(), fmt.Sprintf(format, args...)) //nolint:errcheck // There is nowhere to report it.
}

const (
	// sayEvery is the interval at which Build reports its progress.
	sayEvery = 10 * time.Second

	// maxLines is the maximum number of lines of Go's output in an error.
	maxLines = 30
)

// Build runs a `go build -v`, and reports its progress every ten seconds. An error has the end of Go's output. When the
// context ends, the build is interrupted, so that Go removes its temporary files.
func (s *Steps) Build(name string, cmd *exec.Cmd) error {
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	lines := make(chan string)
	go func() {
		defer close(lines)
		for scanner := bufio.NewScanner(stderr); scanner.Scan(); {
			lines <- scanner.Text()
		}
	}()

	var output []string
	var modules, packages int
	tick := time.NewTicker(sayEvery)
	defer tick.Stop()
	for open := true; open; {
		var line string
		select {
		case <-tick.C:
			s.Sayf("build %s: still working; %d modules downloaded, %d packages compiled", name, modules, packages)
			continue
		case line, open = <-lines:
		}
		switch {
		case !open:
			continue
		case strings.HasPrefix(line, "go: downloading "):
			modules++
		default:
			packages++
		}
		if output = append(output, line); len(output) > maxLines {
			output = output[1:]
		}
	}
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("%w\n%s", err, strings.Join(output, "\n"))
	}
	return nil
}
