package registry_test

import (
	"strings"
	"testing"

	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// TestFewerImages changes what a repository keeps, and checks the advice of that run.
func TestFewerImages(t *testing.T) {
	const (
		head     = `{region: eu-west-1, images: [{name: web`
		tail     = `}]}`
		untagged = `, lifecycle: {rules: [{selection: {tagStatus: untagged, countType: sinceImagePushed, countUnit: days, countNumber: 14}, action: {type: expire}}]}`
		any100   = `, lifecycle: {rules: [{selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 100}, action: {type: expire}}]}`
		tagged10 = `, lifecycle: {rules: [{selection: {tagStatus: tagged, tagPatternList: ["*"], countType: imageCountMoreThan, countNumber: 10}, action: {type: expire}}]}`
		lost     = "Images that AWS kept may expire within a day. To keep them, write "
	)
	type test struct {
		reason, from, to string
		want             []string
	}
	cases := map[string]test{
		"Same":  {reason: "Nothing changes.", from: "", to: ""},
		"Fewer": {reason: "A shorthand is lowered.", from: ", lifecycle: {keepImages: 40}", to: ", lifecycle: {keepImages: 20}", want: []string{"spec.images[0].lifecycle.keepImages: expires all tagged images but the newest 20; the policy in AWS keeps more: it expires all tagged images but the newest 40. " + lost + "keepImages: 40"}},
		"Sooner": {
			reason: "Untagged images expire earlier.", from: ", lifecycle: {untaggedExpiryDays: 30}", to: ", lifecycle: {untaggedExpiryDays: 7}",
			want: []string{"spec.images[0].lifecycle.untaggedExpiryDays: expires untagged images 7 days after they were pushed; the policy in AWS keeps more: it expires untagged images 30 days after they were pushed. " + lost + "untaggedExpiryDays: 30"},
		},
		"More":      {reason: "More images are kept.", from: ", lifecycle: {keepImages: 20}", to: ", lifecycle: {keepImages: 40}"},
		"RulesGone": {reason: "A shorthand expires tagged images, which nothing did.", from: untagged, to: ", lifecycle: {untaggedExpiryDays: 14, keepImages: 30}", want: []string{`spec.images[0].lifecycle.keepImages: expires all tagged images but the newest 30; the policy in AWS keeps them. ` + lost + `what AWS has, lifecycle: {rules: [{"selection":{"tagStatus":"untagged","countType":"sinceImagePushed","countUnit":"days","countNumber":14},"action":{"type":"expire"}}]}`}},
		"FewerByRules": {
			reason: "Rules keep fewer than rules did.", from: any100, to: tagged10,
			want: []string{"spec.images[0].lifecycle.rules[0].selection.countNumber: expires all tagged images but the newest 10; the policy in AWS keeps more: it expires all images but the newest 100. " + lost + "countNumber: 100"},
		},
		"NoneBefore": {
			reason: "The status says that there was no policy.", from: ", lifecycle: {rules: []}", to: tagged10,
			want: []string{"spec.images[0].lifecycle.rules[0]: expires all tagged images but the newest 10; AWS has no lifecycle policy, so it keeps all images. " + lost + "what AWS has, lifecycle: {rules: []}"},
		},
		"NoneAfter": {reason: "Nothing expires any more.", from: tagged10, to: ", lifecycle: {rules: []}"},
	}
	fntest.Each(t, cases, func(t *testing.T, g managed.Generation, tc test) {
		w, c := newWorld(t, g, head+tc.from+tail)
		settled(t, w, c)
		c.Spec = head + tc.to + tail
		w.Reconcile(c)
		var got []string
		for _, line := range strings.Split(fntest.Advice(t, c.Last), "\n") {
			if strings.Contains(line, "AWS has") || strings.Contains(line, "in AWS") {
				got = append(got, line)
			}
		}
		if g, want := strings.Join(got, "\n"), strings.Join(tc.want, "\n"); g != want {
			t.Errorf("%s\nwant advice:\n%s\ngot:\n%s", tc.reason, want, g)
		}
		settled(t, w, c)
		if a := fntest.Advice(t, c.Last); strings.Contains(a, "may expire within a day") {
			t.Errorf("once it is done there is nothing to say, got:\n%s", a)
		}
	})
}
