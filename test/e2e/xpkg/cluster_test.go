package xpkg_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
)

func TestMain(m *testing.M) { plane.Main(m) }

// A cluster is a control plane on which Crossplane manages packages and their Deployments, as it does in production.
type cluster struct {
	*plane.Plane
	// service is the loopback address behind the function's Service.
	service string
}

// startCluster starts a cluster that ends with the test. If the test fails, it logs the status of the packages.
func startCluster(t *testing.T, v plane.Version) *cluster {
	t.Helper()
	ports, err := plane.FreePorts(1)
	must(t, err)
	service := fmt.Sprintf("127.0.0.1:%d", ports[0])
	p, err := plane.Start(t.Context(), plane.Options{
		Crossplane: v, RunPackages: true,
		// The names of Services do not resolve on this machine. gRPC leaves names to a proxy, and reaches loopback
		// without it.
		CrossplaneEnv: []string{"HTTPS_PROXY=http://" + startServiceProxy(t, service)},
	})
	must(t, err)
	p.EndWith(t)
	t.Cleanup(func() {
		for _, kind := range []string{"Configuration", "ConfigurationRevision", "Function", "FunctionRevision", "Provider", "ProviderRevision"} {
			if !t.Failed() {
				return
			}
			all, err := p.List(context.Background(), "pkg.crossplane.io/v1", kind)
			if err != nil {
				t.Log(err)
			}
			for _, u := range all {
				t.Logf("%s %s: %v", kind, u.GetName(), u.Object["status"])
			}
		}
	})
	return &cluster{Plane: p, service: service}
}

// functionService is the function's address that the package manager tells Crossplane.
const functionService = "ontopix-function-ecr." + plane.SystemNamespace + ":9443"

// startServiceProxy starts an HTTP proxy in place of the cluster's DNS and Services: it connects the function's Service
// to the program that the kubelet started, and refuses every other host. TLS passes through unchanged, so the
// certificates are checked for the Service's name.
func startServiceProxy(t *testing.T, service string) string {
	t.Helper()
	return serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect || r.Host != functionService {
			http.Error(w, "no such service: "+r.Host, http.StatusBadGateway)
			return
		}
		to, err := net.Dial("tcp", service)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		from, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			_ = to.Close()
			return
		}
		_, _ = io.WriteString(from, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { _, _ = io.Copy(to, from); _ = to.Close() }()
		go func() { _, _ = io.Copy(from, to); _ = from.Close() }()
	}))
}

// serve serves HTTP on loopback until the test ends, and returns its address.
func serve(t *testing.T, handler http.Handler) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	server := &http.Server{Handler: handler} //nolint:gosec // for this test alone
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return l.Addr().String()
}
