package plane

import "syscall"

// ownGroup keeps a terminal's Ctrl-C from the program, so that a plane stops its programs in its own order, and has the kernel
// end the program should this process be killed.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
