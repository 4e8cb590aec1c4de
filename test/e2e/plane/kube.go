package plane

import (
	"context"
	"crypto/x509/pkix"
	"fmt"
	"net"
	"os/exec"
	"strconv"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// kubeconfigFile is the name of the administrator's kubeconfig.
const kubeconfigFile = "admin.kubeconfig"

// kubeconfig is the administrator's kubeconfig for a port. The files that it names are beside it.
const kubeconfig = `
apiVersion: v1
kind: Config
clusters: [{name: plane, cluster: {server: "https://127.0.0.1:%d", certificate-authority: ca.crt}}]
users: [{name: admin, user: {client-certificate: admin.crt, client-key: admin.key}}]
contexts: [{name: plane, context: {cluster: plane, user: admin}}]
current-context: plane
`

// prepareKube writes what cmd/kube reads: certificates, a kubeconfig and, with Options.Audit, an audit policy.
func (p *Plane) prepareKube() error {
	ports, err := FreePorts(1)
	if err != nil {
		return err
	}
	p.port = ports[0]
	server, err := p.authority.issue(pkix.Name{CommonName: "kube-apiserver"}, "kubernetes.default.svc")
	if err != nil {
		return err
	}
	admin, err := p.authority.issue(pkix.Name{CommonName: "admin", Organization: []string{"system:masters"}})
	if err != nil {
		return err
	}
	files := map[string][]byte{
		"ca.crt":        p.authority.cert,
		"apiserver.crt": server.cert,
		"apiserver.key": server.key,
		"admin.crt":     admin.cert,
		"admin.key":     admin.key,
		kubeconfigFile:  fmt.Appendf(nil, kubeconfig, p.port),
	}
	if p.options.Audit {
		files["audit-policy.yaml"] = []byte(auditPolicy)
	}
	if err := writeFiles(p.dir, files); err != nil {
		return err
	}
	if p.Config, err = clientcmd.BuildConfigFromFlags("", p.Kubeconfig()); err != nil {
		return err
	}
	// The API server serves only this test, so nobody needs protection from its requests.
	p.Config.QPS, p.Config.Burst = 1000, 2000
	p.Config.WarningHandler = rest.NoWarnings{}
	p.http, err = rest.HTTPClientFor(p.Config)
	return err
}

// startKube starts cmd/kube and waits until the API server is ready.
func (p *Plane) startKube(ctx context.Context) error {
	bin, err := p.build(ctx, kubeBinary)
	if err != nil {
		return err
	}
	return p.Steps.Do("start Kubernetes", func() error {
		if p.Kube, err = p.Run("kube", exec.Command(bin, "--dir", p.dir, "--port", strconv.Itoa(p.port))); err != nil {
			return err
		}
		return p.Kube.ready(ctx, p.answers(p.Config.Host+"/readyz"))
	})
}

// FreePorts returns n loopback ports on which nothing listens at the moment.
func FreePorts(n int) ([]int, error) {
	var ports []int
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close() // Not earlier, so that the ports differ.
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}
