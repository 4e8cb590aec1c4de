package plane

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// A Function is a composition function, running as a process of its own and registered with Crossplane by hand, as the
// package manager would register it: a Function and its active FunctionRevision, whose status says where it is served.
type Function struct {
	// Name is what a Composition's functionRef says.
	Name string

	plane *Plane
	bin   string
	port  int
	// metrics is the port of the Prometheus metrics.
	metrics int
	proc    *process
}

// StartFunction builds the product's function, serves it over mTLS and registers it under a name.
func (p *Plane) StartFunction(ctx context.Context, name string) (*Function, error) {
	f, err := p.startFunction(ctx, name, p.tree.functionBinary())
	p.function = f
	return f, err
}

// StartFloor does the same with the function that the product is measured against.
func (p *Plane) StartFloor(ctx context.Context, name string) (*Function, error) {
	return p.startFunction(ctx, name, p.tree.floorBinary())
}

func (p *Plane) startFunction(ctx context.Context, name string, b binary) (*Function, error) {
	built, err := b.path(ctx, p.tree, p.steps)
	if err != nil {
		return nil, err
	}
	// A later build must not change what this plane starts again.
	bin := filepath.Join(p.dir, b.name)
	if err := os.Link(built, bin); err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	metrics, err := freePort()
	if err != nil {
		return nil, err
	}
	f := &Function{Name: name, plane: p, bin: bin, port: port, metrics: metrics}
	p.functions = append(p.functions, f)
	if err := f.RotateCertificates(); err != nil {
		return nil, err
	}
	if err := f.Start(ctx); err != nil {
		return nil, err
	}
	return f, f.register(ctx)
}

// Start starts the function's process, on the port and with the certificates that it had, and waits until it listens.
func (f *Function) Start(ctx context.Context) error {
	cmd := exec.Command(f.bin, "--debug", "--address", f.address(), "--tls-certs-dir", f.certs(),
		"--metrics-address", fmt.Sprintf("127.0.0.1:%d", f.metrics))
	cmd.Env = []string{"HOME=" + f.plane.dir}
	proc, err := startProcess(f.program(), f.plane.log(f.program()), cmd)
	if err != nil {
		return err
	}
	f.proc = proc
	return proc.waitFor(ctx, time.Minute, func(ctx context.Context) error {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", f.address())
		if err != nil {
			return err
		}
		return conn.Close()
	})
}

// Kill ends the process the way an out-of-memory kill does.
func (f *Function) Kill() {
	if f != nil {
		f.proc.kill()
	}
}

// Hang stops the process in the middle of whatever it does: connections stay open, and nothing is answered.
func (f *Function) Hang() error { return f.proc.signal(syscall.SIGSTOP) }

// Continue ends what Hang began.
func (f *Function) Continue() error { return f.proc.signal(syscall.SIGCONT) }

// Metrics returns the address of the function's Prometheus metrics.
func (f *Function) Metrics() string { return fmt.Sprintf("http://127.0.0.1:%d/metrics", f.metrics) }

// RotateCertificates writes a new server certificate of the plane's authority to where the function reads it.
func (f *Function) RotateCertificates() error {
	return f.plane.authority.writeTLSDir(f.certs(), f.Name+"."+systemNamespace)
}

// ServedCertificate returns the certificate that a new connection to the function meets.
func (f *Function) ServedCertificate(ctx context.Context) (*x509.Certificate, error) {
	client, err := f.plane.authority.issue("e2e", "")
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(client.cert, client.key)
	if err != nil {
		return nil, err
	}
	authority := x509.NewCertPool()
	authority.AppendCertsFromPEM(f.plane.authority.cert)
	dialer := &tls.Dialer{Config: &tls.Config{RootCAs: authority, Certificates: []tls.Certificate{pair}, ServerName: "localhost", NextProtos: []string{"h2"}, MinVersion: tls.VersionTLS12}}
	conn, err := dialer.DialContext(ctx, "tcp", f.address())
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return conn.(*tls.Conn).ConnectionState().PeerCertificates[0], nil
}

func (f *Function) address() string { return fmt.Sprintf("127.0.0.1:%d", f.port) }
func (f *Function) certs() string   { return filepath.Join(f.plane.dir, f.program()+"-tls") }

// program is the name of what runs.
func (f *Function) program() string { return filepath.Base(f.bin) }

// register creates the Function and its revision.
func (f *Function) register(ctx context.Context) error {
	for _, kind := range []string{"Function", "FunctionRevision"} {
		u := object("pkg.crossplane.io/v1", kind, f.Name)
		// The package manager keeps its hands off a paused package: there is no image to look for.
		u.SetAnnotations(map[string]string{"crossplane.io/paused": "true"})
		spec := map[string]any{"package": "registry.example.org/" + f.Name + ":v0.0.0"}
		if kind == "FunctionRevision" {
			u.SetLabels(map[string]string{"pkg.crossplane.io/package": f.Name})
			spec = map[string]any{"image": spec["package"], "desiredState": "Active", "revision": int64(1)}
		}
		u.Object["spec"] = spec
		if err := f.plane.Apply(ctx, u); err != nil {
			return err
		}
	}
	return f.ServeFrom(ctx, f.address())
}

// ServeFrom tells Crossplane that the function is served at an address of loopback. Where it runs by itself is Address.
func (f *Function) ServeFrom(ctx context.Context, address string) error {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	status := map[string]any{
		// A gRPC target, not a URL; the name is in the certificate.
		"endpoint": "dns:///localhost:" + port,
		"conditions": []any{map[string]any{
			"type": "Healthy", "status": "True", "reason": "HealthyPackageRevision", "lastTransitionTime": time.Now().UTC().Format(time.RFC3339),
		}},
	}
	if f.plane.version.capabilities {
		status["capabilities"] = []any{"composition"}
	}
	patch, err := json.Marshal(map[string]any{"status": status})
	if err != nil {
		return err
	}
	// A patch, since Crossplane writes to the object too.
	rev := object("pkg.crossplane.io/v1", "FunctionRevision", f.Name)
	if err := f.plane.Client.Status().Patch(ctx, rev, client.RawPatch(types.MergePatchType, patch)); err != nil {
		return fmt.Errorf("cannot set the function's endpoint: %w", err)
	}
	return nil
}

// ServeFromItself takes back ServeFrom.
func (f *Function) ServeFromItself(ctx context.Context) error { return f.ServeFrom(ctx, f.address()) }
