package render

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/ontopix/crossplane-ecr/fn/function"
	"github.com/ontopix/crossplane-ecr/internal/fake/provider"
	"github.com/ontopix/crossplane-ecr/test/render/engine"
	"github.com/ontopix/crossplane-ecr/test/render/example"
	"github.com/ontopix/crossplane-ecr/test/render/manifest"
)

// account returns the AWS account of an XR: the one that it names, or that of all other examples.
func account(xr *unstructured.Unstructured) provider.Account {
	a := provider.Account{ID: "111122223333", Partition: "aws"}
	if id, _, _ := unstructured.NestedString(xr.Object, "spec", "accountId"); id != "" {
		a.ID = id
	}
	if p, _, _ := unstructured.NestedString(xr.Object, "spec", "partition"); p != "" {
		a.Partition = p
	}
	return a
}

// A pass is a render of an example.
type pass struct {
	example.Example

	name   string
	golden string
	req    engine.Request
}

// passes returns two renders of each example: the first one, and the one after the provider has reported.
func passes(t *testing.T) []pass {
	t.Helper()
	all, err := repository.Examples()
	if err != nil {
		t.Fatal(err)
	}
	var out []pass
	for _, e := range all {
		req := e.Request
		req.Observed = ""
		out = append(out, pass{Example: e, name: e.Name + "/first", req: req})
		req.Observed = filepath.Join(filepath.Dir(e.XR), example.ObservedFile)
		out = append(out, pass{Example: e, name: e.Name + "/observed", req: req})
	}
	for i := range out {
		out[i].golden = filepath.Join("testdata", filepath.FromSlash(out[i].name)+".yaml")
	}
	return out
}

// today is the day for renders of the examples, on which dated exceptions depend.
func today() time.Time { return time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC) }

func inProcess(p engine.Protocol) engine.InProcess {
	return engine.InProcess{Function: function.New(function.WithClock(today)), Protocol: p}
}

// observedHead is the first line of observed resources that are derived. A file without it shows another state of AWS,
// and is written by hand.
const observedHead = "# The composed resources as the provider reports them once all is done. Written by `make golden`.\n"

// TestObserved shows that each example's observed.yaml is what the provider reports once neither it nor the function
// has more to do.
func TestObserved(t *testing.T) {
	for _, p := range passes(t) {
		if p.req.Observed == "" {
			continue
		}
		t.Run(p.Name, func(t *testing.T) {
			is, err := os.ReadFile(p.req.Observed)
			if err == nil && !bytes.HasPrefix(is, []byte(observedHead)) {
				return
			}
			b, err := manifest.Bytes(settle(t, p)...)
			if err != nil {
				t.Fatal(err)
			}
			check(t, "An example's observed resources must be those that are rendered for it.", p.req.Observed, append([]byte(observedHead), b...))
		})
	}
}

// settle lets the function and the provider take turns until neither changes
// anything, and returns what is observed then.
func settle(t *testing.T, p pass) []*unstructured.Unstructured {
	t.Helper()
	const turns = 6
	first := p.req
	first.Observed = ""
	in, err := first.Read()
	if err != nil {
		t.Fatal(err)
	}
	for range turns {
		r, err := inProcess(engine.Protocol22).Run(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range r.Composed {
			if err := account(in.XR).Observe(u); err != nil {
				t.Fatal(err)
			}
		}
		if cmp.Equal(r.Composed, in.Observed) {
			return r.Composed
		}
		in.Observed = r.Composed
		// The next reconcile gets the status of this one.
		in.XR = in.XR.DeepCopy()
		in.XR.Object["status"] = r.XR.Object["status"]
	}
	t.Fatalf("the function and the provider do not come to rest in %d turns", turns)
	return nil
}

// TestGolden compares every render with its golden file, in every generation
// of Crossplane's protocol.
func TestGolden(t *testing.T) {
	for _, p := range passes(t) {
		t.Run(p.name, func(t *testing.T) {
			var want []byte
			for _, protocol := range engine.Protocols() {
				r, err := inProcess(protocol).Render(t.Context(), p.req)
				if err != nil {
					t.Fatal(err)
				}
				got, err := manifest.Bytes(engine.Normalize(r).Objects()...)
				if err != nil {
					t.Fatal(err)
				}
				if want == nil {
					want = got
				}
				if diff := cmp.Diff(string(want), string(got)); diff != "" {
					t.Errorf("Every generation of the protocol must render the same: -%d, +%d\n%s", engine.Protocol1, protocol, diff)
				}
			}
			check(t, "A change of what is rendered must be seen and meant.", p.golden, want)
		})
	}
}
