//go:build !unix

package engine

import "os/exec"

// inOwnGroup does nothing, without process groups.
func inOwnGroup(*exec.Cmd) {}
