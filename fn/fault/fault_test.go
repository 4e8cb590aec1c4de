package fault_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/fn/fault"
)

// TestString shows how much of a path and of a value a message repeats, and that this bounds the cost: each of a
// thousand faults may repeat one large value.
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
		"None":     {reason: "A missing field has no value.", path: field.NewPath("spec"), want: "spec: must be so (the API's rule)"},
		"Text":     {reason: "Text is quoted.", path: field.NewPath("spec"), value: "a\nb", want: `spec "a\nb": must be so (the API's rule)`},
		"List":     {reason: "The items of a list are quoted.", path: field.NewPath("spec"), value: []string{"a", "b"}, want: `spec ["a", "b"]: must be so (the API's rule)`},
		"Object":   {reason: "An object is JSON.", path: field.NewPath("spec"), value: map[string]any{"a": []any{1.0}}, want: `spec {"a":[1]}: must be so (the API's rule)`},
		"Key":      {reason: "A key writes no lines, no colours, and nothing from right to left.", path: field.NewPath("tags").Key("a\n\x1b[31m\u202eb"), want: `tags[a\n\x1b[31m\u202eb]: must be so (the API's rule)`},
		"LongText": {reason: "A long text is truncated.", path: field.NewPath("spec"), value: strings.Repeat("a", 1<<20), want: `spec "` + strings.Repeat("a", 119) + "…: must be so (the API's rule)"},
		"LongList": {reason: "A long list is truncated.", path: field.NewPath("spec"), value: list, want: `spec [` + strings.Repeat(`"item", `, 14) + `"item"` + ",…: must be so (the API's rule)"},
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
