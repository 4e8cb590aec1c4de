package plane

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
)

// SystemNamespace is Crossplane's namespace.
const SystemNamespace = "crossplane-system"

// initCrossplane does what `crossplane core init` does, as far as a plane needs it. The command itself reads the CRDs of 1.20
// from a directory in the root of the file system, to which a test must not write.
func (p *Plane) initCrossplane(ctx context.Context) error {
	v := p.Version()
	source, _, err := p.tree.Module(ctx, v.dir, v.path)
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
	if err := p.Namespace(ctx, SystemNamespace); err != nil {
		return err
	}
	return p.Applyf(ctx, `
{apiVersion: pkg.crossplane.io/v1beta1, kind: Lock, metadata: {name: lock}}
---
{apiVersion: pkg.crossplane.io/v1beta1, kind: DeploymentRuntimeConfig, metadata: {name: default}}
---
# Crossplane adds the pull secrets of this account to those of packages.
{apiVersion: v1, kind: ServiceAccount, metadata: {namespace: %[1]s, name: crossplane}}
---
# The CA by which Crossplane signs the certificates of functions.
{apiVersion: v1, kind: Secret, metadata: {namespace: %[1]s, name: crossplane-root-ca}, stringData: {tls.crt: %[2]q, tls.key: %[3]q}}
`, SystemNamespace, p.authority.cert, p.authority.key)
}

// startCrossplane starts the core and waits until it is ready.
func (p *Plane) startCrossplane(ctx context.Context) error {
	bin, err := p.build(ctx, crossplaneBinary(p.Version()))
	if err != nil {
		return err
	}
	ports, err := FreePorts(2)
	if err != nil {
		return err
	}
	certs := filepath.Join(p.dir, "crossplane-tls")
	if err := p.authority.writeTLSDir(certs, "crossplane."+SystemNamespace); err != nil {
		return err
	}
	args := []string{
		"core", "start",
		"--enable-webhooks=false",
		"--xpkg-cache-dir=" + filepath.Join(p.dir, "xpkg"),
		fmt.Sprintf("--metrics-port=%d", ports[0]),
		fmt.Sprintf("--health-probe-port=%d", ports[1]),
	}
	if !p.options.RunPackages {
		args = append(args, "--package-runtime=External")
	}
	cmd := exec.Command(bin, append(args, p.options.CrossplaneArgs...)...)
	cmd.Env = append(p.env(),
		"POD_SERVICE_ACCOUNT=crossplane",
		"TLS_CLIENT_CERTS_DIR="+certs,
		"TLS_CA_SECRET_NAME=crossplane-root-ca",
		"TLS_CLIENT_SECRET_NAME=crossplane-tls-client")
	cmd.Env = append(cmd.Env, p.options.CrossplaneEnv...)
	return p.Steps.Do("start Crossplane "+p.Version().Name, func() error {
		if p.Crossplane, err = p.Run("crossplane", cmd); err != nil {
			return err
		}
		p.CrossplaneMetrics = fmt.Sprintf("http://127.0.0.1:%d/metrics", ports[0])
		return p.Crossplane.ready(ctx, p.answers(fmt.Sprintf("http://127.0.0.1:%d/readyz", ports[1])))
	})
}

// env returns the environment of a program that uses the plane's API server.
func (p *Plane) env() []string {
	return []string{"KUBECONFIG=" + p.Kubeconfig(), "HOME=" + p.dir, "TMPDIR=" + p.dir, "POD_NAMESPACE=" + SystemNamespace}
}
