//go:build !unix

package engine

import "os/exec"

// inOwnGroup does nothing: there are no process groups.
func inOwnGroup(*exec.Cmd) {}
