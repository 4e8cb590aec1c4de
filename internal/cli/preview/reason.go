package preview

import (
	"fmt"
	"time"

	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
	"github.com/ontopix/crossplane-ecr/internal/cli"
	"github.com/ontopix/crossplane-ecr/internal/retention"
)

// An explainer says why images go or stay.
type explainer struct {
	report *Report
	policy Policy

	// tags are the tags of images by digest.
	tags map[string][]string

	// unlisted counts indexes with unknown children. uncertain reports whether a verdict depends on these children.
	unlisted  int
	uncertain bool

	// doubts counts the images with each doubt.
	doubts map[retention.Doubt]int
}

func newExplainer(r *Report, policy Policy, images []Image) *explainer {
	e := &explainer{report: r, policy: policy, tags: map[string][]string{}, doubts: map[retention.Doubt]int{}}
	for i := range images {
		e.tags[images[i].Digest] = images[i].Tags
		if images[i].unlisted() {
			e.unlisted++
		}
	}
	return e
}

// doubtful explains each doubt about an image.
var doubtful = map[retention.Doubt]string{
	retention.DoubtRestored: "; it was restored since, and AWS does not say which of the two counts",
	retention.DoubtReferrer: "; its subject stays, and AWS does not say whether a rule then spares it",
}

// row returns the row of an image, and counts its doubts.
func (e *explainer) row(im *Image, o retention.Outcome) Row {
	r := Row{
		Digest: im.Digest, Tags: im.Tags, Verdict: o.Verdict, Reason: e.reason(im, o) + doubtful[o.Doubt], Certain: o.Doubt == "",
		PushedAt: im.PushedAt, Bytes: im.Bytes, Archived: im.Archived, HeldBy: o.HeldBy, Follows: o.Follows,
		TransitionsAt: known(o.TransitionsAt), ExpiresAt: known(o.ExpiresAt),
	}
	if r.Tags == nil {
		r.Tags = []string{}
	}
	if o.Rule >= 0 {
		r.Rule, r.Priority = o.Rule+1, e.report.Rules[o.Rule].Priority
	}
	e.doubts[o.Doubt]++
	if e.mayBeChild(im) && (o.Verdict != retention.Keep || r.TransitionsAt != nil || r.ExpiresAt != nil) {
		r.Certain, e.uncertain = false, true
		r.Reason += "; it stays if an image index holds it"
	}
	return r
}

func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// mayBeChild reports whether the image may be a child of an index with unknown children.
func (e *explainer) mayBeChild(im *Image) bool {
	others := e.unlisted
	if im.unlisted() {
		others--
	}
	return len(im.Tags) == 0 && others > 0
}

// reason says why an image goes or stays.
func (e *explainer) reason(im *Image, o retention.Outcome) string {
	if o.Follows != "" {
		return fmt.Sprintf("it belongs to %s and goes with it", firstName(o.Follows, e.tags[o.Follows]))
	}
	if o.Rule < 0 {
		return "no rule selects it"
	}
	reason := fmt.Sprintf("rule %d %s: ", o.Rule+1, e.report.Rules[o.Rule].Does)
	switch {
	case o.Verdict == retention.Tied && o.Rank > 0:
		return reason + "others were pushed at the same instant, and AWS does not say which go"
	case o.Verdict == retention.Tied:
		return reason + "the image that it belongs to may stay"
	case o.Rank > 0:
		reason += fmt.Sprintf("it is number %d", o.Rank)
	default:
		reason += fmt.Sprintf("it was %s %s", e.since(im, o), daysAgo(e.report.At.Sub(o.Since)))
	}
	if o.Verdict == retention.Held {
		reason += fmt.Sprintf(", but %s holds it", firstName(o.HeldBy, e.tags[o.HeldBy]))
	}
	return reason
}

// since names the event of an image from which its rule counts days.
func (e *explainer) since(im *Image, o retention.Outcome) string {
	pulled := e.policy.Rules[o.Rule].Selection.CountType == lifecycle.SincePulled
	switch {
	case im.Archived:
		return "archived"
	case o.Since.Equal(im.PushedAt) && im.LastPulledAt.IsZero() && pulled:
		return "never pulled, and pushed"
	case o.Since.Equal(im.PushedAt):
		return "pushed"
	case o.Since.Equal(im.LastPulledAt):
		return "pulled"
	}
	return "restored"
}

// daysAgo writes a number of days ago.
func daysAgo(d time.Duration) string {
	days := int(d / (24 * time.Hour))
	switch {
	case d < 0:
		return "later"
	case days == 0:
		return "less than a day ago"
	case days == 1:
		return "a day ago"
	}
	return fmt.Sprintf("%d days ago", days)
}

// notes returns notes about verdicts that are not certain.
func (e *explainer) notes() []string {
	var notes []string
	if e.uncertain {
		notes = append(notes, "the contents of "+cli.Count(e.unlisted, "image index", "image indexes")+" are not known: AWS keeps "+
			"the untagged images in an index as long as the index stays. Give the manifests with --manifests")
	}
	if n := e.report.Totals[string(retention.Tied)].Images; n > 0 {
		notes = append(notes, cli.Count(n, "image was", "images were")+" pushed at one instant with others: AWS does not say which of them go")
	}
	if n := e.doubts[retention.DoubtRestored]; n > 0 {
		notes = append(notes, cli.Count(n, "image was", "images were")+" restored from the archive: "+
			"AWS does not say whether sinceImagePushed then counts from the restoration")
	}
	if n := e.doubts[retention.DoubtReferrer]; n > 0 {
		notes = append(notes, fmt.Sprintf("a rule selects %s of images that stay: AWS documents only that these go with their subject",
			cli.Count(n, "signature or attestation", "signatures and attestations")))
	}
	return notes
}
