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

// weaker returns rules that expire no image which the given rules keep.
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

// consistent makes the times of images such as AWS reports them: nothing happens to an
// image before it is pushed.
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

// lost returns the images that expire by the new rules now, or may, and not by the old ones.
func lost(was, is []retention.Outcome, rules []v1alpha1.LifecycleRule) (images []int) {
	for i := range is {
		may := is[i].Verdict == retention.Tied && is[i].Rule >= 0 && rules[is[i].Rule].Action.Type == "expire"
		if was[i].Verdict != retention.Expire && (is[i].Verdict == retention.Expire || may && was[i].Verdict != retention.Tied) {
			images = append(images, i)
		}
	}
	return images
}

// lostLater returns the images that expire by the new rules if nothing is pushed, and not or
// later by the old ones. Images of one instant and manifest lists leave that open.
func lostLater(was, is []retention.Outcome) (images []int) {
	for i := range is {
		if t, u := is[i].ExpiresAt, was[i].ExpiresAt; !t.IsZero() && (u.IsZero() || t.Before(u)) {
			images = append(images, i)
		}
	}
	return images
}

// TestLossesIsNotSilent looks for images that are lost where Losses returns none, and
// for some where it returns some.
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
		t.Errorf("want a loss to be true where it is told: silent %d, told %d, shown %d", silent, told, shown)
	}
}

// TestLossesIsNoFalseAlarm asks about policies that keep as many images or more.
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
