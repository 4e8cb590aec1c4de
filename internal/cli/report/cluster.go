package report

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	_ "k8s.io/client-go/plugin/pkg/client/auth" // the ways to log in that a kubeconfig may name
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/pager"

	mv1alpha1 "github.com/ontopix/crossplane-ecr/apis/m/v1alpha1"
	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/internal/cli"
	"github.com/ontopix/crossplane-ecr/internal/cli/local"
	"github.com/ontopix/crossplane-ecr/internal/cli/version"
	"github.com/ontopix/crossplane-ecr/internal/xr"
)

// clusterOptions are the flags of kubectl for the cluster and the namespace.
type clusterOptions struct {
	kubeconfig, context, namespace string

	all bool
}

func (o *clusterOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.kubeconfig, "kubeconfig", "", "Kubeconfig of the cluster (default as kubectl finds it)")
	f.StringVar(&o.context, "context", "", "Context of the kubeconfig (default the current one)")
	f.StringVarP(&o.namespace, "namespace", "n", "",
		"Namespace to read (default that of the context); with files, the namespace of objects that name none")
	f.BoolVarP(&o.all, "all-namespaces", "A", false, "Read all namespaces and cluster-scoped objects")
	cmd.MarkFlagsMutuallyExclusive("namespace", "all-namespaces")
}

// read reads a cluster. Nothing is written to it.
func (o *clusterOptions) read(ctx context.Context, streams cli.Streams) (*found, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = o.kubeconfig
	loader := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, &clientcmd.ConfigOverrides{CurrentContext: o.context})
	config, err := loader.ClientConfig()
	if clientcmd.IsEmptyConfig(err) {
		return nil, errors.New("no cluster: name files or - for standard input, or a kubeconfig with --kubeconfig or KUBECONFIG")
	}
	raw, rawErr := loader.RawConfig()
	namespace, _, namespaceErr := loader.Namespace()
	if err := cmp.Or(err, rawErr, namespaceErr); err != nil {
		return nil, fmt.Errorf("cannot read the kubeconfig: %w", err)
	}
	// In a pod, there is no context but a service account.
	source := "this cluster"
	if name := cmp.Or(o.context, raw.CurrentContext); name != "" {
		source = "context " + name
	}
	defer streams.Progress("reading %s", source)()
	if namespace = cmp.Or(o.namespace, namespace); o.all {
		namespace = ""
	} else {
		source += ", namespace " + namespace
	}
	c, err := newCluster(config, source)
	if err != nil {
		return nil, fmt.Errorf("cannot use the kubeconfig: %w", err)
	}
	if err := c.read(ctx, namespace); err != nil {
		return nil, err
	}
	c.found.complete()
	return &c.found, nil
}

// A cluster that is read.
type cluster struct {
	discovery discovery.ServerResourcesInterface
	client    dynamic.Interface

	// served caches the resources of API groups; nil for a group that does not exist.
	served map[schema.GroupVersion]*metav1.APIResourceList
	found  found
}

func newCluster(config *rest.Config, source string) (*cluster, error) {
	config.UserAgent = cli.Name + "/" + version.Number()
	// Requests are few and follow one another: they need no rate limit.
	config.QPS = -1
	config.WarningHandler = rest.NoWarnings{}
	d, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return nil, err
	}
	client, err := dynamic.NewForConfig(config)
	return &cluster{discovery: d, client: client, served: map[schema.GroupVersion]*metav1.APIResourceList{}, found: found{source: source}}, err
}

// wanted returns the kinds that a report needs.
func wanted() []schema.GroupVersionKind {
	var all []schema.GroupVersionKind
	for _, k := range xr.Kinds {
		all = append(all, k.GroupVersionKind)
	}
	return append(all, local.SettingsKinds...)
}

// read reads the objects of a namespace, or of all, and the settings.
func (c *cluster) read(ctx context.Context, namespace string) error {
	readable := false
	var refused error
	for _, gvk := range wanted() {
		resource, err := c.resource(gvk)
		if err != nil {
			return fmt.Errorf("cannot read the cluster: %w", err)
		}
		if resource == nil {
			continue
		}
		_, ours := xr.KindOf(gvk)
		in, options := "", metav1.ListOptions{}
		switch {
		case resource.Namespaced:
			in = namespace
		case ours && namespace != "":
			// Cluster-scoped objects belong to the namespace of their claim.
			options.LabelSelector = labelClaimNamespace + "=" + namespace
		}
		err = c.list(ctx, gvk.GroupVersion().WithResource(resource.Name), in, options)
		switch {
		case apierrors.IsForbidden(err):
			c.found.notes = append(c.found.notes, fmt.Sprintf("%s.%s are left out: %v", resource.Name, gvk.Group, err))
			refused = err
		case err != nil:
			return fmt.Errorf("cannot read the cluster: %w", err)
		case ours:
			readable = true
		}
	}
	switch {
	case readable:
		return nil
	case refused != nil:
		return fmt.Errorf("cannot read the cluster: %w", refused)
	}
	return fmt.Errorf("the cluster has none of the kinds of %s and %s: are the packages installed?", v1alpha1.Group, mv1alpha1.Group)
}

// labelClaimNamespace is Crossplane's label on the composite resource of a claim.
const labelClaimNamespace = "crossplane.io/claim-namespace"

// resource returns the resource of a kind; nil if the cluster does not serve it.
func (c *cluster) resource(gvk schema.GroupVersionKind) (*metav1.APIResource, error) {
	gv := gvk.GroupVersion()
	list, asked := c.served[gv]
	if !asked {
		var err error
		if list, err = c.discovery.ServerResourcesForGroupVersion(gv.String()); err != nil && !apierrors.IsNotFound(err) {
			return nil, err
		}
		c.served[gv] = list
	}
	if list == nil {
		return nil, nil
	}
	for _, r := range list.APIResources {
		// A name with a slash is a subresource, such as status.
		if r.Kind == gvk.Kind && !strings.Contains(r.Name, "/") {
			return &r, nil
		}
	}
	return nil, nil
}

// list finds the objects of a resource, page by page.
func (c *cluster) list(ctx context.Context, resource schema.GroupVersionResource, namespace string, options metav1.ListOptions) error {
	p := pager.New(func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
		return c.client.Resource(resource).Namespace(namespace).List(ctx, o)
	})
	return p.EachListItem(ctx, options, func(o runtime.Object) error {
		if u, ok := o.(*unstructured.Unstructured); ok {
			c.found.add(u, "")
		}
		return nil
	})
}
