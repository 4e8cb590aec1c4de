package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/function"
	"github.com/ontopix/crossplane-ecr/test/render/engine"
)

// explains reports whether an engine's error says no more than the function's refusal, which is nil if there is none.
func explains(refused *engine.Refusal, err error) bool {
	return refused != nil && strings.Contains(words(err.Error()), words(refused.Message))
}

// words returns a text without its line breaks and indents: command lines set them anew.
func words(s string) string { return strings.Join(strings.Fields(s), " ") }

// opinion returns the function's conditions and advice for a composite resource. It calls the function itself, since
// not every engine prints conditions, and on a refusal an engine prints an error and no composite resource.
func opinion(ctx context.Context, req engine.Request) (string, *engine.Refusal) {
	r, err := engine.InProcess{Function: function.New(), Protocol: engine.Protocol1}.Render(ctx, req)
	var refused *engine.Refusal
	switch {
	case errors.As(err, &refused):
		return verdict(refused.XR), refused
	case err != nil:
		return fmt.Sprintf("  %v\n", err), nil
	}
	return verdict(r.XR), nil
}

// verdict writes the function's conditions and its advice, one a line.
func verdict(xr *unstructured.Unstructured) string {
	b := &strings.Builder{}
	conditions, _, _ := unstructured.NestedSlice(xr.Object, "status", "conditions")
	for _, typ := range []string{v1alpha1.ConditionValid, v1alpha1.ConditionCompliant, v1alpha1.ConditionStalled} {
		for _, c := range conditions {
			c, _ := c.(map[string]any)
			if c["type"] != typ {
				continue
			}
			message, _ := c["message"].(string)
			if message == "" {
				fmt.Fprintf(b, "  %s: %s\n", typ, c["status"])
				continue
			}
			fmt.Fprintf(b, "  %s: %s, %s\n", typ, c["status"], c["reason"])
			if typ != v1alpha1.ConditionStalled { // It repeats what Valid says.
				lines(b, message)
			}
		}
	}
	advice, _, _ := unstructured.NestedSlice(xr.Object, "status", "advice")
	if len(advice) > 0 {
		b.WriteString("  Advice:\n")
	}
	for _, a := range advice {
		a, _ := a.(map[string]any)
		lines(b, fmt.Sprintf("%s: %s", a["path"], a["message"]))
	}
	return b.String()
}

// lines writes the lines of a text, indented.
func lines(b *strings.Builder, text string) {
	for line := range strings.Lines(text) {
		fmt.Fprintf(b, "    %s\n", strings.TrimSuffix(line, "\n"))
	}
}
