//go:build unix

package engine

import (
	"os/exec"
	"syscall"
)

// inOwnGroup makes a command end with all that it started when its context ends: a command line may run a server, which
// would outlive it.
func inOwnGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
