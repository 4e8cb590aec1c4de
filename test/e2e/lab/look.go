package lab

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ontopix/crossplane-ecr/internal/fake/cloud"
	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
)

// Look returns what AWS has under a key, and whether it has anything. The stand-in's account is asked by itself; the real one
// through managed resources that only observe, which are deleted again: they see what is there and touch nothing.
func (l *Lab) Look(ctx context.Context, k cloud.Key) (cloud.Thing, bool, error) {
	if l.Cloud != nil {
		thing, ok := l.Cloud.Look(k)
		return thing, ok, nil
	}
	return l.observe(ctx, k)
}

// apiVersions are those of the kinds that can be observed by an external-name alone.
var apiVersions = map[string]string{
	"Repository":            "ecr.aws.upbound.io/v1beta2",
	"LifecyclePolicy":       "ecr.aws.upbound.io/v1beta1",
	"RepositoryPolicy":      "ecr.aws.upbound.io/v1beta1",
	"OpenIDConnectProvider": "iam.aws.upbound.io/v1beta1",
	"Role":                  "iam.aws.upbound.io/v1beta1",
}

func (l *Lab) observe(ctx context.Context, k cloud.Key) (cloud.Thing, bool, error) {
	apiVersion, ok := apiVersions[k.Kind]
	if !ok {
		return cloud.Thing{}, false, fmt.Errorf("a %s cannot be observed", k.Kind)
	}
	sum := sha256.Sum256([]byte(k.String() + time.Now().String()))
	u := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{
		"managementPolicies": []any{"Observe"},
		"providerConfigRef":  map[string]any{"name": "default"},
		"forProvider":        map[string]any{},
	}}}
	u.SetAPIVersion(apiVersion)
	u.SetKind(k.Kind)
	u.SetName("look-" + hex.EncodeToString(sum[:6]))
	u.SetAnnotations(map[string]string{"crossplane.io/external-name": k.ID})
	if k.Region != "" {
		_ = unstructured.SetNestedField(u.Object, k.Region, "spec", "forProvider", "region")
	}
	if err := l.Client.Create(ctx, u); err != nil {
		return cloud.Thing{}, false, err
	}
	defer func() { _ = l.Client.Delete(context.WithoutCancel(ctx), u) }()

	for range 100 {
		// A kind of two versions is looked at only when it changes.
		u.SetAnnotations(map[string]string{"crossplane.io/external-name": k.ID, "look": time.Now().String()})
		if err := l.Client.Update(ctx, u); err != nil && client.IgnoreNotFound(err) == nil {
			return cloud.Thing{}, false, err
		}
		time.Sleep(200 * time.Millisecond)
		if err := l.Client.Get(ctx, client.ObjectKeyFromObject(u), u); err != nil {
			return cloud.Thing{}, false, err
		}
		switch c := plane.ConditionOf(u, "Synced"); c.Status {
		case "True":
			at, _, _ := unstructured.NestedMap(u.Object, "status", "atProvider")
			if len(at) > 0 {
				withoutEmptyKey(at)
				return cloud.Thing{Attributes: at}, true, nil
			}
		case "False":
			if strings.Contains(c.Message, "external resource does not exist") {
				return cloud.Thing{}, false, nil
			}
		}
	}
	return cloud.Thing{}, false, fmt.Errorf("%s is not observed: %s", k, plane.ConditionOf(u, "Synced").Message)
}

// withoutEmptyKey takes away the text that the provider has for the key of an encryption which AWS has no key of.
func withoutEmptyKey(attributes map[string]any) {
	list, _ := attributes["encryptionConfiguration"].([]any)
	for _, e := range list {
		if m, _ := e.(map[string]any); m["kmsKey"] == "" {
			delete(m, "kmsKey")
		}
	}
}

// RestartProvider kills the provider and starts it again, without what it had in mind.
func (l *Lab) RestartProvider(ctx context.Context) error {
	if l.Provider == nil {
		return l.real.restart(ctx, l.Plane)
	}
	if err := l.Provider.Stop(); err != nil {
		return err
	}
	return l.Provider.Start()
}

// Restore puts back what Backup kept of the control plane. AWS is as it is.
func (l *Lab) Restore(ctx context.Context) error {
	// A provider that ran on would look for what comes after the newest object that it knows.
	if err := l.Provider.Stop(); err != nil {
		return err
	}
	if err := l.Plane.Restore(ctx); err != nil {
		return err
	}
	return l.Provider.Start()
}
