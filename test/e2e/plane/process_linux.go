package plane

import "syscall"

// ownGroup shields a program from a terminal's Ctrl-C, so that a plane stops its programs in its own order. The kernel
// kills the program if this process is killed.
func ownGroup(a *syscall.SysProcAttr) { a.Setpgid, a.Pdeathsig = true, syscall.SIGKILL }
