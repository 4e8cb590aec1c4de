// Package lifecycletest makes lifecycle rules and images for tests.
package lifecycletest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/yaml"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
	"github.com/ontopix/crossplane-ecr/internal/retention"
)

// FromYAML parses rules in YAML.
func FromYAML(t *testing.T, text string) []v1alpha1.LifecycleRule {
	t.Helper()
	rules := []v1alpha1.LifecycleRule{}
	if err := yaml.UnmarshalStrict([]byte(text), &rules); err != nil {
		t.Fatalf("cannot read the rules of the test: %v\n%s", err, text)
	}
	return rules
}

// A Source generates random rules and images. Tags are short and have few different characters, so that rules often
// select the same images.
type Source struct{ *rand.Rand }

// Random runs a test many times, each with a Source that generates the same values in every run.
func Random(t *testing.T, times int, test func(t *testing.T, r Source)) {
	t.Helper()
	if testing.Short() {
		times /= 10
	}
	for seed := range times {
		test(t, Source{rand.New(rand.NewPCG(uint64(seed), 4))})
		if t.Failed() {
			t.Fatalf("with seed %d", seed)
		}
	}
}

// One returns a random one of the values.
func One[T any](r Source, of ...T) T { return of[r.IntN(len(of))] }

// Chance returns true with a probability in percent.
func (r Source) Chance(percent int) bool { return r.IntN(100) < percent }

// Word returns a word of one to atMost characters of an alphabet.
func (r Source) Word(alphabet string, atMost int) string {
	b := make([]byte, 1+r.IntN(atMost))
	for i := range b {
		b[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(b)
}

func (r Source) words(alphabet string) []string {
	w := make([]string, One(r, 1, 1, 1, 2, 2, 3))
	for i := range w {
		w[i] = r.Word(alphabet, 4)
	}
	return w
}

// Rule returns a rule that is valid by itself.
func (r Source) Rule() v1alpha1.LifecycleRule {
	s := v1alpha1.LifecycleSelection{
		TagStatus:   One(r, "tagged", "tagged", "tagged", "untagged", "any"),
		CountType:   One(r, "imageCountMoreThan", "sinceImagePushed", "sinceImagePulled", "sinceImageTransitioned"),
		CountNumber: 1 + r.Int64N(4),
	}
	if s.TagStatus == "tagged" {
		if r.Chance(70) {
			s.TagPatternList = r.words("ab**")
		} else {
			s.TagPrefixList = r.words("ab")
		}
	}
	if s.CountType != "imageCountMoreThan" {
		s.CountUnit = new("days")
	}
	a := v1alpha1.LifecycleAction{Type: "expire"}
	if s.CountType == "sinceImageTransitioned" {
		s.StorageClass = new("archive")
		s.CountNumber += 89
	} else {
		if r.Chance(10) {
			s.StorageClass = new("standard")
		}
		if s.CountType == "sinceImagePulled" || r.Chance(25) {
			a = v1alpha1.LifecycleAction{Type: "transition", TargetStorageClass: new("archive")}
		}
	}
	out := v1alpha1.LifecycleRule{Selection: s, Action: a}
	if r.Chance(20) {
		out.Description = new(fmt.Sprintf("rule <%d> & é", r.IntN(3)))
	}
	return out
}

// Rules returns rules that are valid by themselves, but often not together.
func (r Source) Rules() []v1alpha1.LifecycleRule {
	rules := make([]v1alpha1.LifecycleRule, 1+r.IntN(5))
	for i := range rules {
		rules[i] = r.Rule()
	}
	if r.Chance(70) {
		last := func(x v1alpha1.LifecycleRule) int {
			if x.Selection.TagStatus == "any" {
				return 1
			}
			return 0
		}
		slices.SortStableFunc(rules, func(a, b v1alpha1.LifecycleRule) int { return last(a) - last(b) })
	}
	return rules
}

// Valid returns rules that ECR accepts.
func (r Source) Valid() []v1alpha1.LifecycleRule {
	for {
		if rules := r.Rules(); len(lifecycle.Validate(rules, field.NewPath("rules"))) == 0 {
			return rules
		}
	}
}

// Now is the time at which tests evaluate policies.
var Now = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// Images returns images of both storage classes. As in a repository, no two have the same tag. With ties some are
// pushed at the same instant, with lists some are manifest lists of others. The subject of an image comes before it.
func (r Source) Images(ties, lists, subjects bool) []retention.Image {
	free := map[string]bool{}
	n := 11
	if ties {
		n = 7 // Few enough for a test to try all their orders.
	}
	images := make([]retention.Image, r.IntN(n))
	for i := range images {
		ago := func() time.Time {
			t := Now.Add(-time.Duration(r.IntN(40)) * 6 * time.Hour)
			if !ties {
				t = t.Add(-time.Duration(i) * time.Second)
			}
			return t
		}
		im := retention.Image{Digest: fmt.Sprint(i), PushedAt: ago()}
		if ties && r.Chance(40) && i > 0 {
			im.PushedAt = images[r.IntN(i)].PushedAt
		}
		if r.Chance(30) {
			im.LastPulledAt = ago()
		}
		if r.Chance(15) {
			im.LastActivatedAt = ago()
		}
		if r.Chance(20) {
			im.Archived, im.LastArchivedAt = true, ago().AddDate(0, 0, -85-r.IntN(10))
		}
		for range One(r, 0, 0, 1, 1, 2, 3) {
			if tag := r.Word("abc", 4); !free[tag] {
				free[tag] = true
				im.Tags = append(im.Tags, tag)
			}
		}
		switch {
		case i > 0 && lists && r.Chance(30):
			for range 1 + r.IntN(3) {
				im.Children = append(im.Children, fmt.Sprint(r.IntN(i)))
			}
		case i > 0 && subjects && r.Chance(20):
			im.Subject = fmt.Sprint(r.IntN(i))
		}
		images[i] = im
	}
	return images
}
