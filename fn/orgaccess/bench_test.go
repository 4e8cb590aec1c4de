package orgaccess_test

import (
	"testing"

	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/orgaccess"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

func BenchmarkRender(b *testing.B) {
	seen := request{spec: full}.run(b).observe(b)
	req := request{spec: full, Request: fntest.Request{Observed: seen}}.build(b)
	b.ReportAllocs()
	for b.Loop() {
		orgaccess.Render(composite.Read(req, fntest.Today))
	}
}
