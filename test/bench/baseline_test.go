package bench

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/ontopix/crossplane-ecr/fn/function"
	"github.com/ontopix/crossplane-ecr/test/bench/baseline"
	"github.com/ontopix/crossplane-ecr/test/bench/load"
)

// TestBaseline shows that the baseline does the same work, so that the comparison is fair.
func TestBaseline(t *testing.T) {
	for _, n := range load.Sizes {
		for _, c := range []load.Case{{Name: "First", Request: load.First(n)}, {Name: "Steady", Request: load.Steady(n)}} {
			want, err := function.New().RunFunction(context.Background(), c.Request)
			if err != nil {
				t.Fatal(err)
			}
			got, err := (&baseline.Function{}).RunFunction(context.Background(), c.Request)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
				t.Errorf("%s N=%d: the baseline's answer differs from the function's: -function, +baseline:\n%s", c.Name, n, diff)
			}
		}
	}
}
