package retention_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
	"github.com/ontopix/crossplane-ecr/internal/lifecycletest"
	"github.com/ontopix/crossplane-ecr/internal/retention"
)

// TestWorkedExamples evaluates the examples of AWS's user guide that have images and results, by Evaluate and by the
// model:
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_examples.html
func TestWorkedExamples(t *testing.T) {
	// image returns an image that was pushed a number of days ago.
	image := func(name string, pushed float64, tags ...string) retention.Image {
		return retention.Image{Digest: name, Tags: tags, PushedAt: lifecycletest.Now.Add(-time.Duration(pushed * float64(24*time.Hour)))}
	}
	prodBeta := []retention.Image{image("A", 10, "beta-1", "prod-1"), image("B", 9, "beta-2", "prod-2"), image("C", 8, "beta-3")}
	count := func(n int, tags string) string {
		return fmt.Sprintf(`{"rulePriority":%d,"description":"Rule %[1]d","selection":{%s,"countType":"imageCountMoreThan","countNumber":1},"action":{"type":"expire"}}`, n, tags)
	}
	age := func(n int, tags string, days int) string {
		return fmt.Sprintf(`{"rulePriority":%d,"description":"Rule %[1]d","selection":{%s,"countType":"sinceImagePushed","countUnit":"days","countNumber":%d},"action":{"type":"expire"}}`, n, tags, days)
	}

	cases := map[string]struct {
		reason string
		rules  string
		images []retention.Image
		want   []string
	}{
		"MultipleRulesA": {
			reason: "An image that rule 1 keeps is claimed by it: rule 2 can't expire B.",
			rules:  count(1, `"tagStatus":"tagged","tagPatternList":["prod*"]`) + "," + count(2, `"tagStatus":"tagged","tagPatternList":["beta*"]`),
			images: prodBeta,
			want:   []string{"A"},
		},
		"MultipleRulesB": {
			reason: "In the other order rule 1 sees every image.",
			rules:  count(1, `"tagStatus":"tagged","tagPatternList":["beta*"]`) + "," + count(2, `"tagStatus":"tagged","tagPatternList":["prod*"]`),
			images: prodBeta,
			want:   []string{"A", "B"},
		},
		"MultipleTagsA": {
			reason: "An image must match all patterns of a list.",
			rules:  age(1, `"tagStatus":"tagged","tagPatternList":["alpha*","beta*"]`, 5),
			images: []retention.Image{
				image("A", 12, "alpha-1"), image("B", 11, "beta-1"), image("C", 10, "alpha-2", "beta-2"),
				image("D", 4, "alpha-3"), image("E", 3, "beta-3"), image("F", 2, "alpha-4", "beta-4"),
			},
			want: []string{"C"},
		},
		"MultipleTagsB": {
			reason: "Further tags of an image do not matter.",
			rules:  count(1, `"tagStatus":"tagged","tagPatternList":["alpha*","beta*"]`),
			images: []retention.Image{image("A", 10, "alpha-1", "beta-1", "gamma-1"), image("B", 9, "alpha-2", "beta-2"), image("C", 8, "alpha-3", "beta-3", "gamma-2")},
			want:   []string{"A", "B"},
		},
		"AllImagesA": {
			reason: "A rule over any images counts untagged ones too.",
			rules:  count(1, `"tagStatus":"any"`),
			images: []retention.Image{image("A", 4, "alpha-1"), image("B", 3, "beta-1"), image("C", 2), image("D", 1, "alpha-2")},
			want:   []string{"A", "B", "C"},
		},
		"AllImagesB": {
			reason: "A later rule still counts what earlier rules claim: D is not the newest. An image of one day is not older than one day: E stays.",
			rules:  count(1, `"tagStatus":"tagged","tagPatternList":["alpha*"]`) + "," + age(2, `"tagStatus":"untagged"`, 1) + "," + count(3, `"tagStatus":"any"`),
			images: []retention.Image{image("A", 4, "alpha-1", "beta-1"), image("B", 3), image("C", 2, "alpha-2"), image("D", 1, "git hash"), image("E", 1-1e-6)},
			want:   []string{"A", "B", "D"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rules, ok := lifecycle.Parse(`{"rules":[` + tc.rules + `]}`)
			if !ok {
				t.Fatal("want a policy, got none")
			}
			var modelled, got []string
			marks := modelMarks(rules, tc.images, lifecycletest.Now)
			for i, o := range retention.Evaluate(rules, tc.images, lifecycletest.Now) {
				digest := tc.images[i].Digest
				if o.Verdict == retention.Expire {
					got = append(got, digest)
				}
				if _, ok := marks[digest]; ok {
					modelled = append(modelled, digest)
				}
			}
			if diff := cmp.Diff(tc.want, modelled); diff != "" {
				t.Errorf("%s\nmodelMarks(...): -want, +got:\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\nEvaluate(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
