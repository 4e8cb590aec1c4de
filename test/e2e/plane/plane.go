package plane

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ontopix/crossplane-ecr/internal/progress"
)

// Options configure a plane.
type Options struct {
	// Crossplane is the version to run.
	Crossplane Version
	// KubernetesOnly leaves out Crossplane.
	KubernetesOnly bool
	// RunPackages lets Crossplane create a Deployment for each package with a program.
	RunPackages bool
	// CrossplaneArgs are additional flags of the core, CrossplaneEnv additional environment variables.
	CrossplaneArgs, CrossplaneEnv []string
	// Audit makes the API server log its requests, for Accesses to read.
	Audit bool
}

// A Plane is a running control plane with Crossplane. Its methods are safe for concurrent use, except those that start
// or stop one of its programs.
type Plane struct {
	// Config reaches the API server as an administrator.
	Config *rest.Config
	// Client speaks to the API server directly, without a cache.
	Client client.WithWatch
	// Kube is the process of cmd/kube, Crossplane that of Crossplane's core.
	Kube, Crossplane *Process
	// CrossplaneMetrics is the URL of the core's metrics.
	CrossplaneMetrics string
	// Steps reports progress on standard error.
	Steps *progress.Steps

	options   Options
	tree      Tree
	dir       string // of all the plane's files
	port      int    // of the API server
	authority *ca
	http      *http.Client
	functions []*Function

	mu      sync.Mutex
	closers []func()
	stopped sync.Once
}

// Start starts a plane and returns when Crossplane is ready. It builds the programs first, which takes minutes if Go's
// cache is cold. If it fails, it leaves nothing running, and the error names the directory of the logs.
func Start(ctx context.Context, o Options) (*Plane, error) {
	tree, err := FindTree()
	if err != nil {
		return nil, err
	}
	p := &Plane{options: o, tree: tree, Steps: progress.NewSteps(os.Stderr)}
	if p.dir, err = tree.newRun("crossplane-" + o.Crossplane.Name); err != nil {
		return nil, err
	}
	running.Store(p, nil)
	if err := p.start(ctx); err != nil {
		return nil, p.Fail(err)
	}
	return p, nil
}

func (p *Plane) start(ctx context.Context) error {
	for _, dir := range []string{p.logs(), filepath.Join(p.dir, "bin"), filepath.Join(p.dir, "xpkg")} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			return err
		}
	}
	var err error
	if p.authority, err = newCA(); err != nil {
		return err
	}
	if err := p.prepareKube(); err != nil {
		return err
	}
	if err := p.startKube(ctx); err != nil {
		return err
	}
	if p.Client, err = client.NewWithWatch(p.Config, client.Options{}); err != nil || p.options.KubernetesOnly {
		return err
	}
	if err := p.initCrossplane(ctx); err != nil {
		return err
	}
	return p.startCrossplane(ctx)
}

// RestartKube kills the API server, its store and its controllers, and starts them again after a time.
func (p *Plane) RestartKube(ctx context.Context, away time.Duration) error {
	p.Kube.Kill()
	time.Sleep(away)
	return p.startKube(ctx)
}

// RestartCrossplane kills Crossplane's core and starts it again.
func (p *Plane) RestartCrossplane(ctx context.Context) error {
	p.Crossplane.Kill()
	return p.startCrossplane(ctx)
}

// Backup copies the API server's store.
func (p *Plane) Backup(ctx context.Context) error { return p.replace(ctx, p.backup(), p.store()) }

// Restore replaces the API server's store with the copy that Backup made.
func (p *Plane) Restore(ctx context.Context) error { return p.replace(ctx, p.store(), p.backup()) }

func (p *Plane) store() string  { return filepath.Join(p.dir, "etcd") }
func (p *Plane) backup() string { return filepath.Join(p.dir, "etcd-backup") }

// replace replaces a directory with a copy of another while the API server and Crossplane are stopped.
func (p *Plane) replace(ctx context.Context, dir, by string) error {
	p.Crossplane.Kill()
	p.Kube.Kill()
	if err := errors.Join(os.RemoveAll(dir), os.CopyFS(dir, os.DirFS(by))); err != nil {
		return err
	}
	if err := p.startKube(ctx); err != nil {
		return err
	}
	return p.startCrossplane(ctx)
}

// UpgradeCrossplane replaces Crossplane with another version, as an upgrade of its Helm chart does: CRDs and core are
// new, the objects stay.
func (p *Plane) UpgradeCrossplane(ctx context.Context, to Version) error {
	p.Crossplane.Kill()
	p.options.Crossplane = to
	if err := p.initCrossplane(ctx); err != nil {
		return err
	}
	for _, f := range p.functions {
		// The package manager of the new version would write the revision's capabilities.
		if err := f.ServeFromItself(ctx); err != nil {
			return err
		}
	}
	return p.startCrossplane(ctx)
}

// running has the planes of this process.
var running sync.Map

// StopAll stops every plane of this process. A program calls it when it is interrupted.
func StopAll() {
	running.Range(func(p, _ any) bool {
		p.(*Plane).Stop()
		return true
	})
}

// OnStop registers a function to call when the plane stops. The last one registered is called first.
func (p *Plane) OnStop(do func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closers = append(p.closers, do)
}

// Stop stops the programs and removes the plane's files. A second call only waits for the first, since a test may end
// while it is interrupted.
func (p *Plane) Stop() {
	p.stopped.Do(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, do := range slices.Backward(p.closers) {
			do()
		}
		_ = os.RemoveAll(p.dir)
		running.Delete(p)
	})
}

// EndWith stops the plane when a test ends. It keeps the logs of a failed test.
func (p *Plane) EndWith(t testing.TB) {
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(p.Fail(nil))
		}
		p.Stop()
	})
}

// Fail stops the plane, keeps its logs, and returns an error that names their directory.
func (p *Plane) Fail(err error) error {
	dir := p.tree.cache("failed", time.Now().UTC().Format("20060102-150405")+"-crossplane-"+p.Version().Name)
	err = errors.Join(err, errors.New("logs: "+dir), os.CopyFS(dir, os.DirFS(p.logs())))
	p.Stop()
	return err
}

// logs returns the directory of the programs' logs.
func (p *Plane) logs() string { return filepath.Join(p.dir, "logs") }

// Kubeconfig returns the path of the plane's kubeconfig.
func (p *Plane) Kubeconfig() string { return filepath.Join(p.dir, kubeconfigFile) }

// Version returns the version of Crossplane that the plane runs.
func (p *Plane) Version() Version { return p.options.Crossplane }

// Tree returns the checkout that the plane was built from.
func (p *Plane) Tree() Tree { return p.tree }

// Manifests returns the objects in files of the repository.
func (p *Plane) Manifests(patterns ...string) ([]*unstructured.Unstructured, error) {
	abs := make([]string, len(patterns))
	for i, pattern := range patterns {
		abs[i] = filepath.Join(p.tree.Root, pattern)
	}
	return ReadManifests(abs...)
}
