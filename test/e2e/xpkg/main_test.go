package xpkg_test

import (
	"os/exec"
	"sync"
	"testing"

	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
)

func TestMain(m *testing.M) { plane.Main(m, started.killAll) }

// started are the programs that tests have started beside those of a plane.
var started programs

type programs struct {
	mu   sync.Mutex
	cmds []*exec.Cmd
}

func (p *programs) add(cmd *exec.Cmd) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cmds = append(p.cmds, cmd)
}

// killAll ends every program; one that has ended is left alone.
func (p *programs) killAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, cmd := range p.cmds {
		_ = cmd.Process.Kill()
	}
}
