package plane

import (
	"context"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// systemNamespace is where Crossplane lives.
const systemNamespace = "crossplane-system"

// initCrossplane does what `crossplane core init` does, as far as a plane needs it. The command itself reads the CRDs of 1.20
// from a directory in the root of the file system, which a test has no business to write to.
func (p *Plane) initCrossplane(ctx context.Context) error {
	source, err := moduleDir(ctx, p.tree.e2e(p.version.module), p.version.path)
	if err != nil {
		return err
	}
	crds, err := ReadManifests(filepath.Join(source, "cluster", "crds", "*.yaml"))
	if err != nil {
		return err
	}
	if err := p.applyCRDs(ctx, crds); err != nil {
		return err
	}

	objects := []*unstructured.Unstructured{
		object("v1", "Namespace", systemNamespace),
		object("pkg.crossplane.io/v1beta1", "Lock", "lock"),
		object("pkg.crossplane.io/v1beta1", "DeploymentRuntimeConfig", "default"),
	}
	return p.Apply(ctx, objects...)
}

// startCrossplane starts the core and waits until it says that it is ready.
func (p *Plane) startCrossplane(ctx context.Context) error {
	metrics, err := freePort()
	if err != nil {
		return err
	}
	health, err := freePort()
	if err != nil {
		return err
	}
	certs := filepath.Join(p.dir, "crossplane-tls")
	if err := p.authority.writeTLSDir(certs, "crossplane."+systemNamespace); err != nil {
		return err
	}

	args := append([]string{
		"core", "start",
		// Packages are managed, but nothing is made that only nodes could run.
		"--package-runtime=External",
		"--enable-webhooks=false",
		"--xpkg-cache-dir=" + filepath.Join(p.dir, "xpkg"),
		fmt.Sprintf("--metrics-port=%d", metrics),
		fmt.Sprintf("--health-probe-port=%d", health),
	}, p.crossplaneArgs...)
	cmd := exec.Command(p.crossplaneBin, args...)
	cmd.Env = []string{
		"KUBECONFIG=" + p.Kubeconfig(),
		"HOME=" + p.dir,
		"TMPDIR=" + p.dir,
		"POD_NAMESPACE=" + systemNamespace,
		"POD_SERVICE_ACCOUNT=crossplane",
		"TLS_CLIENT_CERTS_DIR=" + certs,
		"TLS_CA_SECRET_NAME=crossplane-root-ca",
		"TLS_CLIENT_SECRET_NAME=crossplane-tls-client",
	}
	core, err := startProcess("crossplane", p.log("crossplane"), cmd)
	if err != nil {
		return err
	}
	p.crossplane = core
	p.CrossplaneMetrics = fmt.Sprintf("http://127.0.0.1:%d/metrics", metrics)

	return core.waitFor(ctx, 2*time.Minute, func(ctx context.Context) error {
		return httpOK(ctx, fmt.Sprintf("http://127.0.0.1:%d/readyz", health))
	})
}

// httpOK returns nil when a GET is answered by 200.
func httpOK(ctx context.Context, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	rsp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer rsp.Body.Close()
	if rsp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, rsp.Status)
	}
	return nil
}

// object returns an object that has only a name.
func object(apiVersion, kind, name string) *unstructured.Unstructured {
	u := &unstructured.Unstructured{}
	u.SetAPIVersion(apiVersion)
	u.SetKind(kind)
	u.SetName(name)
	return u
}
