package lifecycle

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
)

// A source makes rules and images at random. Its tags are short and of few
// characters, so that rules meet often.
type source struct{ *rand.Rand }

// random runs a test many times, each with a source of its own that is the same in
// every run.
func random(t *testing.T, times int, test func(t *testing.T, r source)) {
	t.Helper()
	if testing.Short() {
		times /= 10
	}
	for seed := range times {
		test(t, source{rand.New(rand.NewPCG(uint64(seed), 4))})
		if t.Failed() {
			t.Fatalf("with seed %d", seed)
		}
	}
}

func one[T any](r source, of ...T) T { return of[r.IntN(len(of))] }

func (r source) chance(percent int) bool { return r.IntN(100) < percent }

func (r source) word(alphabet string, atMost int) string {
	b := make([]byte, 1+r.IntN(atMost))
	for i := range b {
		b[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(b)
}

func (r source) words(alphabet string) []string {
	n := one(r, 1, 1, 1, 2, 2, 3)
	w := make([]string, n)
	for i := range w {
		w[i] = r.word(alphabet, 4)
	}
	return w
}

// rule returns a rule that is valid by itself.
func (r source) rule() v1alpha1.LifecycleRule {
	s := v1alpha1.LifecycleSelection{TagStatus: one(r, tagged, tagged, tagged, untagged, anyImage), CountNumber: 1 + r.Int64N(4)}
	if s.TagStatus == tagged {
		if r.chance(70) {
			s.TagPatternList = r.words("ab**")
		} else {
			s.TagPrefixList = r.words("ab")
		}
	}
	a := v1alpha1.LifecycleAction{Type: expire}
	unit, class := days, archive
	s.CountType = one(r, byCount, sincePushed, sincePulled, sinceTransitioned)
	if s.CountType != byCount {
		s.CountUnit = &unit
	}
	if s.CountType == sinceTransitioned {
		s.StorageClass = &class
		s.CountNumber += 89
	} else if r.chance(10) {
		c := standard
		s.StorageClass = &c
	}
	if s.CountType == sincePulled || s.CountType != sinceTransitioned && r.chance(25) {
		a = v1alpha1.LifecycleAction{Type: transition, TargetStorageClass: &class}
	}
	out := v1alpha1.LifecycleRule{Selection: s, Action: a}
	if r.chance(20) {
		d := fmt.Sprintf("rule <%d> & é", r.IntN(3))
		out.Description = &d
	}
	return out
}

// rules returns rules, each valid by itself, together often not.
func (r source) rules() []v1alpha1.LifecycleRule {
	rules := make([]v1alpha1.LifecycleRule, 1+r.IntN(5))
	for i := range rules {
		rules[i] = r.rule()
	}
	if r.chance(70) {
		last := func(x v1alpha1.LifecycleRule) int {
			if x.Selection.TagStatus == anyImage {
				return 1
			}
			return 0
		}
		slices.SortStableFunc(rules, func(a, b v1alpha1.LifecycleRule) int { return last(a) - last(b) })
	}
	return rules
}

// valid returns rules that Validate accepts.
func (r source) valid() []v1alpha1.LifecycleRule {
	for {
		if rules := r.rules(); len(Validate(rules, rulesPath)) == 0 {
			return rules
		}
	}
}

// spoil changes one field of a rule.
func (r source) spoil(x *v1alpha1.LifecycleRule) {
	word := func(of ...string) *string { w := one(r, of...); return &w }
	s := &x.Selection
	switch r.IntN(9) {
	case 0:
		s.TagStatus = one(r, tagged, untagged, anyImage, "", "ANY")
	case 1:
		s.TagPatternList = one(r, nil, []string{}, []string{"*"}, []string{"a*", ""}, []string{"*a*b*a*b*"}, []string{"*a*b*a*"})
	case 2:
		s.TagPrefixList = one(r, nil, []string{}, []string{"a"}, []string{"*****"}, []string{""})
	case 3:
		s.StorageClass = one(r, nil, word(standard, archive, "", "STANDARD"))
	case 4:
		s.CountType = one(r, byCount, sincePushed, sincePulled, sinceTransitioned, "", "age")
	case 5:
		s.CountUnit = one(r, nil, word(days, "", "hours"))
	case 6:
		s.CountNumber = one[int64](r, -1, 0, 1, 89, 90)
	case 7:
		x.Action.Type = one(r, expire, transition, "", "delete")
	case 8:
		x.Action.TargetStorageClass = one(r, nil, word(archive, standard, ""))
	}
}

// images returns images with the given ages at most. No tag is on two of them, as in a
// repository.
func (r source) images(class string, maxAge int) []image {
	free := map[string]bool{}
	images := make([]image, r.IntN(12))
	for i := range images {
		age := func() float64 { return float64(r.IntN(4*maxAge)) / 4 }
		im := image{name: fmt.Sprint(i), class: class, pushed: age(), pulled: age(), archived: age()}
		for range one(r, 0, 1, 1, 2, 3) {
			tag := r.word("abc", 4)
			if !free[tag] {
				free[tag] = true
				im.tags = append(im.tags, tag)
			}
		}
		images[i] = im
	}
	return images
}
