// Package plane runs a Kubernetes control plane with Crossplane's core on this machine, without containers: etcd,
// kube-apiserver, the garbage collector, the namespace and service account controllers, Crossplane, and the composition
// function served over mTLS as Crossplane serves it in production. It is to Crossplane what envtest is to Kubernetes.
//
//	p, err := plane.Start(ctx, plane.Options{Crossplane: plane.Crossplane24})
//	if err != nil { … }
//	defer p.Stop()
//	p.Client.Create(ctx, claim)
//
// Every program is built from the Go modules that this module and its neighbours name, once, into the repository's .cache
// directory. Everything listens on loopback, on free ports; only Crossplane's metrics and health ports listen on all
// interfaces, since Crossplane offers no choice. A plane that stops or fails ends its processes, on Linux even if this
// process is killed, and removes its files, which are below .cache/e2e/runs.
package plane
