//go:build unix

package engine

import (
	"os/exec"
	"syscall"
)

// inOwnGroup has a command and all that it starts end together, when its context does: a
// command line may run a server, which would outlive it.
func inOwnGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
