package plane

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
)

// Trace returns the output of `crossplane beta trace` with arguments.
func (p *Plane) Trace(ctx context.Context, args ...string) (string, error) {
	cli, err := p.build(ctx, cliBinary)
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, cli, append([]string{"beta", "trace"}, args...)...)
	cmd.Env = p.env()
	printed, err := cmd.Output()
	if exit := (&exec.ExitError{}); errors.As(err, &exit) {
		return "", fmt.Errorf("crossplane beta trace: %w\n%s", err, exit.Stderr)
	}
	return string(printed), err
}
