package xpkg_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/ontopix/crossplane-ecr/internal/progress"
	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
)

// systemNamespace is where Crossplane lives.
const systemNamespace = "crossplane-system"

// A cluster is a control plane on which Crossplane manages packages and their Deployments, as it does in production.
type cluster struct {
	*plane.Plane
	steps *progress.Steps
	// dir is for what the cluster keeps.
	dir string
	// service is the address of loopback that the function's Service stands for.
	service string
}

// cores are what Crossplane's core is built from: the module, and the linker's flags that tell it its version, without which
// it takes no package that has a constraint.
var cores = map[string]struct{ dir, path, version string }{
	"2.4":  {".", "github.com/crossplane/crossplane/v2", "github.com/crossplane/crossplane-runtime/v2/pkg/version.version=v2.4.0"},
	"1.20": {"crossplane-1.20", "github.com/crossplane/crossplane", "github.com/crossplane/crossplane/internal/version.version=v1.20.5"},
}

func startCluster(t *testing.T, v plane.Version) *cluster {
	t.Helper()
	ctx := t.Context()
	steps := progress.NewSteps(os.Stderr)
	p, err := plane.Start(ctx, plane.Options{Crossplane: v, KubernetesOnly: true, Steps: steps})
	must(t, err)
	t.Cleanup(p.Stop)
	c := &cluster{Plane: p, steps: steps, dir: t.TempDir(), service: freeAddress(t)}

	core := cores[v.Name]
	bin := root(p.Tree(), ".cache", "xpkg", "crossplane-"+v.Name)
	must(t, steps.Do("build Crossplane "+v.Name, func() error {
		return buildCore(ctx, root(p.Tree(), "test", "e2e", core.dir), core.path, core.version, bin)
	}))
	must(t, steps.Do("start Crossplane "+v.Name, func() error { return c.startCore(t, bin, root(p.Tree(), "test", "e2e", core.dir), core.path) }))
	return c
}

func buildCore(ctx context.Context, dir, path, version, bin string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-o", bin, "-ldflags", "-s -w -X "+version, path+"/cmd/crossplane")
	cmd.Dir = dir
	cmd.Stderr = os.Stderr
	return cmd.Run()
}

// startCore prepares what `crossplane core init` prepares, starts the core and waits until it is ready.
func (c *cluster) startCore(t *testing.T, bin, dir, path string) error {
	t.Helper()
	ctx := t.Context()
	cmd := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", path)
	cmd.Dir = dir
	source, err := cmd.Output()
	if err != nil {
		return err
	}
	crds, err := plane.ReadManifests(filepath.Join(string(source[:len(source)-1]), "cluster", "crds", "*.yaml"))
	if err != nil {
		return err
	}
	if err := c.Apply(ctx, crds...); err != nil {
		return err
	}
	if err := c.WaitForCondition(ctx, time.Minute, "Established", crds...); err != nil {
		return err
	}
	authority := newAuthority(t)
	secret := object("v1", "Secret", systemNamespace, "crossplane-root-ca")
	secret.Object["data"] = authority.secret()
	prepared := []*unstructured.Unstructured{
		object("v1", "Namespace", "", systemNamespace),
		// Crossplane gives packages what this account has.
		object("v1", "ServiceAccount", systemNamespace, "crossplane"),
		object("pkg.crossplane.io/v1beta1", "Lock", "", "lock"),
		object("pkg.crossplane.io/v1beta1", "DeploymentRuntimeConfig", "", "default"),
		secret,
	}
	for _, u := range prepared {
		if err := c.Apply(ctx, u); err != nil {
			return err
		}
	}

	cache := filepath.Join(c.dir, "cache")
	if err := os.Mkdir(cache, 0o700); err != nil {
		return err
	}
	certs := filepath.Join(c.dir, "crossplane-tls")
	authority.writeClient(t, certs)
	health := freeAddress(t)
	_, healthPort, _ := net.SplitHostPort(health)
	_, metricsPort, _ := net.SplitHostPort(freeAddress(t))
	core := exec.Command(bin, "core", "start", "--debug", //nolint:gosec // built by this test
		"--enable-webhooks=false", "--xpkg-cache-dir="+cache,
		"--metrics-port="+metricsPort, "--health-probe-port="+healthPort)
	core.Env = []string{
		"KUBECONFIG=" + c.Kubeconfig(), "HOME=" + c.dir, "TMPDIR=" + c.dir,
		"POD_NAMESPACE=" + systemNamespace, "POD_SERVICE_ACCOUNT=crossplane",
		"TLS_CLIENT_CERTS_DIR=" + certs, "TLS_CA_SECRET_NAME=crossplane-root-ca", "TLS_CLIENT_SECRET_NAME=crossplane-tls-client",
		// The names of Services mean nothing on this machine. gRPC leaves names to a proxy where there is one; what is on
		// loopback is reached without.
		"HTTPS_PROXY=http://" + startServiceProxy(t, c),
	}
	run(t, core, filepath.Join(c.dir, "crossplane.log"))
	return eventually(ctx, func() error {
		rsp, err := http.Get("http://" + health + "/readyz") //nolint:noctx // on loopback
		if err != nil {
			return err
		}
		defer rsp.Body.Close()
		if rsp.StatusCode != http.StatusOK {
			return fmt.Errorf("%s", rsp.Status)
		}
		return nil
	})
}

// keepLogs copies the logs of a failed test's programs to a directory that survives it, and tells its name.
func (c *cluster) keepLogs(t *testing.T) {
	dir, err := c.KeepLogs()
	if err != nil {
		t.Log(err)
		return
	}
	logs, _ := filepath.Glob(filepath.Join(c.dir, "*.log"))
	for _, log := range logs {
		text, err := os.ReadFile(log) //nolint:gosec // written by this test
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, filepath.Base(log)), text, 0o600)
		}
		if err != nil {
			t.Log(err)
		}
	}
	t.Logf("logs: %s", dir)
}

// tell logs what the packages of a failed test say.
func (c *cluster) tell(t *testing.T) {
	for _, kind := range []string{"Configuration", "ConfigurationRevision", "Function", "FunctionRevision", "Provider", "ProviderRevision"} {
		list := &unstructured.UnstructuredList{}
		list.SetAPIVersion("pkg.crossplane.io/v1")
		list.SetKind(kind + "List")
		if err := c.Client.List(context.Background(), list); err != nil {
			t.Log(err)
		}
		for _, u := range list.Items {
			t.Logf("%s %s: %v", kind, u.GetName(), u.Object["status"])
		}
	}
}

// applyWhenServed applies an object of a kind that a package has just brought.
func (c *cluster) applyWhenServed(ctx context.Context, u *unstructured.Unstructured) error {
	return eventually(ctx, func() error { return c.Apply(ctx, u) })
}

// run starts a program that ends with the test at the latest. Its output goes to a file, of which a failed test shows the end.
func run(t *testing.T, cmd *exec.Cmd, logFile string) {
	t.Helper()
	out, err := os.OpenFile(logFile, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	must(t, err)
	cmd.Stdout, cmd.Stderr = out, out
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	// A terminal's Ctrl-C is for the test, which ends its programs in its own order.
	cmd.SysProcAttr.Setpgid = true
	must(t, cmd.Start())
	started.add(cmd)
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = out.Close()
		if t.Failed() {
			text, _ := os.ReadFile(logFile) //nolint:gosec // just written
			t.Logf("the end of %s:\n%s", filepath.Base(logFile), text[max(0, len(text)-8000):])
		}
	})
}

// freeAddress returns an address of loopback that nobody listens on at the moment.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return l.Addr().String()
}
