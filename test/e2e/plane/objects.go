package plane

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ontopix/crossplane-ecr/test/render/manifest"
)

// fieldOwner is the tests' field manager in server-side apply.
const fieldOwner = client.FieldOwner("e2e")

// Object returns an object with only a kind and a name. A cluster-scoped object has an empty namespace.
func Object(apiVersion, kind, namespace, name string) *unstructured.Unstructured {
	u := &unstructured.Unstructured{}
	u.SetAPIVersion(apiVersion)
	u.SetKind(kind)
	u.SetNamespace(namespace)
	u.SetName(name)
	return u
}

// ReadManifests returns the objects in the files of patterns (see filepath.Glob), each of which must match a file.
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

// discovery limits the wait until the API server serves the kind of an established CRD.
var discovery = wait.Backoff{Steps: 120, Duration: 250 * time.Millisecond}

// Apply applies objects by server-side apply, since large CRDs exceed the size limit of client-side apply. It updates
// the objects to what the API server returns.
func (p *Plane) Apply(ctx context.Context, objects ...*unstructured.Unstructured) error {
	// Apply only what the caller sets: drop what the server added to an object that was applied before.
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

// Applyf applies the objects of a YAML stream, which is formatted as by fmt.Sprintf.
func (p *Plane) Applyf(ctx context.Context, format string, args ...any) error {
	objects, err := manifest.Read(strings.NewReader(fmt.Sprintf(format, args...)))
	if err != nil {
		return err
	}
	return p.Apply(ctx, objects...)
}

// Namespace makes sure that a namespace exists.
func (p *Plane) Namespace(ctx context.Context, name string) error {
	return p.Apply(ctx, Object("v1", "Namespace", "", name))
}

// WaitForCondition waits until every object has a condition of that type with status True.
func (p *Plane) WaitForCondition(ctx context.Context, timeout time.Duration, typ string, objects ...*unstructured.Unstructured) error {
	return p.waitUntil(ctx, timeout, typ, objects, func(live *unstructured.Unstructured) bool {
		return ConditionOf(live, typ).Status == "True"
	})
}

// WaitUntilGone waits until none of the objects exists.
func (p *Plane) WaitUntilGone(ctx context.Context, timeout time.Duration, objects ...*unstructured.Unstructured) error {
	return p.waitUntil(ctx, timeout, "gone", objects, func(live *unstructured.Unstructured) bool { return live == nil })
}

// waitUntil waits until a check holds for each object; nil means that it does not exist. Errors name the state what.
func (p *Plane) waitUntil(
	ctx context.Context, timeout time.Duration, what string, objects []*unstructured.Unstructured, is func(*unstructured.Unstructured) bool,
) error {
	for _, u := range objects {
		err := Eventually(ctx, timeout, func(ctx context.Context) error {
			live, err := p.Get(ctx, u)
			if err == nil && !is(live) {
				err = errors.New(Conditions(live))
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("%s %s is not %s: %w", u.GetKind(), u.GetName(), what, err)
		}
	}
	return nil
}

// Get returns the live object with the kind, namespace and name of like, or nil if it does not exist.
func (p *Plane) Get(ctx context.Context, like *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	u := &unstructured.Unstructured{}
	u.SetGroupVersionKind(like.GroupVersionKind())
	err := p.Client.Get(ctx, client.ObjectKeyFromObject(like), u)
	if err != nil {
		return nil, client.IgnoreNotFound(err)
	}
	return u, nil
}

// List returns the objects of a kind.
func (p *Plane) List(ctx context.Context, apiVersion, kind string, options ...client.ListOption) ([]*unstructured.Unstructured, error) {
	list := &unstructured.UnstructuredList{}
	list.SetAPIVersion(apiVersion)
	list.SetKind(kind + "List")
	err := p.Client.List(ctx, list, options...)
	all := make([]*unstructured.Unstructured, len(list.Items))
	for i := range list.Items {
		all[i] = &list.Items[i]
	}
	return all, err
}

// Eventually calls a check until it returns nil. After the timeout it returns the check's last error.
func Eventually(ctx context.Context, timeout time.Duration, check func(context.Context) error) error {
	var last error
	err := wait.PollUntilContextTimeout(ctx, 100*time.Millisecond, timeout, true, func(ctx context.Context) (bool, error) {
		err := check(ctx)
		if last == nil || !errors.Is(err, ctx.Err()) { // An interrupted check says nothing.
			last = err
		}
		return err == nil, nil
	})
	if err != nil {
		return errors.Join(last, err)
	}
	return nil
}

// A Condition is a condition in an object's status.
type Condition struct{ Type, Status, Reason, Message string }

// String formats the condition for failure messages.
func (c Condition) String() string {
	return fmt.Sprintf("%s=%s %s: %s", c.Type, c.Status, c.Reason, c.Message)
}

// ConditionOf returns the object's condition of a type, or one with status Unknown if it has none.
func ConditionOf(u *unstructured.Unstructured, typ string) Condition {
	for _, c := range conditionsOf(u) {
		if c.Type == typ {
			return c
		}
	}
	return Condition{Type: typ, Status: "Unknown"}
}

// Conditions formats the conditions of an object, which may be nil, for failure messages: one a line.
func Conditions(u *unstructured.Unstructured) string {
	if u == nil {
		return "it does not exist"
	}
	var text strings.Builder
	text.WriteString("it says:")
	for _, c := range conditionsOf(u) {
		fmt.Fprintf(&text, "\n    %s", c)
	}
	return text.String()
}

func conditionsOf(u *unstructured.Unstructured) []Condition {
	if u == nil {
		return nil
	}
	list, _, _ := unstructured.NestedSlice(u.Object, "status", "conditions")
	var all []Condition
	for _, v := range list {
		m, _ := v.(map[string]any)
		text := func(key string) string { s, _ := m[key].(string); return s }
		all = append(all, Condition{Type: text("type"), Status: text("status"), Reason: text("reason"), Message: text("message")})
	}
	return all
}
