package retention_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
	"github.com/ontopix/crossplane-ecr/internal/lifecycletest"
	"github.com/ontopix/crossplane-ecr/internal/retention"
)

// TestEvaluateAgreesWithModel compares the verdicts with those of the model.
func TestEvaluateAgreesWithModel(t *testing.T) {
	seen := map[retention.Verdict]int{}
	lifecycletest.Random(t, 6000, func(t *testing.T, r lifecycletest.Source) {
		rules, images := r.Valid(), r.Images(r.Chance(50), r.Chance(50), r.Chance(50))
		want := modelVerdicts(rules, images, lifecycletest.Now)
		for i, o := range retention.Evaluate(rules, images, lifecycletest.Now) {
			may := want[images[i].Digest]
			seen[o.Verdict]++
			agrees := false
			switch o.Verdict {
			case retention.Tied:
				// If either of two lists may go, but not both, an image in both is held. Evaluate does not see that.
				agrees = len(may) > 1 || linked(images, i)
			case retention.Held:
				agrees = may[retention.Held] && !may[retention.Expire] && !may[retention.Transition]
			default:
				agrees = len(may) == 1 && may[o.Verdict]
			}
			if !agrees {
				t.Errorf("Evaluate(...): image %s: want %v, got %s\n%+v\n%s", images[i].Digest, may, o.Verdict, images, lifecycle.Policy(rules))
			}
		}
	})
	for _, v := range []retention.Verdict{retention.Keep, retention.Expire, retention.Transition, retention.Held, retention.Tied} {
		if seen[v] < 50 && !testing.Short() {
			t.Errorf("want each verdict often, got %v", seen)
		}
	}
}

// linked reports whether image i is in a list, or has a subject.
func linked(images []retention.Image, i int) bool {
	for _, list := range images {
		for _, d := range list.Children {
			if d == images[i].Digest {
				return true
			}
		}
	}
	return images[i].Subject != ""
}

// TestEvaluateTimesAgreeWithModel compares the times with those of the model as time passes, for images whose times
// neither a tie nor a count that waits for a list leaves open.
func TestEvaluateTimesAgreeWithModel(t *testing.T) {
	archivals, expiries := 0, 0
	lifecycletest.Random(t, 3000, func(t *testing.T, r lifecycletest.Source) {
		rules := r.Valid()
		counts := false
		for _, x := range rules {
			counts = counts || x.Selection.CountType == lifecycle.ByCount
		}
		images := r.Images(false, !counts, true)
		archived, expired := modelTimes(rules, images, lifecycletest.Now)
		gotArchived, gotExpired := map[string]time.Time{}, map[string]time.Time{}
		for i, o := range retention.Evaluate(rules, images, lifecycletest.Now) {
			if !o.TransitionsAt.IsZero() {
				gotArchived[images[i].Digest] = o.TransitionsAt
			}
			if !o.ExpiresAt.IsZero() {
				gotExpired[images[i].Digest] = o.ExpiresAt
			}
		}
		archivals, expiries = archivals+len(archived), expiries+len(expired)
		if diff := cmp.Diff(archived, gotArchived); diff != "" {
			t.Errorf("Evaluate(...): archived: -want, +got:\n%s\n%+v\n%s", diff, images, lifecycle.Policy(rules))
		}
		if diff := cmp.Diff(expired, gotExpired); diff != "" {
			t.Errorf("Evaluate(...): expired: -want, +got:\n%s\n%+v\n%s", diff, images, lifecycle.Policy(rules))
		}
	})
	if archivals == 0 || expiries == 0 {
		t.Errorf("want images archived and expired, got %d and %d", archivals, expiries)
	}
}

// TestEvaluateMany evaluates as many images and rules as AWS allows in a repository.
func TestEvaluateMany(t *testing.T) {
	const rulesAtMost, keep = 50, 10
	images := make([]retention.Image, 100_000)
	for i := range images {
		images[i] = retention.Image{
			Digest:   fmt.Sprint(i),
			Tags:     []string{fmt.Sprintf("team%d-v1.%d", i%rulesAtMost, i), fmt.Sprintf("git-%x", i)},
			PushedAt: lifecycletest.Now.Add(-time.Duration(i) * time.Minute),
		}
		if i%100 == 0 {
			images[i].Children = []string{fmt.Sprint(i + 1), fmt.Sprint(i + 2)} // They are older, and go with it.
		}
	}
	rules := make([]v1alpha1.LifecycleRule, rulesAtMost)
	for i := range rules {
		rules[i] = v1alpha1.LifecycleRule{
			Selection: v1alpha1.LifecycleSelection{
				TagStatus: "tagged", TagPatternList: []string{fmt.Sprintf("team%d-*", i), "*git*"}, CountType: lifecycle.ByCount, CountNumber: keep,
			},
			Action: v1alpha1.LifecycleAction{Type: "expire"},
		}
	}
	expired := 0
	for _, o := range retention.Evaluate(rules, images, lifecycletest.Now) {
		if o.Verdict == retention.Expire {
			expired++
		}
	}
	if want := len(images) - rulesAtMost*keep; expired != want {
		t.Errorf("Evaluate(...): want %d expired, got %d", want, expired)
	}
}
