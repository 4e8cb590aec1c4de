package lifecycle

import (
	"slices"
	"testing"
	"time"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
)

// weaker returns rules that expire no image which the given rules keep.
func (r source) weaker(rules []v1alpha1.LifecycleRule) []v1alpha1.LifecycleRule {
	rules = slices.Clone(rules)
	for i := range rules {
		s := &rules[i].Selection
		if r.chance(30) {
			s.CountNumber += r.Int64N(3)
		}
		if len(s.TagPrefixList) == 1 && r.chance(30) {
			s.TagPatternList, s.TagPrefixList = []string{s.TagPrefixList[0] + "*"}, nil
		}
		if len(s.TagPatternList) > 1 && r.chance(30) {
			slices.Reverse(s.TagPatternList)
		}
	}
	if r.chance(30) {
		rules = rules[:len(rules)-1]
	}
	return rules
}

// consistent makes the times of images such as AWS reports them: nothing happens to an
// image before it is pushed.
func consistent(images []Image) []Image {
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

// lost returns the images that expire by the new rules, or may, and not or later by the
// old ones: now, and if time passes and nothing is pushed.
func lost(old, rules []v1alpha1.LifecycleRule, images []Image) []string {
	was, is := Evaluate(old, images, testTime), Evaluate(rules, images, testTime)
	var digests []string
	for i := range images {
		may := is[i].Verdict == Tied && is[i].Rule >= 0 && rules[is[i].Rule].Action.Type == expire
		if is[i].Verdict == Expire && was[i].Verdict != Expire || may && was[i].Verdict != Tied && was[i].Verdict != Expire {
			digests = append(digests, images[i].Digest)
		}
	}
	return digests
}

// lostLater is lost as time passes, by the model.
func lostLater(old, rules []v1alpha1.LifecycleRule, images []Image) []string {
	_, was := modelTimes(old, images, testTime)
	_, is := modelTimes(rules, images, testTime)
	var digests []string
	for digest, t := range is {
		if u, ok := was[digest]; !ok || t.Before(u) {
			digests = append(digests, digest)
		}
	}
	return digests
}

// TestLossesIsNotSilent looks for images that are lost where Losses returns none, and
// for some where it returns some.
func TestLossesIsNotSilent(t *testing.T) {
	silent, told, shown := 0, 0, 0
	random(t, 1000, func(t *testing.T, r source) {
		var old []v1alpha1.LifecycleRule
		rules := r.valid()
		switch r.IntN(4) {
		case 0:
			old = r.valid()
		case 1:
			old = r.weaker(rules)
		case 2:
			old = rules
			rules = r.weaker(old)
			rules = append(rules[:len(rules)/2], r.rule())
			if len(Validate(rules, rulesPath)) > 0 {
				return
			}
		}
		losses := Losses(old, rules)
		if len(losses) == 0 {
			silent++
		} else {
			told++
		}
		for n := range 30 {
			images := consistent(r.linkedImages(r.chance(30), r.chance(30), r.chance(30)))
			digests := lost(old, rules, images)
			if len(digests) == 0 && n < 4 {
				images = consistent(r.linkedImages(false, false, r.chance(30)))
				digests = lostLater(old, rules, images)
			}
			switch {
			case len(digests) == 0:
			case len(losses) == 0:
				t.Errorf("Losses(...): want some, since %v are lost, got none\n%+v\n%s\n%s", digests, images, Policy(old), Policy(rules))
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
	random(t, 3000, func(t *testing.T, r source) {
		old := r.valid()
		for _, rules := range [][]v1alpha1.LifecycleRule{old, r.weaker(old), nil} {
			if losses := Losses(old, rules); len(losses) > 0 {
				t.Errorf("Losses(...): want none, got %+v\n%s\n%s", losses, Policy(old), Policy(rules))
			}
		}
	})
}
