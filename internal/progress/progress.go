// Package progress says what a program is doing and how long it takes, for whoever waits for it.
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

// Steps say what is being done and how long it took. The zero value says nothing. It is safe for concurrent use.
type Steps struct {
	w     io.Writer
	start time.Time
	mu    sync.Mutex
}

// NewSteps returns Steps that write lines to w, each with the time since now.
func NewSteps(w io.Writer) *Steps { return &Steps{w: w, start: time.Now()} }

// Do announces a step, runs it, and says how long it took or that it failed. It returns the step's error.
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
	fmt.Fprintf(s.w, "%7.1fs  %s\n", time.Since(s.start).Seconds(), fmt.Sprintf(format, args...)) //nolint:errcheck // Nobody is there to be told.
}

const (
	// sayEvery is how often Build says how far it is.
	sayEvery = 10 * time.Second

	// kept is how many lines of what Go said are kept for an error.
	kept = 30
)

// Build runs a `go build -v`. Every ten seconds it says how many modules were downloaded and how many packages compiled. An
// error has the end of what Go said. A build whose context ends is interrupted, so that Go removes its temporary files.
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

	var said []string
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
		if said = append(said, line); len(said) > kept {
			said = said[1:]
		}
	}
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("%w\n%s", err, strings.Join(said, "\n"))
	}
	return nil
}
