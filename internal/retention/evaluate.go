package retention

import (
	"cmp"
	"slices"
	"time"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
)

// An Image has the properties of an image that a lifecycle policy depends on.
type Image struct {
	Digest string
	Tags   []string

	// Archived reports whether the image is in the archive storage class.
	Archived bool

	// Times as AWS reports them; zero if it reports none.
	PushedAt       time.Time
	LastPulledAt   time.Time
	LastArchivedAt time.Time

	// LastActivatedAt is the time at which the image was last restored from the archive.
	LastActivatedAt time.Time

	// Children are the digests that a manifest list or image index lists.
	Children []string

	// Subject is the digest of the image that a referrer, such as a signature or an attestation, belongs to.
	Subject string
}

// A Verdict is what a policy does with an image now.
type Verdict string

// Verdicts.
const (
	Keep       Verdict = "keep"
	Expire     Verdict = "expire"
	Transition Verdict = "transition"

	// Held images would expire or be archived if no manifest list held them.
	Held Verdict = "held"

	// Tied images were pushed at the same instant, and a rule keeps only some of them: AWS does not document which.
	Tied Verdict = "tied"
)

// A Doubt is a reason why AWS may treat an image differently.
type Doubt string

// Doubts.
const (
	// DoubtRestored is about an image that was restored from the archive: AWS documents that counts order images by the
	// time of the restoration, but not whether sinceImagePushed starts from it too.
	DoubtRestored Doubt = "restored"

	// DoubtReferrer is about a referrer that a rule acts on while its subject stays: AWS documents only that referrers
	// go with their subject.
	DoubtReferrer Doubt = "referrer"
)

// An Outcome is what a policy does with one image.
type Outcome struct {
	Verdict Verdict

	// Rule is the index of the rule that claims the image in its storage class, or -1.
	Rule int

	// Rank is the place of the image among those that the rule counts, from 1 for the newest; 0 if the rule does not
	// count images.
	Rank int

	// Since is the time from which the rule counts days.
	Since time.Time

	// HeldBy is the digest of a manifest list that holds the image.
	HeldBy string

	// Follows is the digest of the subject that the image goes with, if no rule acts on the image itself.
	Follows string

	// TransitionsAt and ExpiresAt are the times at which the image is archived and expires if nothing is pushed, pulled
	// or restored; zero if that never happens or AWS leaves it open. AWS takes up to 24 hours more.
	TransitionsAt, ExpiresAt time.Time

	Doubt Doubt
}

// Evaluate returns what rules, in the order of their priority, do with each image at a time.
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

// An evaluation has the state of each image while rules are evaluated.
type evaluation struct {
	at     time.Time
	rules  []v1alpha1.LifecycleRule
	images []Image

	// newest has the indexes of the images, the newest first.
	newest []int

	claims []claim

	// archive has for each image the first rule over archived images that selects it, whether or not it is already
	// archived; -1 for none.
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

// age returns the time by which a count orders images.
func (i *Image) age() time.Time {
	if !i.LastActivatedAt.IsZero() {
		return i.LastActivatedAt
	}
	return i.PushedAt
}

// usedAt returns the time from which sinceImagePulled counts days.
func (i *Image) usedAt() time.Time {
	switch {
	case i.LastActivatedAt.After(i.LastPulledAt):
		return i.LastActivatedAt
	case !i.LastPulledAt.IsZero():
		return i.LastPulledAt
	}
	return i.PushedAt
}

// apply evaluates rule n against all images, and claims those that no earlier rule has claimed.
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
				continue // The rule counts it all the same.
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

// counted returns when a rule that keeps a number of images acts on images of one instant. Their places, counted from
// 0, are first to end-1.
func counted(first, end, keep int64, at time.Time) moment {
	switch {
	case end <= keep:
		return moment{}
	case first >= keep:
		return moment{state: now, time: at, counted: true}
	}
	return moment{state: maybe}
}

// after returns when more than a number of days have passed since a time.
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

// distant stands for all times that no calendar reaches.
var distant = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// addDays adds days of 24 hours to a time, up to distant.
func addDays(t time.Time, days int64) time.Time {
	if days > 9999*366 {
		return distant
	}
	// In UTC all days have 24 hours.
	if u := t.UTC().AddDate(0, 0, int(days)); u.Before(distant) {
		return u
	}
	return distant
}
