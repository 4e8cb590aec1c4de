package standin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/ontopix/crossplane-ecr/internal/fake/cloud"
	"github.com/ontopix/crossplane-ecr/internal/fake/provider"
)

// Options are the provider's times and sizes. Those that are zero become the real provider's: 61 seconds after a failed
// creation, at most a minute between tries.
type Options struct {
	provider.Times
	// Workers is the number of objects of a kind that are reconciled at the same time: 100.
	Workers int
}

// A Provider stands in for provider-aws on one control plane.
type Provider struct {
	cfg   *rest.Config
	cloud *cloud.Cloud
	opts  Options

	mu     sync.Mutex
	stop   context.CancelFunc
	done   chan error
	polls  []func(context.Context) error
	memory *provider.Memory
}

// CRDs returns the names of the CRDs of every kind that the provider handles.
func CRDs() []string {
	var names []string
	for _, k := range provider.Kinds() {
		names = append(names, k.Plural+"."+k.Group)
	}
	return names
}

// New returns a provider that acts on an account, for a control plane with its CRDs (see CRDs). It must be started.
func New(cfg *rest.Config, account *cloud.Cloud, o Options) *Provider {
	if o.CreateBackoff == 0 {
		o.CreateBackoff = 61 * time.Second
	}
	if o.MaxBackoff == 0 {
		o.MaxBackoff = time.Minute
	}
	if o.Workers == 0 {
		o.Workers = 100
	}
	cfg = rest.CopyConfig(cfg)
	cfg.UserAgent = "provider"
	return &Provider{cfg: cfg, cloud: account, opts: o}
}

// Start starts the controllers and returns when their caches are filled.
func (p *Provider) Start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stop != nil {
		return errors.New("the provider runs already")
	}
	mgr, err := ctrl.NewManager(p.cfg, ctrl.Options{
		Logger:     logr.Discard(),
		Metrics:    metricsserver.Options{BindAddress: "0"},
		Controller: config.Controller{SkipNameValidation: ptr.To(true)}, // Other planes, and restarts, use the same names.
		Client:     client.Options{Cache: &client.CacheOptions{Unstructured: true}},
	})
	if err != nil {
		return fmt.Errorf("cannot create the provider's manager: %w", err)
	}
	p.memory, p.polls = provider.NewMemory(), nil
	for _, k := range provider.Kinds() {
		if err := p.add(mgr, k); err != nil {
			return fmt.Errorf("cannot add the controller of %s: %w", k.GroupVersionKind, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	p.stop, p.done = cancel, make(chan error, 1)
	go func() { p.done <- mgr.Start(ctx) }()
	if !mgr.GetCache().WaitForCacheSync(ctx) {
		cancel()
		return errors.New("the provider's caches do not fill")
	}
	return nil
}

// add adds the controller of a kind to a manager.
func (p *Provider) add(mgr ctrl.Manager, k provider.Kind) error {
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(k.GroupVersionKind)
	polled := make(chan event.GenericEvent)
	memory := p.memory

	p.polls = append(p.polls, func(ctx context.Context) error {
		memory.Poll()
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(k.GroupVersion().WithKind(k.Kind + "List"))
		if err := mgr.GetClient().List(ctx, list); err != nil {
			return err
		}
		for i := range list.Items {
			select {
			case polled <- event.GenericEvent{Object: &list.Items[i]}:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})

	name := "standin/" + strings.ToLower(k.GroupKind().String())
	return ctrl.NewControllerManagedBy(mgr).
		Named(name).
		For(object).
		WatchesRawSource(source.Channel(polled, &handler.EnqueueRequestForObject{})).
		WithOptions(controller.Options{
			MaxConcurrentReconciles: p.opts.Workers,
			RateLimiter:             workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](200*time.Millisecond, p.opts.MaxBackoff),
		}).
		Complete(&reconciler{provider.Reconciler{
			Kind:   k,
			Plane:  &controlPlane{Client: mgr.GetClient(), kind: k},
			Cloud:  p.cloud,
			Memory: memory,
			Times:  p.opts.Times,
			Now:    time.Now,
		}})
}

// Poll compares every object with AWS now, as the provider does by itself every ten minutes.
func (p *Provider) Poll(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stop == nil {
		return errors.New("the provider does not run")
	}
	for _, poll := range p.polls {
		if err := poll(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Stop stops the provider in the middle of its work and waits until it has ended. The provider forgets what it did not
// write down. Stopping twice does nothing.
func (p *Provider) Stop() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stop == nil {
		return nil
	}
	p.stop()
	p.stop = nil
	return <-p.done
}
