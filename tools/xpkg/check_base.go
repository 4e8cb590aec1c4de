package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/crossplane/crossplane-runtime/v2/pkg/xpkg"
	"github.com/crossplane/crossplane-runtime/v2/pkg/xpkg/parser"
)

// metaGroup is the API group of package manifests.
const metaGroup = "meta.pkg.crossplane.io"

// checkBase wants package.yaml alone in the layer that Crossplane reads: one manifest,
// and the objects that the package manager takes from a package of that kind. It returns
// the objects.
func (r recipe) checkBase(files map[string][]byte) ([]*unstructured.Unstructured, []error) {
	if names := keys(files); !slices.Equal(names, []string{xpkg.StreamFile}) {
		return nil, []error{fmt.Errorf("the base layer has the files %q, want %s alone", names, xpkg.StreamFile)}
	}
	stream := files[xpkg.StreamFile]
	if err := r.lint(stream); err != nil {
		return nil, []error{err}
	}
	all, err := decode(stream)
	if err != nil {
		return nil, []error{err}
	}
	faults := r.checkKinds(all)
	for _, u := range all {
		if u.GroupVersionKind().Group == metaGroup {
			faults = append(faults, checkManifest(u)...)
		}
	}
	return all, faults
}

// lint parses a package's stream as Crossplane's package manager does.
func (r recipe) lint(stream []byte) error {
	meta, err := xpkg.BuildMetaScheme()
	if err != nil {
		return err
	}
	objects, err := xpkg.BuildObjectScheme()
	if err != nil {
		return err
	}
	pkg, err := parser.New(meta, objects).Parse(context.Background(), io.NopCloser(bytes.NewReader(stream)))
	if err != nil {
		return err
	}
	if n := len(pkg.GetMeta()); n != 1 {
		return fmt.Errorf("has %d package manifests, want 1", n)
	}
	if r.runs() {
		return xpkg.NewFunctionLinter().Lint(pkg)
	}
	return xpkg.NewConfigurationLinter().Lint(pkg)
}

// checkKinds wants exactly what the repository has for the package.
func (r recipe) checkKinds(all []*unstructured.Unstructured) []error {
	want := map[string]int{"Configuration": 1, "CompositeResourceDefinition": 2, "Composition": 2}
	if r.runs() {
		want = map[string]int{"Function": 1, "CustomResourceDefinition": 1}
	}
	got := map[string]int{}
	for _, u := range all {
		got[u.GetKind()]++
	}
	var faults []error
	for kind, n := range want {
		if got[kind] != n {
			faults = append(faults, fmt.Errorf("has %d of kind %s, want %d", got[kind], kind, n))
		}
		delete(got, kind)
	}
	if len(got) > 0 {
		faults = append(faults, fmt.Errorf("has kinds that it should not have: %v", got))
	}
	return faults
}

// spdx is the form of an identifier of a licence.
var spdx = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.+-]*$`)

// annotations are what the specification has a manifest say, and the icon that package
// browsers show.
var annotations = map[string]struct {
	want string
	good func(value string) bool
}{
	"maintainer":  {"a short text", func(v string) bool { return v != "" && !strings.Contains(v, "\n") }},
	"source":      {"the URL of the source", isURL},
	"license":     {"an SPDX identifier", spdx.MatchString},
	"description": {"one sentence, on one line", isSentence},
	"readme":      {"a text", func(v string) bool { return strings.TrimSpace(v) != "" }},
	"iconURI":     {"an SVG picture in a data URI", isIcon},
}

func checkManifest(u *unstructured.Unstructured) []error {
	var faults []error
	for name, rule := range annotations {
		key := "meta.crossplane.io/" + name
		if value := u.GetAnnotations()[key]; !rule.good(value) {
			faults = append(faults, fmt.Errorf("the manifest's annotation %s is %q, want %s", key, value, rule.want))
		}
	}
	return faults
}

func isURL(value string) bool {
	u, err := url.Parse(value)
	return err == nil && u.Scheme == "https" && u.Host != ""
}

func isSentence(value string) bool {
	return strings.HasSuffix(value, ".") && !strings.Contains(value, "\n") && !strings.Contains(value, ". ")
}

func isIcon(value string) bool {
	data, ok := strings.CutPrefix(value, iconPrefix)
	picture, err := base64.StdEncoding.DecodeString(data)
	return ok && err == nil && bytes.HasPrefix(picture, []byte("<svg"))
}

// checkExamples wants examples of the kinds that the package's objects define, and of no
// others.
func (r recipe) checkExamples(files map[string][]byte, objects []*unstructured.Unstructured) []error {
	if len(r.examples) == 0 {
		if len(files) > 0 {
			return []error{fmt.Errorf("has examples that nobody asked for: %q", keys(files))}
		}
		return nil
	}
	if names := keys(files); !slices.Equal(names, []string{xpkg.XpkgExamplesFile}) {
		return []error{fmt.Errorf("the examples layer has the files %q, want %s alone", names, xpkg.XpkgExamplesFile)}
	}
	all, err := decode(files[xpkg.XpkgExamplesFile])
	if err != nil {
		return []error{err}
	}
	if len(all) == 0 {
		return []error{errors.New("the examples layer is empty")}
	}
	defined := definedKinds(objects)
	var faults []error
	for _, u := range all {
		if !defined[u.GroupVersionKind().GroupKind()] {
			faults = append(faults, fmt.Errorf("the example %s %s is of no kind that the package defines", u.GroupVersionKind().GroupKind(), u.GetName()))
		}
		if _, ok := u.Object["status"]; ok {
			faults = append(faults, fmt.Errorf("the example %s %s has a status", u.GetKind(), u.GetName()))
		}
	}
	return faults
}

// definedKinds are the kinds of the composite resources, and of the claims, that a
// package brings.
func definedKinds(objects []*unstructured.Unstructured) map[schema.GroupKind]bool {
	kinds := map[schema.GroupKind]bool{}
	for _, u := range objects {
		if u.GetKind() != "CompositeResourceDefinition" {
			continue
		}
		group, _, _ := unstructured.NestedString(u.Object, "spec", "group")
		for _, names := range []string{"names", "claimNames"} {
			if kind, ok, _ := unstructured.NestedString(u.Object, "spec", names, "kind"); ok {
				kinds[schema.GroupKind{Group: group, Kind: kind}] = true
			}
		}
	}
	return kinds
}
