package engine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestArgs(t *testing.T) {
	all := Request{XR: "xr.yaml", Composition: "c.yaml", Functions: "f.yaml", XRD: "xrd.yaml", Observed: "o.yaml", Required: "r.yaml"}
	cases := map[string]struct {
		reason string
		cli    CLI
		req    Request
		want   string
	}{
		"Small": {
			reason: "What is not there is not passed.",
			req:    Request{XR: "xr.yaml", Composition: "c.yaml", Functions: "f.yaml"},
			want:   "xr.yaml c.yaml f.yaml --include-function-results",
		},
		"Old": {
			reason: "Before 2.0 there is no --xrd.",
			cli:    CLI{NoXRD: true},
			req:    all,
			want:   "xr.yaml c.yaml f.yaml --include-function-results --observed-resources=o.yaml --extra-resources=r.yaml",
		},
		"New": {
			reason: "From 2.3 on a server's binary renders.",
			cli:    CLI{Core: "/bin/core"},
			req:    all,
			want:   "xr.yaml c.yaml f.yaml --include-function-results --crossplane-binary=/bin/core --xrd=xrd.yaml --observed-resources=o.yaml --extra-resources=r.yaml",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, strings.Join(tc.cli.Args(tc.req), " ")); diff != "" {
				t.Errorf("%s\nArgs(...): -want, +got\n%s", tc.reason, diff)
			}
		})
	}
}

func TestRenderReads(t *testing.T) {
	file := fake(t, `---
apiVersion: example.org/v1
kind: XR
metadata: {name: demo}
---
apiVersion: example.org/v1
kind: Result
metadata: {name: composed}
---
apiVersion: render.crossplane.io/v1beta1
kind: Result
severity: SEVERITY_WARNING
message: beware`)
	r, err := CLI{Command: []string{file}}.Render(t.Context(), Request{})
	if err != nil {
		t.Fatal(err)
	}
	if r.XR.GetName() != "demo" || len(r.Composed) != 1 || len(r.Results) != 1 {
		t.Errorf("The XR comes first, results are told by their API version.\nRender(...): got %v", r)
	}
}

func TestRenderFails(t *testing.T) {
	file := filepath.Join(t.TempDir(), "crossplane")
	if err := os.WriteFile(file, []byte("#!/bin/sh\necho 'crossplane: error: no such function' >&2\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := CLI{Command: []string{file}}.Render(t.Context(), Request{})
	if diff := cmp.Diff("crossplane: error: no such function", err.Error()); diff != "" {
		t.Errorf("What the command line says is the error.\nRender(...): -want, +got\n%s", diff)
	}
}

func TestFunctionsAt(t *testing.T) {
	file, err := FunctionsAt(filepath.Join("..", "..", "..", "examples", "functions.yaml"), "127.0.0.1:1234", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"name: ontopix-function-ecr", "runtime: Development", "runtime-development-target: 127.0.0.1:1234", "pkg.crossplane.io/v1beta1"} {
		if !strings.Contains(string(b), want) {
			t.Errorf("FunctionsAt(...): want %q in\n%s", want, b)
		}
	}
}
