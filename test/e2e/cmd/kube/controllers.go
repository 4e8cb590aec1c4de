package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/controller-manager/pkg/informerfactory"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/controller/garbagecollector"
	"k8s.io/kubernetes/pkg/controller/namespace"
	"k8s.io/kubernetes/pkg/controller/serviceaccount"
)

// discoverEvery is the interval at which the garbage collector looks for new kinds. In production it is 30 s; here
// tests wait for the kinds of new CRDs.
const discoverEvery = 2 * time.Second

// runControllers runs what a control plane without nodes needs of kube-controller-manager until ctx ends: the garbage
// collector (owner references), and the namespace and service account controllers (namespaces that can be deleted and used).
func runControllers(ctx context.Context, kubeconfig string) error {
	cfg, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	cfg.QPS, cfg.Burst = 500, 1000

	client, err := kubernetes.NewForConfig(cfg)
	if err != nil {
		return err
	}
	meta, err := metadata.NewForConfig(cfg)
	if err != nil {
		return err
	}
	err = wait.PollUntilContextTimeout(ctx, 100*time.Millisecond, 2*time.Minute, true, func(ctx context.Context) (bool, error) {
		return client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error() == nil, nil
	})
	if err != nil {
		return fmt.Errorf("the API server is not ready: %w", err)
	}

	objects := informers.NewSharedInformerFactory(client, 0)
	metas := metadatainformer.NewSharedInformerFactory(meta, 0)
	started := make(chan struct{})

	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(client.Discovery()))
	graph := garbagecollector.NewDependencyGraphBuilder(ctx, meta, mapper, garbagecollector.DefaultIgnoredResources(),
		informerfactory.NewInformerFactory(objects, metas), started)
	collector, err := garbagecollector.NewComposedGarbageCollector(ctx, client, meta, mapper, graph)
	if err != nil {
		return fmt.Errorf("cannot create the garbage collector: %w", err)
	}

	accounts, err := serviceaccount.NewServiceAccountsController(klog.FromContext(ctx), objects.Core().V1().ServiceAccounts(),
		objects.Core().V1().Namespaces(), client, serviceaccount.DefaultServiceAccountsControllerOptions())
	if err != nil {
		return fmt.Errorf("cannot create the service account controller: %w", err)
	}

	namespaces := namespace.NewNamespaceController(ctx, client, meta, client.Discovery().ServerPreferredNamespacedResources,
		objects.Core().V1().Namespaces(), 5*time.Minute, corev1.FinalizerKubernetes)

	objects.Start(ctx.Done())
	metas.Start(ctx.Done())
	close(started)

	var wg sync.WaitGroup
	for _, f := range []func(){
		func() { collector.Run(ctx, 20, 30*time.Second) },
		func() { collector.Sync(ctx, client.Discovery(), discoverEvery) },
		func() { accounts.Run(ctx, 1) },
		func() { namespaces.Run(ctx, 5) },
	} {
		wg.Go(f)
	}
	wg.Wait()
	return nil
}
