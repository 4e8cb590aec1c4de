package root

import (
	"bytes"
	"errors"
	"io"
	"syscall"

	"github.com/ontopix/crossplane-ecr/internal/cli"
)

// finish writes what the command wrote. A reader that ends early has what it wanted.
func finish(out *bytes.Buffer, into io.Writer, code int) int {
	if _, err := out.WriteTo(into); err != nil && !errors.Is(err, syscall.EPIPE) {
		return cli.ExitUsage
	}
	return code
}
