// Package api reads the Go types of the composite resources and of the function's input, and turns their kubebuilder
// markers into OpenAPI schemas.
package api

import (
	"fmt"
	"strings"

	"golang.org/x/tools/go/packages"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-tools/pkg/crd"
	"sigs.k8s.io/controller-tools/pkg/loader"
	"sigs.k8s.io/controller-tools/pkg/markers"
)

// Packages that hold the API, relative to the repository's root.
const (
	CompositesPackage = "./apis/v1alpha1"
	NamespacedPackage = "./apis/m/v1alpha1"
	InputPackage      = "./input/v1beta1"
)

// API is the parsed API of the repository.
type API struct {
	// Parser knows the types, their markers and their schemas.
	Parser *crd.Parser

	packages []*loader.Package
}

// Load reads the API packages of the repository at root. It returns the errors of the Go compiler, and of markers that
// do not fit their type.
func Load(root string) (*API, error) {
	pkgs, err := loader.LoadRootsWithConfig(&packages.Config{Dir: root}, CompositesPackage, NamespacedPackage, InputPackage)
	if err != nil {
		return nil, fmt.Errorf("cannot load the API packages below %s: %w", root, err)
	}

	registry := &markers.Registry{}
	generator := crd.Generator{}
	if err := generator.RegisterMarkers(registry); err != nil {
		return nil, fmt.Errorf("cannot register markers: %w", err)
	}
	parser := &crd.Parser{
		Collector: &markers.Collector{Registry: registry},
		Checker:   &loader.TypeChecker{NodeFilters: []loader.NodeFilter{generator.CheckFilter()}},
	}
	crd.AddKnownTypes(parser)
	for _, pkg := range pkgs {
		parser.NeedPackage(pkg)
	}

	api := &API{Parser: parser, packages: pkgs}
	return api, api.errors()
}

// CRD returns the CustomResourceDefinition that the markers of a kind describe.
func (a *API) CRD(group, kind string) (*extv1.CustomResourceDefinition, error) {
	gk := schema.GroupKind{Group: group, Kind: kind}
	a.Parser.NeedCRDFor(gk, nil)
	if err := a.errors(); err != nil {
		return nil, err
	}
	found, ok := a.Parser.CustomResourceDefinitions[gk]
	if !ok {
		return nil, fmt.Errorf("no Go type for %s", gk)
	}
	crd.FixTopLevelMetadata(found)
	return found.DeepCopy(), nil
}

// errors returns the errors that the loader and the marker parser noted on the packages instead of returning them. It
// leaves out type errors: imports are loaded only as far as the schemas need them, so most names in them are unknown.
func (a *API) errors() error {
	var all []string
	for _, pkg := range a.packages {
		packages.Visit([]*packages.Package{pkg.Package}, nil, func(p *packages.Package) {
			for _, err := range p.Errors {
				if err.Kind == packages.TypeError {
					continue
				}
				all = append(all, err.Error())
			}
		})
	}
	if len(all) == 0 {
		return nil
	}
	return fmt.Errorf("cannot read the API types:\n%s", strings.Join(all, "\n"))
}
