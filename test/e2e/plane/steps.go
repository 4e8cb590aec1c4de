package plane

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// Steps tells a person what is being done and how long it took. The zero value says nothing. It is safe for concurrent use.
type Steps struct {
	w     io.Writer
	start time.Time
	mu    sync.Mutex
}

// NewSteps returns Steps that write lines to w, each with the time since now.
func NewSteps(w io.Writer) *Steps { return &Steps{w: w, start: time.Now()} }

// Do announces a step, runs it and tells its duration, or that it failed. It returns the step's error.
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
	fmt.Fprintf(s.w, "%7.1fs  %s\n", time.Since(s.start).Seconds(), fmt.Sprintf(format, args...))
}
