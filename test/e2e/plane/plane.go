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

// Options say what a plane shall be.
type Options struct {
	// Crossplane is the version to run.
	Crossplane Version
	// KubernetesOnly leaves out Crossplane.
	KubernetesOnly bool
	// RunPackages lets Crossplane make a Deployment for each package that has something to run.
	RunPackages bool
	// CrossplaneArgs are further flags of the core, CrossplaneEnv further variables of its environment.
	CrossplaneArgs, CrossplaneEnv []string
	// Audit makes the API server log its requests, for Accesses to read.
	Audit bool
}

// A Plane is a running control plane with Crossplane. Its methods are safe for concurrent use, but for those that start or stop
// one of its programs.
type Plane struct {
	// Config reaches the API server as an administrator.
	Config *rest.Config
	// Client speaks to the API server directly, without a cache.
	Client client.WithWatch
	// Kube and Crossplane are the programs that run.
	Kube, Crossplane *Process
	// CrossplaneMetrics is the address of the core's metrics.
	CrossplaneMetrics string
	// Steps say on standard error what is being done.
	Steps *progress.Steps

	options   Options
	tree      Tree
	dir       string // for everything that the plane keeps
	port      int    // of the API server
	authority *ca
	http      *http.Client
	functions []*Function

	mu      sync.Mutex
	closers []func()
	stopped sync.Once
}

// Start starts a plane and returns when Crossplane is ready. Programs that Go has not built yet are built first, which takes
// minutes when its cache is cold. When it fails, nothing is left running, and the error names the logs.
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

// RestartKube kills the API server, its store and its controllers, lets them be away for a while, and starts them again.
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

// Backup keeps a copy of everything that the API server stores.
func (p *Plane) Backup(ctx context.Context) error { return p.replace(ctx, p.backup(), p.store()) }

// Restore puts the copy back that Backup made: the API server forgets all that happened since.
func (p *Plane) Restore(ctx context.Context) error { return p.replace(ctx, p.store(), p.backup()) }

func (p *Plane) store() string  { return filepath.Join(p.dir, "etcd") }
func (p *Plane) backup() string { return filepath.Join(p.dir, "etcd-backup") }

// replace makes a directory a copy of another one, while neither the API server nor Crossplane runs.
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

// UpgradeCrossplane replaces Crossplane by another version of it, as a release of its chart does: new CRDs, new core, the objects
// that there are.
func (p *Plane) UpgradeCrossplane(ctx context.Context, to Version) error {
	p.Crossplane.Kill()
	p.options.Crossplane = to
	if err := p.initCrossplane(ctx); err != nil {
		return err
	}
	for _, f := range p.functions {
		// What a revision is capable of is told by the package manager of the new version.
		if err := f.ServeFromItself(ctx); err != nil {
			return err
		}
	}
	return p.startCrossplane(ctx)
}

// running are the planes of this process.
var running sync.Map

// StopAll stops every plane of this process: what a program does when it is interrupted.
func StopAll() {
	running.Range(func(p, _ any) bool {
		p.(*Plane).Stop()
		return true
	})
}

// OnStop has something done when the plane stops, before what was asked for earlier.
func (p *Plane) OnStop(do func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closers = append(p.closers, do)
}

// Stop ends everything and removes what the plane kept. Stopping twice does nothing, but for waiting until the first has
// stopped: a test that ends and an interrupt may come together.
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

// EndWith stops the plane when a test ends. The logs of one that failed are kept.
func (p *Plane) EndWith(t testing.TB) {
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(p.Fail(nil))
		}
		p.Stop()
	})
}

// Fail stops the plane and returns an error that tells where its logs are kept.
func (p *Plane) Fail(err error) error {
	dir := p.tree.cache("failed", time.Now().UTC().Format("20060102-150405")+"-crossplane-"+p.Version().Name)
	err = errors.Join(err, errors.New("logs: "+dir), os.CopyFS(dir, os.DirFS(p.logs())))
	p.Stop()
	return err
}

// logs is the directory of what the plane's programs print.
func (p *Plane) logs() string { return filepath.Join(p.dir, "logs") }

// Kubeconfig returns the file with which kubectl reaches the plane.
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
