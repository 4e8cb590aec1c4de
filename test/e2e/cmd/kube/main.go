// Command kube is a Kubernetes control plane in one process: etcd, kube-apiserver, and the three controllers without
// which Crossplane does not behave as it does in production. There are no nodes; nothing is ever scheduled.
//
// Package plane writes its files into one directory; the store is the directory etcd below it. Started again with the
// same directory and port it is the same control plane, which is how tests restart an API server. If the directory has
// an audit policy, the log of that policy is audit.jsonl beside it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"k8s.io/component-base/cli"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

func main() {
	dir := flag.String("dir", "", "directory with the certificates and admin.kubeconfig; the store is kept there too")
	port := flag.Int("port", 0, "port of the API server on 127.0.0.1")
	flag.Parse()

	if err := run(*dir, *port); err != nil {
		fmt.Fprintln(os.Stderr, "kube:", err)
		os.Exit(1)
	}
}

func run(dir string, port int) error {
	if dir == "" || port == 0 {
		return errors.New("--dir and --port are required")
	}

	etcd, err := startEtcd(filepath.Join(dir, "etcd"))
	if err != nil {
		return err
	}
	defer etcd.Close()

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		if err := runControllers(ctx, filepath.Join(dir, "admin.kubeconfig")); err != nil {
			// Without its controllers a control plane would only make tests wait.
			klog.ErrorS(err, "controllers ended")
			os.Exit(1)
		}
	}()

	cmd := app.NewAPIServerCommand()
	args := apiServerArgs(dir, port, etcd.Clients[0].Addr().String())
	policy := filepath.Join(dir, "audit-policy.yaml")
	if _, err := os.Stat(policy); err == nil {
		args = append(args, "--audit-policy-file="+policy, "--audit-log-path="+filepath.Join(dir, "audit.jsonl"), "--audit-log-mode=batch")
	}
	cmd.SetArgs(args)
	if code := cli.Run(cmd); code != 0 {
		return fmt.Errorf("kube-apiserver ended with code %d", code)
	}
	return nil
}

// apiServerArgs returns the flags of a kube-apiserver that serves one machine.
func apiServerArgs(dir string, port int, etcd string) []string {
	file := func(name string) string { return filepath.Join(dir, name) }
	return []string{
		"--etcd-servers=http://" + etcd,
		"--bind-address=127.0.0.1",
		"--advertise-address=127.0.0.1",
		fmt.Sprintf("--secure-port=%d", port),
		// Nobody reaches the API server through a Service.
		"--endpoint-reconciler-type=none",
		"--service-cluster-ip-range=10.0.0.0/24",
		"--client-ca-file=" + file("ca.crt"),
		"--tls-cert-file=" + file("apiserver.crt"),
		"--tls-private-key-file=" + file("apiserver.key"),
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + file("apiserver.key"),
		"--service-account-signing-key-file=" + file("apiserver.key"),
		"--authorization-mode=RBAC",
		"--profiling=false",
		// Tests create hundreds of objects at once; queueing them fairly would only distort what is measured.
		"--enable-priority-and-fairness=false",
		"--max-requests-inflight=3000",
		"--max-mutating-requests-inflight=1000",
		"--watch-cache=true",
		// Keep the events of a long run.
		"--event-ttl=" + (6 * time.Hour).String(),
	}
}
