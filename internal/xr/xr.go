// Package xr turns a claim into the composite resource that Crossplane creates for it, since no rendering command
// accepts a claim.
package xr

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Labels that Crossplane adds to the composite resource of a claim.
const (
	labelClaimName      = "crossplane.io/claim-name"
	labelClaimNamespace = "crossplane.io/claim-namespace"
)

// claimOnly are the fields of a claim's spec that are about the claim itself, or that only Crossplane's controllers
// write. They do not reach the composite resource. Source: crossplane-runtime v2.4.0 pkg/xcrd,
// CompositeResourceClaimSpecProps without PropagateSpecProps. Our XRDs enforce their Composition, so compositionRef is
// one of them.
var claimOnly = []string{
	"claimRef", "compositeDeletePolicy", "compositionRef", "compositionRevisionRef", "environmentConfigRefs",
	"publishConnectionDetailsTo", "resourceRef", "resourceRefs", "writeConnectionSecretToRef",
}

// FromClaim returns the composite resource that Crossplane creates for the claim.
//
// Only its name differs from a real one. Crossplane appends five random characters to the claim's name. FromClaim
// appends five that depend only on the claim's kind, namespace and name, so that two renders can be compared.
func FromClaim(claim *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	kind, err := compositeKind(claim)
	if err != nil {
		return nil, err
	}
	if claim.GetName() == "" {
		return nil, errors.New("metadata.name: a claim needs a name")
	}
	if claim.GetNamespace() == "" {
		return nil, errors.New("metadata.namespace: a claim needs a namespace; the API server would take that of the kubectl context")
	}
	// NestedMap returns a copy, so the claim stays as it is.
	spec, _, err := unstructured.NestedMap(claim.Object, "spec")
	if err != nil {
		return nil, err
	}
	if spec == nil {
		spec = map[string]any{}
	}
	for _, f := range claimOnly {
		delete(spec, f)
	}
	spec["claimRef"] = map[string]any{
		"apiVersion": claim.GetAPIVersion(),
		"kind":       claim.GetKind(),
		"namespace":  claim.GetNamespace(),
		"name":       claim.GetName(),
	}

	u := &unstructured.Unstructured{Object: map[string]any{"spec": spec}}
	u.SetAPIVersion(claim.GetAPIVersion())
	u.SetKind(kind)
	u.SetName(claim.GetName() + "-" + suffix(claim))
	if annotations := withoutReserved(claim.GetAnnotations()); len(annotations) > 0 {
		u.SetAnnotations(annotations)
	}
	labels := withoutReserved(claim.GetLabels())
	labels[labelClaimName] = claim.GetName()
	labels[labelClaimNamespace] = claim.GetNamespace()
	u.SetLabels(labels)
	return u, nil
}

// compositeKind returns the kind of the claim's composite resource.
func compositeKind(claim *unstructured.Unstructured) (string, error) {
	apiVersion, kind := claim.GetAPIVersion(), claim.GetKind()
	if k, ok := KindOf(claim.GroupVersionKind()); ok {
		if k.Claims == "" {
			return "", fmt.Errorf("%s is a composite resource already: render it as it is", k.Kind)
		}
		return k.Claims, nil
	}
	var kinds, versions []string
	for _, k := range Kinds {
		if strings.EqualFold(k.Kind, kind) && k.Kind != kind {
			return "", fmt.Errorf("kind %q: must be %s", kind, k.Kind)
		}
		if k.Kind == kind {
			versions = append(versions, k.GroupVersion().String())
		}
		kinds = append(kinds, k.Kind+" of "+k.GroupVersion().String())
	}
	if len(versions) > 0 {
		return "", fmt.Errorf("apiVersion %q: must be %s for %s", apiVersion, strings.Join(versions, " or "), kind)
	}
	return "", fmt.Errorf("%s of %s is no claim and no composite resource: must be %s", kind, apiVersion, strings.Join(kinds, " or "))
}

// suffix returns five of the characters that Kubernetes uses in generated names.
func suffix(claim *unstructured.Unstructured) string {
	const alphabet = "bcdfghjklmnpqrstvwxz2456789"
	h := sha256.Sum256([]byte(claim.GetKind() + "\n" + claim.GetNamespace() + "\n" + claim.GetName()))
	out := make([]byte, 5)
	for i := range out {
		out[i] = alphabet[int(h[i])%len(alphabet)]
	}
	return string(out)
}

// withoutReserved returns a copy of a claim's labels or annotations without those of Kubernetes' own domains.
// Crossplane does not pass these on, and tests for the same suffixes.
func withoutReserved(m map[string]string) map[string]string {
	kept := map[string]string{}
	for k, v := range m {
		domain, _, _ := strings.Cut(k, "/")
		if !strings.HasSuffix(domain, "kubernetes.io") && !strings.HasSuffix(domain, "k8s.io") {
			kept[k] = v
		}
	}
	return kept
}
