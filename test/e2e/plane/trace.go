package plane

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
)

// cliBinary is Crossplane's command line, as the examples are rendered with it.
func (t Tree) cliBinary() binary {
	return binary{
		name: "crossplane-cli", dir: filepath.Join(t.Root, "test", "render", "engines", "crossplane-2.2"),
		pkg: "github.com/crossplane/crossplane/v2/cmd/crank", static: true,
	}
}

// Trace returns what `crossplane beta trace` prints for its arguments.
func (p *Plane) Trace(ctx context.Context, args ...string) (string, error) {
	cli, err := p.tree.cliBinary().path(ctx, p.tree, p.steps)
	if err != nil {
		return "", err
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, cli, append([]string{"beta", "trace"}, args...)...)
	cmd.Env = []string{"KUBECONFIG=" + p.Kubeconfig(), "HOME=" + p.dir}
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("crossplane beta trace: %w\n%s", err, stderr.String())
	}
	return stdout.String(), nil
}
