package plane

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// A process is a program that a plane runs. Its output goes to a file of its own.
type process struct {
	name string
	cmd  *exec.Cmd
	done chan struct{} // closed when the program has ended
	err  error         // why, valid after done
}

// startProcess starts a program whose output is appended to the file log.
func startProcess(name, log string, cmd *exec.Cmd) (*process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close() // The program has its own descriptor.

	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = ownGroup()
	p := &process{name: name, cmd: cmd, done: make(chan struct{})}
	if err := onLongLivedThread(cmd.Start); err != nil {
		return nil, fmt.Errorf("cannot start %s: %w", name, err)
	}
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// signal sends a signal; a program that has ended is not an error.
func (p *process) signal(s syscall.Signal) error {
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("cannot signal %s: %w", p.name, err)
	}
	return nil
}

// kill ends the program at once and waits until it has ended.
func (p *process) kill() {
	if p == nil {
		return
	}
	_ = p.signal(syscall.SIGKILL)
	<-p.done
}

// waitFor polls ready until it returns nil. It gives up when the program ends, the context does, or time runs out, and
// returns what ready said last.
func (p *process) waitFor(ctx context.Context, timeout time.Duration, ready func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	for {
		err := ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("%s ended: %w", p.name, p.err)
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w", p.name, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// starts runs on a thread that lives as long as this process: Linux ends a child with the THREAD that started it.
var starts = func() chan func() {
	c := make(chan func())
	go func() {
		runtime.LockOSThread()
		for f := range c {
			f()
		}
	}()
	return c
}()

// onLongLivedThread runs f on the thread that starts programs.
func onLongLivedThread(f func() error) error {
	result := make(chan error)
	starts <- func() { result <- f() }
	return <-result
}
