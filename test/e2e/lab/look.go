package lab

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ontopix/crossplane-ecr/internal/fake/cloud"
	"github.com/ontopix/crossplane-ecr/internal/fake/provider"
	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
)

// Look returns what AWS has under a key, and reports whether it has anything. It asks the stand-in's account directly,
// and the real one by a managed resource that only observes, which it deletes afterwards.
func (l *Lab) Look(ctx context.Context, k cloud.Key) (cloud.Thing, bool, error) {
	if l.Cloud != nil {
		thing, ok := l.Cloud.Look(k)
		return thing, ok, nil
	}
	return l.observe(ctx, k)
}

// observe looks up in AWS what can be observed by an external-name alone.
func (l *Lab) observe(ctx context.Context, k cloud.Key) (thing cloud.Thing, ok bool, err error) {
	group := "ecr.aws.upbound.io"
	if k.Region == "" {
		group = "iam.aws.upbound.io"
	}
	kind, known := provider.KindOf(schema.GroupKind{Group: group, Kind: k.Kind})
	if !known {
		return thing, false, fmt.Errorf("a %s cannot be observed", k.Kind)
	}
	u := plane.Object(kind.GroupVersion().String(), k.Kind, "", "")
	u.SetGenerateName("look-")
	u.SetAnnotations(map[string]string{"crossplane.io/external-name": k.ID})
	forProvider := map[string]any{}
	if k.Region != "" {
		forProvider["region"] = k.Region
	}
	u.Object["spec"] = map[string]any{"managementPolicies": []any{"Observe"}, "forProvider": forProvider}
	if err := l.Client.Create(ctx, u); err != nil {
		return thing, false, err
	}
	defer func() { _ = l.Client.Delete(context.WithoutCancel(ctx), u) }()

	err = plane.Eventually(ctx, 20*time.Second, func(ctx context.Context) error {
		// The provider reconciles an object of a kind with two versions only when it changes.
		patch := fmt.Sprintf(`{"metadata":{"annotations":{"look":%q}}}`, time.Now())
		if err := l.Client.Patch(ctx, u, client.RawPatch("application/merge-patch+json", []byte(patch))); err != nil {
			return err
		}
		synced := plane.ConditionOf(u, "Synced")
		at, _, _ := unstructured.NestedMap(u.Object, "status", "atProvider")
		switch {
		case synced.Status == "True" && len(at) > 0:
			withoutEmptyKey(at)
			thing, ok = cloud.Thing{Attributes: at}, true
			return nil
		case synced.Status == "False" && strings.Contains(synced.Message, "external resource does not exist"):
			return nil
		}
		return errors.New(plane.Conditions(u))
	})
	if err != nil {
		return thing, false, fmt.Errorf("%s is not observed: %w", k, err)
	}
	return thing, ok, nil
}

// withoutEmptyKey removes the empty kmsKey that the provider reports for an encryption without a key.
func withoutEmptyKey(attributes map[string]any) {
	list, _ := attributes["encryptionConfiguration"].([]any)
	for _, e := range list {
		if m, _ := e.(map[string]any); m["kmsKey"] == "" {
			delete(m, "kmsKey")
		}
	}
}

// RestartProvider kills the provider and starts it again. It forgets what it did not write down.
func (l *Lab) RestartProvider(ctx context.Context) error {
	if l.Provider == nil {
		return l.real.restart(ctx, l.Plane)
	}
	if err := l.Provider.Stop(); err != nil {
		return err
	}
	return l.Provider.Start()
}

// Restore restores the control plane that Backup copied. AWS stays as it is.
func (l *Lab) Restore(ctx context.Context) error {
	// A running provider would watch from the newest object that it knows, which the restored store does not have.
	if err := l.Provider.Stop(); err != nil {
		return err
	}
	if err := l.Plane.Restore(ctx); err != nil {
		return err
	}
	return l.Provider.Start()
}
