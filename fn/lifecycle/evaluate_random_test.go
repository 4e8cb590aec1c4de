package lifecycle

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
)

// linkedImages returns images of both storage classes. With ties some are of one instant,
// with lists some are manifest lists of others; an image's subject comes before it.
func (r source) linkedImages(ties, lists, subjects bool) []Image {
	free := map[string]bool{}
	n := 11
	if ties {
		n = 7 // Whose orders the model can try.
	}
	images := make([]Image, r.IntN(n))
	for i := range images {
		ago := func() time.Time {
			t := testTime.Add(-time.Duration(r.IntN(40)) * 6 * time.Hour)
			if !ties {
				t = t.Add(-time.Duration(i) * time.Second)
			}
			return t
		}
		im := Image{Digest: fmt.Sprint(i), PushedAt: ago()}
		if ties && r.chance(40) && i > 0 {
			im.PushedAt = images[r.IntN(i)].PushedAt
		}
		if r.chance(30) {
			im.LastPulledAt = ago()
		}
		if r.chance(15) {
			im.LastActivatedAt = ago()
		}
		if r.chance(20) {
			im.Archived, im.LastArchivedAt = true, ago().AddDate(0, 0, -85-r.IntN(10))
		}
		for range one(r, 0, 0, 1, 1, 2, 3) {
			if tag := r.word("abc", 4); !free[tag] {
				free[tag] = true
				im.Tags = append(im.Tags, tag)
			}
		}
		switch {
		case i > 0 && lists && r.chance(30):
			for range 1 + r.IntN(3) {
				im.Children = append(im.Children, fmt.Sprint(r.IntN(i)))
			}
		case i > 0 && subjects && r.chance(20):
			im.Subject = fmt.Sprint(r.IntN(i))
		}
		images[i] = im
	}
	return images
}

// TestEvaluateAgreesWithModel compares the verdicts with those of the model.
func TestEvaluateAgreesWithModel(t *testing.T) {
	seen := map[Verdict]int{}
	random(t, 6000, func(t *testing.T, r source) {
		rules, images := r.valid(), r.linkedImages(r.chance(50), r.chance(50), r.chance(50))
		want := modelVerdicts(rules, images, testTime)
		for i, o := range Evaluate(rules, images, testTime) {
			may := want[images[i].Digest]
			seen[o.Verdict]++
			agrees := false
			switch o.Verdict {
			case Tied:
				// Each of two lists may go, but not both at once: Evaluate does not see that this
				// holds what is in both.
				agrees = len(may) > 1 || linked(images, i)
			case Held:
				agrees = may[Held] && !may[Expire] && !may[Transition]
			default:
				agrees = len(may) == 1 && may[o.Verdict]
			}
			if !agrees {
				t.Errorf("Evaluate(...): image %s: want %v, got %s\n%+v\n%s", images[i].Digest, may, o.Verdict, images, Policy(rules))
			}
		}
	})
	for _, v := range []Verdict{Keep, Expire, Transition, Held, Tied} {
		if seen[v] < 50 && !testing.Short() {
			t.Errorf("want each verdict often, got %v", seen)
		}
	}
}

// linked reports whether a list has the image, or it has a subject.
func linked(images []Image, i int) bool {
	for _, list := range images {
		for _, d := range list.Children {
			if d == images[i].Digest {
				return true
			}
		}
	}
	return images[i].Subject != ""
}

// TestEvaluateTimesAgreeWithModel compares the times with what happens in the model as
// time passes, where neither a tie nor a count that waits for a list leaves them open.
func TestEvaluateTimesAgreeWithModel(t *testing.T) {
	archivals, expiries := 0, 0
	random(t, 3000, func(t *testing.T, r source) {
		rules := r.valid()
		counts := false
		for _, x := range rules {
			counts = counts || x.Selection.CountType == byCount
		}
		images := r.linkedImages(false, !counts, true)
		archived, expired := modelTimes(rules, images, testTime)
		gotArchived, gotExpired := map[string]time.Time{}, map[string]time.Time{}
		for i, o := range Evaluate(rules, images, testTime) {
			if !o.TransitionsAt.IsZero() {
				gotArchived[images[i].Digest] = o.TransitionsAt
			}
			if !o.ExpiresAt.IsZero() {
				gotExpired[images[i].Digest] = o.ExpiresAt
			}
		}
		archivals, expiries = archivals+len(archived), expiries+len(expired)
		if diff := cmp.Diff(archived, gotArchived); diff != "" {
			t.Errorf("Evaluate(...): archived: -want, +got:\n%s\n%+v\n%s", diff, images, Policy(rules))
		}
		if diff := cmp.Diff(expired, gotExpired); diff != "" {
			t.Errorf("Evaluate(...): expired: -want, +got:\n%s\n%+v\n%s", diff, images, Policy(rules))
		}
	})
	if archivals == 0 || expiries == 0 {
		t.Errorf("want images archived and expired, got %d and %d", archivals, expiries)
	}
}

// TestEvaluateMany evaluates as many images and rules as AWS allows in a repository.
func TestEvaluateMany(t *testing.T) {
	images := make([]Image, 100_000)
	for i := range images {
		images[i] = Image{
			Digest:   fmt.Sprint(i),
			Tags:     []string{fmt.Sprintf("team%d-v1.%d", i%60, i), fmt.Sprintf("git-%x", i)},
			PushedAt: testTime.Add(-time.Duration(i) * time.Minute),
		}
		if i%3 == 0 {
			images[i].Tags = nil
		}
		if i%100 == 1 {
			images[i].Children = []string{fmt.Sprint(i - i%3), fmt.Sprint(i - i%3 + 3)} // Untagged.
		}
	}
	rules := make([]v1alpha1.LifecycleRule, 50)
	for i := range rules {
		rules[i] = v1alpha1.LifecycleRule{
			Selection: v1alpha1.LifecycleSelection{
				TagStatus: tagged, TagPatternList: []string{fmt.Sprintf("team%d-*", i), "*git*"}, CountType: byCount, CountNumber: 10,
			},
			Action: v1alpha1.LifecycleAction{Type: expire},
		}
	}
	expired := 0
	for _, o := range Evaluate(rules, images, testTime) {
		if o.Verdict == Expire {
			expired++
		}
	}
	// Of the 60 prefixes 50 have a rule, of which a third of the numbers is untagged.
	want := 0
	for i := range 50 {
		n := 0
		for k := i; k < len(images); k += 60 {
			if k%3 != 0 {
				n++
			}
		}
		want += max(0, n-10)
	}
	if expired != want {
		t.Errorf("Evaluate(...): want %d expired, got %d", want, expired)
	}
}
