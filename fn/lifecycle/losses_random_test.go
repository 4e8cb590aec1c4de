package lifecycle_test

import (
	"slices"
	"testing"
	"time"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
	"github.com/ontopix/crossplane-ecr/internal/lifecycletest"
	"github.com/ontopix/crossplane-ecr/internal/retention"
)

// weaker returns rules that expire no image that the given rules keep.
func weaker(r lifecycletest.Source, rules []v1alpha1.LifecycleRule) []v1alpha1.LifecycleRule {
	rules = slices.Clone(rules)
	for i := range rules {
		s := &rules[i].Selection
		if r.Chance(30) {
			s.CountNumber += r.Int64N(3)
		}
		if len(s.TagPrefixList) == 1 && r.Chance(30) {
			s.TagPatternList, s.TagPrefixList = []string{s.TagPrefixList[0] + "*"}, nil
		}
		if len(s.TagPatternList) > 1 && r.Chance(30) {
			slices.Reverse(s.TagPatternList)
		}
	}
	if r.Chance(30) {
		rules = rules[:len(rules)-1]
	}
	return rules
}

// consistent corrects the times of images, so that nothing happens to an image before it is pushed.
func consistent(images []retention.Image) []retention.Image {
	for i := range images {
		im := &images[i]
		for _, t := range []*time.Time{&im.LastPulledAt, &im.LastActivatedAt} {
			if !t.IsZero() && t.Before(im.PushedAt) {
				*t = im.PushedAt
			}
		}
	}
	return images
}

// lost returns the images that expire, or may expire, by the new rules now, and not by the old ones.
func lost(was, is []retention.Outcome, rules []v1alpha1.LifecycleRule) (images []int) {
	for i := range is {
		may := is[i].Verdict == retention.Tied && is[i].Rule >= 0 && rules[is[i].Rule].Action.Type == "expire"
		if was[i].Verdict != retention.Expire && (is[i].Verdict == retention.Expire || may && was[i].Verdict != retention.Tied) {
			images = append(images, i)
		}
	}
	return images
}

// lostLater returns the images that expire by the new rules if nothing is pushed, and later or not at all by the old
// ones. It does not work for images of one instant, and for manifest lists.
func lostLater(was, is []retention.Outcome) (images []int) {
	for i := range is {
		if t, u := is[i].ExpiresAt, was[i].ExpiresAt; !t.IsZero() && (u.IsZero() || t.Before(u)) {
			images = append(images, i)
		}
	}
	return images
}

// TestLossesIsNotSilent shows that no image is lost if Losses returns none, and that some image often is if it returns
// one.
func TestLossesIsNotSilent(t *testing.T) {
	silent, told, shown := 0, 0, 0
	lifecycletest.Random(t, 1000, func(t *testing.T, r lifecycletest.Source) {
		var old []v1alpha1.LifecycleRule
		rules := r.Valid()
		switch r.IntN(4) {
		case 0:
			old = r.Valid()
		case 1:
			old = weaker(r, rules)
		case 2:
			old = rules
			rules = weaker(r, old)
			rules = append(rules[:len(rules)/2], r.Rule())
			if len(lifecycle.Validate(rules, rulesPath)) > 0 {
				return
			}
		}
		losses := lifecycle.Losses(old, rules)
		if len(losses) == 0 {
			silent++
		} else {
			told++
		}
		for n := range 30 {
			links := n%2 == 0
			images := consistent(r.Images(links && r.Chance(60), links && r.Chance(60), r.Chance(30)))
			was, is := retention.Evaluate(old, images, lifecycletest.Now), retention.Evaluate(rules, images, lifecycletest.Now)
			lost := lost(was, is, rules)
			if !links {
				lost = lostLater(was, is)
			}
			switch {
			case len(lost) == 0:
			case len(losses) == 0:
				t.Errorf("Losses(...): want some, since %v are lost, got none\n%+v\n%s\n%s", lost, images, lifecycle.Policy(old), lifecycle.Policy(rules))
				return
			default:
				shown++
				return
			}
		}
	})
	if silent < 100 && !testing.Short() || shown < told/2 {
		t.Errorf("want losses to be real: none returned %d times, some returned %d times, an image lost %d times", silent, told, shown)
	}
}

// TestLossesIsNoFalseAlarm shows that there are no losses by policies that keep as many images or more.
func TestLossesIsNoFalseAlarm(t *testing.T) {
	lifecycletest.Random(t, 3000, func(t *testing.T, r lifecycletest.Source) {
		old := r.Valid()
		for _, rules := range [][]v1alpha1.LifecycleRule{old, weaker(r, old), nil} {
			if losses := lifecycle.Losses(old, rules); len(losses) > 0 {
				t.Errorf("Losses(...): want none, got %+v\n%s\n%s", losses, lifecycle.Policy(old), lifecycle.Policy(rules))
			}
		}
	})
}
