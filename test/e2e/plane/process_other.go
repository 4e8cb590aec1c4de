//go:build unix && !linux

package plane

import "syscall"

// ownGroup shields a program from a terminal's Ctrl-C, so that a plane stops its programs in its own order. Only Linux
// kills a program with the process that started it: elsewhere, kill -9 leaves programs behind.
func ownGroup(a *syscall.SysProcAttr) { a.Setpgid = true }
