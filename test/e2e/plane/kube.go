package plane

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// kubeconfigFile is the name of the file with which an administrator reaches the plane.
const kubeconfigFile = "admin.kubeconfig"

// prepareKube writes what cmd/kube reads: the certificates and an administrator's kubeconfig.
func prepareKube(dir string, authority *ca, port int) (*rest.Config, error) {
	server, err := authority.issue("kube-apiserver", "", "kubernetes.default.svc")
	if err != nil {
		return nil, err
	}
	admin, err := authority.issue("admin", "system:masters")
	if err != nil {
		return nil, err
	}
	if err := writeFiles(dir, map[string][]byte{
		"ca.crt":        authority.cert,
		"apiserver.crt": server.cert,
		"apiserver.key": server.key,
	}); err != nil {
		return nil, err
	}

	kubeconfig := clientcmdapi.NewConfig()
	kubeconfig.Clusters["plane"] = &clientcmdapi.Cluster{
		Server:                   fmt.Sprintf("https://127.0.0.1:%d", port),
		CertificateAuthorityData: authority.cert,
	}
	kubeconfig.AuthInfos["admin"] = &clientcmdapi.AuthInfo{ClientCertificateData: admin.cert, ClientKeyData: admin.key}
	kubeconfig.Contexts["plane"] = &clientcmdapi.Context{Cluster: "plane", AuthInfo: "admin"}
	kubeconfig.CurrentContext = "plane"
	file := filepath.Join(dir, kubeconfigFile)
	if err := clientcmd.WriteToFile(*kubeconfig, file); err != nil {
		return nil, err
	}

	cfg, err := clientcmd.BuildConfigFromFlags("", file)
	if err != nil {
		return nil, err
	}
	// A test is no guest that a shared API server has to be protected from.
	cfg.QPS, cfg.Burst = 1000, 2000
	cfg.WarningHandler = rest.NoWarnings{}
	return cfg, nil
}

// startKube starts cmd/kube and waits until the API server is ready.
func startKube(ctx context.Context, bin, dir, log string, port int, cfg *rest.Config) (*process, error) {
	p, err := startProcess("kube", log, exec.Command(bin, "--dir", dir, "--port", strconv.Itoa(port)))
	if err != nil {
		return nil, err
	}
	client, err := kubernetes.NewForConfig(cfg)
	if err != nil {
		p.kill()
		return nil, err
	}
	err = p.waitFor(ctx, 2*time.Minute, func(ctx context.Context) error {
		return client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
	})
	if err != nil {
		p.kill()
		return nil, err
	}
	return p, nil
}

// freePort returns a port on loopback that nobody listens on at the moment.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
