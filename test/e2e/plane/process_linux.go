package plane

import "syscall"

// ownGroup keeps a terminal's Ctrl-C from a program, so that a plane stops its programs in its own order, and has the kernel
// end the program should this process be killed.
func ownGroup(a *syscall.SysProcAttr) { a.Setpgid, a.Pdeathsig = true, syscall.SIGKILL }
