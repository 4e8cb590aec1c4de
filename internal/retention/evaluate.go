package retention

import (
	"cmp"
	"slices"
	"time"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
)

// An Image is what a lifecycle policy sees of an image.
type Image struct {
	Digest string
	Tags   []string

	// Archived reports whether the image is in the archive storage class.
	Archived bool

	// Times as AWS reports them, zero where it reports none.
	PushedAt       time.Time
	LastPulledAt   time.Time
	LastArchivedAt time.Time

	// LastActivatedAt is when the image was restored from the archive.
	LastActivatedAt time.Time

	// Children are the digests in a manifest list or image index.
	Children []string

	// Subject is the digest of the image that a signature, an attestation or another
	// referrer belongs to.
	Subject string
}

// A Verdict says what a policy does with an image.
type Verdict string

// Verdicts.
const (
	Keep       Verdict = "keep"
	Expire     Verdict = "expire"
	Transition Verdict = "transition"

	// Held images would expire or be archived but for a manifest list that stays.
	Held Verdict = "held"

	// Tied images were pushed at one instant, and a rule keeps only some of them: AWS
	// does not say which.
	Tied Verdict = "tied"
)

// A Doubt is a reason for which AWS may do something else with an image.
type Doubt string

// Doubts.
const (
	// DoubtRestored is about an image that was restored from the archive: AWS says that
	// its age then orders images, not whether sinceImagePushed goes by it too.
	DoubtRestored Doubt = "restored"

	// DoubtReferrer is about a referrer that a rule acts on while its subject stays: AWS
	// documents only that referrers go with their subject.
	DoubtReferrer Doubt = "referrer"
)

// An Outcome is what a policy does with one image.
type Outcome struct {
	Verdict Verdict

	// Rule is the index of the rule that claims the image in its storage class, or -1.
	Rule int

	// Rank is the place of the image among those that the rule counts, the newest first,
	// from 1. It is 0 where the rule does not count images.
	Rank int

	// Since is the time from which the rule counts days.
	Since time.Time

	// HeldBy is the digest of a manifest list that keeps the image.
	HeldBy string

	// Follows is the digest of the subject with which the image goes, if not by a rule.
	Follows string

	// TransitionsAt and ExpiresAt are when the image is archived and when it expires if
	// nothing is pushed, pulled or restored; zero where that never happens or AWS leaves it
	// open. AWS takes up to 24 hours more.
	TransitionsAt, ExpiresAt time.Time

	Doubt Doubt
}

// Evaluate returns what the rules do with each image at a time. The rules are in the
// order of their priority.
func Evaluate(rules []v1alpha1.LifecycleRule, images []Image, at time.Time) []Outcome {
	e := newEvaluation(rules, images, at)
	for i := range rules {
		e.apply(i)
	}
	out := make([]Outcome, len(images))
	for i := range images {
		out[i] = e.outcome(i)
	}
	return out
}

// An evaluation holds what is known of each image while rules are evaluated.
type evaluation struct {
	at     time.Time
	rules  []v1alpha1.LifecycleRule
	images []Image

	// newest has the indexes of all images, the newest first.
	newest []int

	claims []claim

	// archive has the first rule over archived images that selects an image, whether it is
	// archived already or not; -1 for none.
	archive []int

	links links
	fates []*fate
}

// A claim is what the first rule that selects a standard image does with it.
type claim struct {
	rule  int // -1 for none.
	rank  int
	since time.Time
	when  moment
	doubt Doubt
}

func newEvaluation(rules []v1alpha1.LifecycleRule, images []Image, at time.Time) *evaluation {
	e := &evaluation{
		at: at, rules: rules, images: images, newest: make([]int, len(images)),
		claims: make([]claim, len(images)), archive: make([]int, len(images)),
		links: newLinks(images), fates: make([]*fate, len(images)),
	}
	for i := range images {
		e.newest[i] = i
		e.claims[i].rule = -1
		e.archive[i] = -1
	}
	slices.SortFunc(e.newest, func(a, b int) int {
		return cmp.Or(images[b].age().Compare(images[a].age()), cmp.Compare(images[a].Digest, images[b].Digest))
	})
	return e
}

// age returns the time by which images are ordered.
func (i *Image) age() time.Time {
	if !i.LastActivatedAt.IsZero() {
		return i.LastActivatedAt
	}
	return i.PushedAt
}

// usedAt returns the time from which sinceImagePulled counts.
func (i *Image) usedAt() time.Time {
	switch {
	case i.LastActivatedAt.After(i.LastPulledAt):
		return i.LastActivatedAt
	case !i.LastPulledAt.IsZero():
		return i.LastPulledAt
	}
	return i.PushedAt
}

// apply evaluates a rule against all images and claims those that no earlier rule has
// claimed.
func (e *evaluation) apply(n int) {
	s := e.rules[n].Selection
	selector := lifecycle.NewSelector(s)
	if selector.Archived() {
		for i := range e.images {
			if e.archive[i] < 0 && selector.Selects(e.images[i].Tags) {
				e.archive[i] = n
			}
		}
		return
	}

	selected := make([]int, 0, len(e.newest))
	for _, i := range e.newest {
		if !e.images[i].Archived && selector.Selects(e.images[i].Tags) {
			selected = append(selected, i)
		}
	}
	for rank := 0; rank < len(selected); {
		// Images of one instant have no order.
		end := rank + 1
		for end < len(selected) && e.images[selected[end]].age().Equal(e.images[selected[rank]].age()) {
			end++
		}
		for k := rank; k < end; k++ {
			i := selected[k]
			if e.claims[i].rule >= 0 {
				continue // But it counts.
			}
			c := claim{rule: n}
			if s.CountType == lifecycle.ByCount {
				c.rank, c.when = k+1, counted(int64(rank), int64(end), s.CountNumber, e.at)
			} else {
				c.since, c.doubt = e.since(s, &e.images[i])
				c.when = after(c.since, s.CountNumber, e.at)
			}
			e.claims[i] = c
		}
		rank = end
	}
}

// since returns the time from which a rule counts the days of an image.
func (e *evaluation) since(s v1alpha1.LifecycleSelection, i *Image) (time.Time, Doubt) {
	if s.CountType == lifecycle.SincePulled {
		return i.usedAt(), ""
	}
	doubt := Doubt("")
	if after(i.PushedAt, s.CountNumber, e.at).state != after(i.age(), s.CountNumber, e.at).state {
		doubt = DoubtRestored
	}
	return i.PushedAt, doubt
}

// counted returns when a rule that keeps so many images acts on those of one instant,
// which are from the place first up to the place end.
func counted(first, end, keep int64, at time.Time) moment {
	switch {
	case end <= keep:
		return moment{}
	case first >= keep:
		return moment{state: now, time: at, counted: true}
	}
	return moment{state: maybe}
}

// after returns when something becomes older than so many days.
func after(since time.Time, days int64, at time.Time) moment {
	t := addDays(since, days)
	if t.Before(at) {
		return moment{state: now, time: at}
	}
	if t.Equal(distant) {
		return moment{}
	}
	return moment{state: later, time: t}
}

// distant is where ages end that no calendar reaches.
var distant = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// addDays adds days of 24 hours, but goes no further than distant.
func addDays(t time.Time, days int64) time.Time {
	if days > 9999*366 {
		return distant
	}
	// UTC has no other days.
	if u := t.UTC().AddDate(0, 0, int(days)); u.Before(distant) {
		return u
	}
	return distant
}
