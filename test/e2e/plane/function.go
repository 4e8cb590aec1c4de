package plane

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// A Function is a composition function in a process of its own, registered as the package manager would register it: by
// a Function and its active FunctionRevision. The status of the revision has the endpoint.
type Function struct {
	*Process
	// Name is the name in a Composition's functionRef.
	Name string
	// Metrics is the URL of the function's Prometheus metrics.
	Metrics string

	plane   *Plane
	program string
	command []string
	address string
}

// StartFunction builds the product's function, serves it over mTLS and registers it under a name.
func (p *Plane) StartFunction(ctx context.Context, name string) (*Function, error) {
	return p.startFunction(ctx, name, functionBinary)
}

// StartFloor does the same for the function that the product is compared with.
func (p *Plane) StartFloor(ctx context.Context, name string) (*Function, error) {
	return p.startFunction(ctx, name, floorBinary)
}

func (p *Plane) startFunction(ctx context.Context, name string, b binary) (*Function, error) {
	bin, err := p.build(ctx, b)
	if err != nil {
		return nil, err
	}
	ports, err := FreePorts(2)
	if err != nil {
		return nil, err
	}
	f := &Function{Name: name, plane: p, program: b.name, address: fmt.Sprintf("127.0.0.1:%d", ports[0])}
	metrics := fmt.Sprintf("127.0.0.1:%d", ports[1])
	f.Metrics = "http://" + metrics + "/metrics"
	f.command = []string{bin, "--debug", "--address", f.address, "--tls-certs-dir", f.certs(), "--metrics-address", metrics}
	if err := f.RotateCertificates(); err != nil {
		return nil, err
	}
	if err := f.Start(ctx); err != nil {
		return nil, err
	}
	p.functions = append(p.functions, f)
	err = p.Applyf(ctx, `
apiVersion: pkg.crossplane.io/v1
kind: Function
# Paused, so that the package manager does not look for the image, which does not exist.
metadata: {name: %[1]s, annotations: {crossplane.io/paused: "true"}}
spec: {package: "registry.example.org/%[1]s:v0.0.0"}
---
apiVersion: pkg.crossplane.io/v1
kind: FunctionRevision
metadata: {name: %[1]s, labels: {pkg.crossplane.io/package: %[1]s}, annotations: {crossplane.io/paused: "true"}}
spec: {image: "registry.example.org/%[1]s:v0.0.0", desiredState: Active, revision: 1}
`, name)
	if err != nil {
		return nil, err
	}
	return f, f.ServeFromItself(ctx)
}

// Start starts the function's process, on its port and with its certificates, and waits until it listens.
func (f *Function) Start(ctx context.Context) error {
	cmd := exec.Command(f.command[0], f.command[1:]...)
	cmd.Env = []string{"HOME=" + f.plane.dir}
	var err error
	if f.Process, err = f.plane.Run(f.program, cmd); err != nil {
		return err
	}
	return f.ready(ctx, func(ctx context.Context) error {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", f.address)
		if err != nil {
			return err
		}
		return conn.Close()
	})
}

// RotateCertificates writes a new server certificate to the directory from which the function reads it.
func (f *Function) RotateCertificates() error {
	return f.plane.authority.writeTLSDir(f.certs(), f.Name+"."+SystemNamespace)
}

func (f *Function) certs() string { return filepath.Join(f.plane.dir, f.program+"-tls") }

// ServedCertificate returns the certificate that the function presents to a new connection.
func (f *Function) ServedCertificate(ctx context.Context) (*x509.Certificate, error) {
	config, err := f.plane.authority.config("e2e")
	if err != nil {
		return nil, err
	}
	config.ServerName = "localhost"
	conn, err := (&tls.Dialer{Config: config}).DialContext(ctx, "tcp", f.address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return conn.(*tls.Conn).ConnectionState().PeerCertificates[0], nil
}

// ServeFrom tells Crossplane that the function is served at a loopback address.
func (f *Function) ServeFrom(ctx context.Context, address string) error {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	// The endpoint is a gRPC target, not a URL; its name is in the certificate. 1.20 prunes capabilities.
	patch := fmt.Sprintf(`{"status": {
		"endpoint": "dns:///localhost:%s", "capabilities": ["composition"],
		"conditions": [{"type": "Healthy", "status": "True", "reason": "HealthyPackageRevision", "lastTransitionTime": %q}]
	}}`, port, time.Now().UTC().Format(time.RFC3339))
	// A patch, since Crossplane also writes to the object.
	rev := Object("pkg.crossplane.io/v1", "FunctionRevision", "", f.Name)
	if err := f.plane.Client.Status().Patch(ctx, rev, client.RawPatch(types.MergePatchType, []byte(patch))); err != nil {
		return fmt.Errorf("cannot set the function's endpoint: %w", err)
	}
	return nil
}

// ServeFromItself undoes ServeFrom: Crossplane calls the function's own process.
func (f *Function) ServeFromItself(ctx context.Context) error { return f.ServeFrom(ctx, f.address) }
