package registry_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// TestHints shows that a message says what to write where it is known what people mean.
func TestHints(t *testing.T) {
	cases := map[string]struct {
		reason, spec string
		want         string // the first line
	}{
		"RulePriority": {
			reason: "Every policy that is pasted from AWS or Terraform has it.",
			spec: `{region: eu-west-1, images: [{name: web, lifecycle: {rules: [{rulePriority: 1,
				selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 10}, action: {type: expire}}]}}]}`,
			want: "spec.images[0].lifecycle.rules[0].rulePriority: unknown field: the order of the list is the priority: leave it out (the API's rule)",
		},
		"Unquoted": {
			reason: "YAML takes an account for a number.",
			spec:   `{region: eu-west-1, images: [{name: web, pull: {accounts: [10987654321]}}]}`,
			want:   "spec.images[0].pull.accounts[0] 10987654321: must be a string: quote it (the API's rule)",
		},
		"Misplaced": {
			reason: "A setting of repositories is no setting of the project.",
			spec:   `{region: eu-west-1, images: [{name: web}], lifecycle: {keepImages: 5}}`,
			want:   "spec.lifecycle: unknown field: belongs to an image, or to spec.defaults for all images (the API's rule)",
		},
		"Names": {
			reason: "An image is more than its name.",
			spec:   `{region: eu-west-1, images: [web]}`,
			want:   "spec.images[0] \"web\": must be an object: write `- name: web` (the API's rule)",
		},
		"Plural": {
			reason: "A plural may be more than two letters off.",
			spec:   `{region: eu-west-1, images: [{name: web}], github: {repository: web}}`,
			want:   `spec.github.repository: unknown field, did you mean "repositories"? (the API's rule)`,
		},
		"ControlCharacters": {
			reason: "A key writes no lines and no colours.",
			spec:   `{region: eu-west-1, images: [{name: web, tags: {"a\n\e[31mspec.project: approved": 1}}]}`,
			want:   `spec.images[0].tags[a\n\x1b[31mspec.project: approved] 1: must be a string: quote it (the API's rule)`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			fntest.Both(t, func(t *testing.T, g managed.Generation) {
				rsp := fntest.Run(t, fntest.Request{XR: fntest.Registry{Spec: tc.spec}.XR(t, g)})
				first, _, _ := strings.Cut(fntest.Fatal(rsp), "\n")
				if diff := cmp.Diff(tc.want, first); diff != "" {
					t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
				}
			})
		})
	}
}
