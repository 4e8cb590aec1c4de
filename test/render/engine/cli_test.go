package engine

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestArgs shows which releases get the XRD. What they render shows that no other argument is missing.
func TestArgs(t *testing.T) {
	req := Request{XR: "xr.yaml", Composition: "c.yaml", Functions: "f.yaml", XRD: "xrd.yaml", Observed: "o.yaml"}
	cases := map[string]struct {
		reason string
		cli    CLI
		want   string
	}{
		"Old": {
			reason: "Before 2.0 there is no --xrd.", cli: CLI{NoXRD: true},
			want: "xr.yaml c.yaml f.yaml --include-function-results --observed-resources=o.yaml",
		},
		"New": {
			reason: "From 2.3 on a server's binary renders.", cli: CLI{Core: "/bin/core"},
			want: "xr.yaml c.yaml f.yaml --include-function-results --crossplane-binary=/bin/core --xrd=xrd.yaml --observed-resources=o.yaml",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, strings.Join(tc.cli.Args(req), " ")); diff != "" {
				t.Errorf("%s\nArgs(...): -want, +got\n%s", tc.reason, diff)
			}
		})
	}
}
