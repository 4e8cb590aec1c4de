package plane

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ontopix/crossplane-ecr/test/render/manifest"
)

// fieldOwner is who applies what a test, applies.
const fieldOwner = client.FieldOwner("e2e")

// ReadManifests returns the objects in files; a pattern (as of filepath.Glob) that matches no file is an error.
func ReadManifests(patterns ...string) ([]*unstructured.Unstructured, error) {
	var all []*unstructured.Unstructured
	for _, pattern := range patterns {
		files, err := filepath.Glob(pattern)
		if err != nil {
			return nil, err
		}
		if len(files) == 0 {
			return nil, fmt.Errorf("no manifest at %s", pattern)
		}
		for _, file := range files {
			objects, err := manifest.ReadFile(file)
			if err != nil {
				return nil, err
			}
			all = append(all, objects...)
		}
	}
	return all, nil
}

// discovery is how long the API server may take to tell of a kind, after its CRD is established.
var discovery = wait.Backoff{Steps: 20, Duration: 250 * time.Millisecond}

// Apply applies objects by server-side apply, which has no limit of size for a CRD to exceed. The objects are updated to what
// the API server made of them.
func (p *Plane) Apply(ctx context.Context, objects ...*unstructured.Unstructured) error {
	// Applying means sending opinions alone; whatever the server added to an object that was sent before is not ours.
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	for _, u := range objects {
		group.Go(func() error {
			u.SetManagedFields(nil)
			u.SetResourceVersion("")
			u.SetUID("")
			unstructured.RemoveNestedField(u.Object, "metadata", "creationTimestamp")
			unstructured.RemoveNestedField(u.Object, "metadata", "generation")
			err := retry.OnError(discovery, meta.IsNoMatchError, func() error {
				return p.Client.Apply(ctx, client.ApplyConfigurationFromUnstructured(u), fieldOwner, client.ForceOwnership)
			})
			if err != nil {
				return fmt.Errorf("cannot apply %s %s: %w", u.GetKind(), u.GetName(), err)
			}
			return nil
		})
	}
	return group.Wait()
}

// WaitForCondition waits until every object has a condition of that type with status True.
func (p *Plane) WaitForCondition(ctx context.Context, timeout time.Duration, condition string, objects ...*unstructured.Unstructured) error {
	return p.waitUntil(ctx, timeout, condition, objects, func(live *unstructured.Unstructured) bool {
		return live != nil && ConditionOf(live, condition).Status == "True"
	})
}

// WaitUntilGone waits until none of the objects exists.
func (p *Plane) WaitUntilGone(ctx context.Context, timeout time.Duration, objects ...*unstructured.Unstructured) error {
	return p.waitUntil(ctx, timeout, "gone", objects, func(live *unstructured.Unstructured) bool { return live == nil })
}

// waitUntil waits until every object is, as it is called here, what a check says of it; of what does not exist it gets nil.
func (p *Plane) waitUntil(ctx context.Context, timeout time.Duration, what string, objects []*unstructured.Unstructured, is func(*unstructured.Unstructured) bool) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	for _, u := range objects {
		for {
			live := &unstructured.Unstructured{}
			live.SetGroupVersionKind(u.GroupVersionKind())
			err := p.Client.Get(ctx, client.ObjectKeyFromObject(u), live)
			if err == nil && is(live) || kerrors.IsNotFound(err) && is(nil) {
				break
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("%s %s is not %s: %v (%w)", u.GetKind(), u.GetName(), what, live.Object["status"], errors.Join(err, ctx.Err()))
			case <-time.After(100 * time.Millisecond):
			}
		}
	}
	return nil
}

// A Condition is what an object says about itself.
type Condition struct{ Type, Status, Reason, Message string }

// ConditionOf returns the object's condition of a type, and one of status Unknown if it has none.
func ConditionOf(u *unstructured.Unstructured, typ string) Condition {
	conditions, _, _ := unstructured.NestedSlice(u.Object, "status", "conditions")
	for _, c := range conditions {
		m, _ := c.(map[string]any)
		if m["type"] != typ {
			continue
		}
		str := func(key string) string { s, _ := m[key].(string); return s }
		return Condition{Type: typ, Status: str("status"), Reason: str("reason"), Message: str("message")}
	}
	return Condition{Type: typ, Status: "Unknown"}
}
