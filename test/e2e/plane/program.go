package plane

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"time"
)

// A Program is a further process of a plane.
type Program struct {
	proc *process
	// Webhook is where a provider converts between the versions of its kinds.
	Webhook string
}

// Kill ends the program at once. Killing it twice does nothing.
func (g *Program) Kill() { g.proc.kill() }

// StartProvider starts a provider's binary against the plane, and waits until it is ready. It ends with the plane at the latest.
func (p *Plane) StartProvider(ctx context.Context, name, bin string) (*Program, error) {
	var ports [3]int
	for i := range ports {
		var err error
		if ports[i], err = freePort(); err != nil {
			return nil, err
		}
	}
	certs := filepath.Join(p.dir, name+"-tls")
	if err := p.authority.writeTLSDir(certs, name); err != nil {
		return nil, err
	}
	cmd := exec.Command(bin,
		"--debug",
		"--certs-dir", certs,
		fmt.Sprintf("--webhook-port=%d", ports[0]),
		fmt.Sprintf("--metrics-bind-address=127.0.0.1:%d", ports[1]),
		fmt.Sprintf("--health-probe-bind-addr=127.0.0.1:%d", ports[2]))
	cmd.Env = []string{"KUBECONFIG=" + p.Kubeconfig(), "HOME=" + p.dir, "TMPDIR=" + p.dir, "POD_NAMESPACE=" + systemNamespace}
	proc, err := startProcess(name, p.log(name), cmd)
	if err != nil {
		return nil, err
	}
	program := &Program{proc: proc, Webhook: fmt.Sprintf("https://127.0.0.1:%d", ports[0])}
	p.programs = append(p.programs, program)
	err = proc.waitFor(ctx, 2*time.Minute, func(ctx context.Context) error {
		return httpOK(ctx, fmt.Sprintf("http://127.0.0.1:%d/readyz", ports[2]))
	})
	return program, err
}
