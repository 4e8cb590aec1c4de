package plane

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ontopix/crossplane-ecr/internal/progress"
)

// Options say what a plane shall be.
type Options struct {
	// Crossplane is the version to run; the newest if it is not given.
	Crossplane Version
	// Steps tell what is going on; nobody is told if they are nil.
	Steps *progress.Steps
	// KubernetesOnly leaves out Crossplane.
	KubernetesOnly bool
	// CrossplaneArgs are further flags of the core.
	CrossplaneArgs []string
	// Audit makes the API server log its requests, for Accesses to read.
	Audit bool
}

// A Plane is a running control plane with Crossplane. Its methods are safe for concurrent use, but for Stop and those that
// start or stop one of its programs.
type Plane struct {
	// Config reaches the API server as an administrator.
	Config *rest.Config
	// Client speaks to the API server directly, without a cache.
	Client client.Client
	// CrossplaneMetrics is the address of the core's metrics.
	CrossplaneMetrics string

	version        Version
	tree           Tree
	steps          *progress.Steps
	dir            string // for everything that the plane keeps
	port           int    // of the API server
	authority      *ca
	kubeBin        string
	crossplaneBin  string
	crossplaneArgs []string

	kube       *process
	crossplane *process
	function   *Function // the product's
	functions  []*Function
	programs   []*Program
	stopped    sync.Once
}

// Start starts a plane and returns when Crossplane is ready. Programs that are not in the cache are built first, which takes
// minutes when Go's own cache is cold too. When it fails, nothing is left running, and the error names the logs.
func Start(ctx context.Context, o Options) (*Plane, error) {
	tree, err := FindTree()
	if err != nil {
		return nil, err
	}
	if o.Crossplane.Name == "" {
		o.Crossplane = Crossplane24
	}
	if o.Steps == nil {
		o.Steps = &progress.Steps{}
	}
	p := &Plane{version: o.Crossplane, tree: tree, steps: o.Steps, crossplaneArgs: o.CrossplaneArgs}
	if p.kubeBin, err = tree.kubeBinary().path(ctx, tree, p.steps); err != nil {
		return nil, err
	}
	if !o.KubernetesOnly {
		if p.crossplaneBin, err = tree.crossplaneBinary(p.version).path(ctx, tree, p.steps); err != nil {
			return nil, err
		}
	}
	if p.dir, err = tree.newRun("crossplane-" + p.version.Name); err != nil {
		return nil, err
	}
	running.add(p)

	if err := p.start(ctx, o); err != nil {
		kept, kerr := p.KeepLogs()
		p.Stop()
		return nil, errors.Join(err, kerr, errors.New("logs: "+kept))
	}
	return p, nil
}

func (p *Plane) start(ctx context.Context, o Options) error {
	var err error
	if p.authority, err = newCA(); err != nil {
		return err
	}
	if p.port, err = freePort(); err != nil {
		return err
	}
	if p.Config, err = prepareKube(p.dir, p.authority, p.port); err != nil {
		return err
	}
	if o.Audit {
		if err := p.writeAuditPolicy(); err != nil {
			return err
		}
	}
	if err := p.steps.Do("start Kubernetes", func() error { return p.startKube(ctx) }); err != nil {
		return err
	}
	if p.Client, err = client.New(p.Config, client.Options{}); err != nil {
		return err
	}

	if p.crossplaneBin == "" {
		return nil
	}
	return p.steps.Do("start Crossplane "+p.version.Name, func() error {
		if err := p.initCrossplane(ctx); err != nil {
			return err
		}
		return p.startCrossplane(ctx)
	})
}

func (p *Plane) startKube(ctx context.Context) error {
	kube, err := startKube(ctx, p.kubeBin, p.dir, p.log("kube"), p.port, p.Config)
	if err != nil {
		return err
	}
	p.kube = kube
	return nil
}

// RestartKube kills the API server, its store and its controllers, lets them be away for a while, and starts them again.
func (p *Plane) RestartKube(ctx context.Context, away time.Duration) error {
	p.kube.kill()
	time.Sleep(away)
	return p.startKube(ctx)
}

// RestartCrossplane kills Crossplane's core and starts it again.
func (p *Plane) RestartCrossplane(ctx context.Context) error {
	p.crossplane.kill()
	return p.startCrossplane(ctx)
}

