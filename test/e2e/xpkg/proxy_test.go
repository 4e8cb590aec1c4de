package xpkg_test

import (
	"io"
	"net"
	"net/http"
	"testing"
)

// functionService is where the package manager tells Crossplane to find the function.
const functionService = "ontopix-function-ecr." + systemNamespace + ":9443"

// startServiceProxy starts an HTTP proxy that stands in for the cluster's DNS and Services: it joins a connection to the
// function's Service with the program that the kubelet started, and refuses any other. TLS goes through it untouched, so the
// certificates are checked for the Service's name.
func startServiceProxy(t *testing.T, c *cluster) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { //nolint:gosec // for this test alone
		if r.Method != http.MethodConnect || r.Host != functionService {
			http.Error(w, "no such service: "+r.Host, http.StatusBadGateway)
			return
		}
		to, err := net.Dial("tcp", c.service)
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
	})}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return l.Addr().String()
}
