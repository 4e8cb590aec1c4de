// Command plane starts a control plane with everything that a claim needs, so that you can try one by hand. Ctrl-C
// stops it. See docs/e2e.md.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/ontopix/crossplane-ecr/internal/fake/provider"
	"github.com/ontopix/crossplane-ecr/test/e2e/lab"
	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
	"github.com/ontopix/crossplane-ecr/test/e2e/standin"
)

func main() {
	version := flag.String("crossplane", plane.Crossplane24.Name, "version of Crossplane")
	flag.Parse()
	ctrl.SetLogger(logr.Discard())
	klog.SetLogger(logr.Discard())

	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	if err := run(ctx, *version); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, name string) error {
	versions, err := plane.Versions(name)
	if err != nil {
		return err
	}
	l, err := lab.Start(ctx, lab.Options{
		Options:  plane.Options{Crossplane: versions[0]},
		Provider: standin.Options{Times: provider.Times{CreateBackoff: 10 * time.Second, MaxBackoff: 5 * time.Second}},
	})
	if err != nil {
		return err
	}
	defer l.Stop()
	if err := l.Namespace(ctx, "ontopix"); err != nil {
		return err
	}

	fmt.Printf(`
Crossplane %s is ready. In another terminal:

  export KUBECONFIG=%s
  kubectl apply -f examples/project-registry/some-service/claim.yaml
  kubectl -n ontopix get projectregistries.ecr.ontopix.io
  kubectl -n ontopix describe projectregistries.ecr.ontopix.io ontopix
  kubectl get managed

The AWS account is simulated, and is lost when this ends. Ctrl-C stops everything.
`, name, l.Kubeconfig())
	<-ctx.Done()
	fmt.Println("stopping")
	return nil
}