// Backup keeps a copy of everything that the API server stores.
func (p *Plane) Backup(ctx context.Context) error {
	return p.whileDown(ctx, func() error { return replace(p.backup(), p.store()) })
}

// Restore puts the copy back that Backup made: the API server forgets all that happened since.
func (p *Plane) Restore(ctx context.Context) error {
	return p.whileDown(ctx, func() error { return replace(p.store(), p.backup()) })
}

func (p *Plane) store() string  { return filepath.Join(p.dir, "etcd") }
func (p *Plane) backup() string { return filepath.Join(p.dir, "etcd-backup") }

// whileDown does something while neither the API server nor Crossplane runs.
func (p *Plane) whileDown(ctx context.Context, do func() error) error {
	p.crossplane.kill()
	p.kube.kill()
	if err := do(); err != nil {
		return err
	}
	if err := p.startKube(ctx); err != nil {
		return err
	}
	return p.startCrossplane(ctx)
}

// replace makes a directory a copy of another one.
func replace(dir, by string) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return os.CopyFS(dir, os.DirFS(by))
}

// UpgradeCrossplane replaces Crossplane by another version of it, as a release of its chart does: new CRDs, new core, the objects
// that there are.
func (p *Plane) UpgradeCrossplane(ctx context.Context, to Version) error {
	bin, err := p.tree.crossplaneBinary(to).path(ctx, p.tree, p.steps)
	if err != nil {
		return err
	}
	p.crossplane.kill()
	p.version, p.crossplaneBin = to, bin
	return p.steps.Do("upgrade to Crossplane "+to.Name, func() error {
		if err := p.initCrossplane(ctx); err != nil {
			return err
		}
		if p.function != nil {
			// What a revision is capable of is told by the package manager of the new version.
			if err := p.function.ServeFromItself(ctx); err != nil {
				return err
			}
		}
		return p.startCrossplane(ctx)
	})
}

// Stop ends everything and removes what the plane kept. Stopping twice does nothing, but for waiting until the first has
// stopped: a test that ends and an interrupt may come together.
func (p *Plane) Stop() {
	if p != nil {
		p.stopped.Do(p.stop)
	}
}

func (p *Plane) stop() {
	for _, program := range p.programs {
		program.Kill()
	}
	for _, f := range p.functions {
		f.Kill()
	}
	p.crossplane.kill()
	p.kube.kill()
	_ = os.RemoveAll(p.dir)
	running.remove(p)
}

// Kubeconfig returns the file with which kubectl reaches the plane.
func (p *Plane) Kubeconfig() string { return filepath.Join(p.dir, kubeconfigFile) }

// Version returns the version of Crossplane that the plane runs.
func (p *Plane) Version() Version { return p.version }

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

// log returns the file that a program's output goes to.
func (p *Plane) log(program string) string { return filepath.Join(p.dir, program+".log") }

// KeepLogs copies the logs of the plane's programs, and a dump of the objects that matter, to a directory that survives Stop,
// and returns its name.
func (p *Plane) KeepLogs() (string, error) {
	dir := p.tree.cache("failed", time.Now().UTC().Format("20060102-150405")+"-crossplane-"+p.version.Name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	logs, err := filepath.Glob(p.log("*"))
	if err != nil {
		return dir, err
	}
	for _, log := range logs {
		data, err := os.ReadFile(log)
		if err != nil {
			return dir, err
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(log)), data, 0o644); err != nil {
			return dir, err
		}
	}
	return dir, nil
}

// registry keeps track of the planes of this process.
type registry struct {
	mu     sync.Mutex
	planes map[*Plane]bool
}

var running = registry{planes: map[*Plane]bool{}}

func (r *registry) add(p *Plane) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.planes[p] = true
}

func (r *registry) remove(p *Plane) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.planes, p)
}

// StopAll stops every plane of this process: what a program does when it is interrupted.
func StopAll() {
	running.mu.Lock()
	planes := make([]*Plane, 0, len(running.planes))
	for p := range running.planes {
		planes = append(planes, p)
	}
	running.mu.Unlock()
	for _, p := range planes {
		p.Stop()
	}
}
