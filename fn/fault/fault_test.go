package fault_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/fn/fault"
)

// TestString shows what is repeated of what people write, and that it costs no more than that: a value
// may be repeated for each of a thousand faults.
func TestString(t *testing.T) {
	const times, maxAllocated = 1000, 8 << 20

	list := make([]string, 100_000)
	for i := range list {
		list[i] = "item"
	}
	cases := map[string]struct {
		reason string
		path   *field.Path
		value  any
		want   string
	}{
		"None":     {reason: "What is missing has no value.", path: field.NewPath("spec"), want: "spec: must be so (the API's rule)"},
		"Text":     {reason: "Text is quoted.", path: field.NewPath("spec"), value: "a\nb", want: `spec "a\nb": must be so (the API's rule)`},
		"List":     {reason: "So are the items of a list.", path: field.NewPath("spec"), value: []string{"a", "b"}, want: `spec ["a", "b"]: must be so (the API's rule)`},
		"Object":   {reason: "An object is JSON.", path: field.NewPath("spec"), value: map[string]any{"a": []any{1.0}}, want: `spec {"a":[1]}: must be so (the API's rule)`},
		"Key":      {reason: "A key writes no lines, no colours, and nothing from right to left.", path: field.NewPath("tags").Key("a\n\x1b[31m\u202eb"), want: `tags[a\n\x1b[31m\u202eb]: must be so (the API's rule)`},
		"LongText": {reason: "Of a long text the beginning is shown.", path: field.NewPath("spec"), value: strings.Repeat("a", 1<<20), want: `spec "` + strings.Repeat("a", 119) + "…: must be so (the API's rule)"},
		"LongList": {reason: "Of a long list too.", path: field.NewPath("spec"), value: list, want: `spec [` + strings.Repeat(`"item", `, 14) + `"item"` + ",…: must be so (the API's rule)"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			f := fault.Fault{Path: tc.path, Value: tc.value, Rule: "must be so", Owner: fault.API}
			if diff := cmp.Diff(tc.want, f.String()); diff != "" {
				t.Errorf("%s\nString(): -want, +got:\n%s", tc.reason, diff)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for range times {
				_ = f.String()
			}
			runtime.ReadMemStats(&after)
			if n := after.TotalAlloc - before.TotalAlloc; n > maxAllocated {
				t.Errorf("%s\n%d calls of String() allocated %d bytes", tc.reason, times, n)
			}
		})
	}
}
