//go:build unix && !linux

package plane

import "syscall"

// ownGroup keeps a terminal's Ctrl-C from a program, so that a plane stops its programs in its own order. Other systems than
// Linux do not end a program with the process that started it: there, kill -9 leaves programs behind.
func ownGroup(a *syscall.SysProcAttr) { a.Setpgid = true }
