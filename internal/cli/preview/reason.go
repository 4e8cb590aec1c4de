package preview

import (
	"fmt"
	"strings"
	"time"

	"github.com/ontopix/crossplane-ecr/internal/retention"
)

// An explainer says why images go or stay.
type explainer struct {
	report   *Report
	byDigest map[string]*Image

	// unlisted has the digests of image indexes of which the children are not known.
	unlisted map[string]bool

	// pulled reports by their indexes which rules count from the last pull.
	pulled   map[int]bool
	doubts   map[retention.Doubt]int
	children int
}

func newExplainer(r *Report, policy Policy, images []Image) *explainer {
	e := &explainer{report: r, byDigest: map[string]*Image{}, unlisted: map[string]bool{}, doubts: map[retention.Doubt]int{}, pulled: map[int]bool{}}
	for i, x := range policy.Rules {
		e.pulled[i] = x.Selection.CountType == "sinceImagePulled"
	}
	for i := range images {
		im := &images[i]
		e.byDigest[im.Digest] = im
		if im.Index && !im.Listed && !im.Archived {
			e.unlisted[im.Digest] = true
		}
	}
	return e
}

func (e *explainer) row(im *Image, o retention.Outcome) Row {
	r := Row{
		Digest: im.Digest, Tags: im.Tags, Verdict: o.Verdict, Reason: e.reason(im, o), Certain: o.Doubt == "",
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
	switch o.Doubt {
	case retention.DoubtRestored:
		r.Reason += "; it was restored since, and AWS does not say which of the two counts"
	case retention.DoubtReferrer:
		r.Reason += "; its subject stays, and AWS does not say that a rule spares it"
	}
	if e.mayBeChild(im) && (o.Verdict != retention.Keep || r.TransitionsAt != nil || r.ExpiresAt != nil) {
		r.Certain = false
		e.children++
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

// mayBeChild reports whether an image index may hold the image of which the children are
// not known.
func (e *explainer) mayBeChild(im *Image) bool {
	others := len(e.unlisted)
	if e.unlisted[im.Digest] {
		others--
	}
	return len(im.Tags) == 0 && others > 0
}

// reason says why an image goes or stays.
func (e *explainer) reason(im *Image, o retention.Outcome) string {
	if o.Follows != "" {
		return fmt.Sprintf("it belongs to %s and goes with it", e.name(o.Follows))
	}
	if o.Rule < 0 {
		return "no rule selects it"
	}
	rule := fmt.Sprintf("rule %d %s", o.Rule+1, e.report.Rules[o.Rule].Does)
	switch {
	case o.Verdict == retention.Tied && o.Rank > 0:
		return rule + ": others were pushed at the same instant, and AWS does not say which go"
	case o.Verdict == retention.Tied:
		return rule + ": what it belongs to may stay"
	case o.Rank > 0:
		rule += fmt.Sprintf(": it is number %d", o.Rank)
	case im.Archived:
		rule += ": it was archived " + daysAgo(e.report.At.Sub(o.Since))
	case im.LastPulledAt.IsZero() && o.Since.Equal(im.PushedAt) && e.pulled[o.Rule]:
		rule += ": it was never pulled, and pushed " + daysAgo(e.report.At.Sub(o.Since))
	case o.Since.Equal(im.PushedAt):
		rule += ": it was pushed " + daysAgo(e.report.At.Sub(o.Since))
	case o.Since.Equal(im.LastPulledAt):
		rule += ": it was pulled " + daysAgo(e.report.At.Sub(o.Since))
	default:
		rule += ": it was restored " + daysAgo(e.report.At.Sub(o.Since))
	}
	if o.Verdict == retention.Held {
		rule += fmt.Sprintf(", but %s holds it", e.name(o.HeldBy))
	}
	return rule
}

// name of another image: its first tag, or its digest.
func (e *explainer) name(digest string) string {
	if im := e.byDigest[digest]; im != nil && len(im.Tags) > 0 {
		return im.Tags[0]
	}
	return shortDigest(digest)
}

// daysAgo says how long ago something was.
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

// notes say what the report does not know.
func (e *explainer) notes(r *Report) []string {
	var notes []string
	if e.children > 0 {
		notes = append(notes, fmt.Sprintf("%s of which the images for each platform are not known: AWS keeps untagged images that "+
			"such an index holds while it stays. Give the manifests with --manifests", count(len(e.unlisted), "image index", "image indexes")))
	}
	if n := r.Totals[string(retention.Tied)].Images; n > 0 {
		notes = append(notes, fmt.Sprintf("%s pushed at one instant with others: AWS does not say which of them go", count(n, "image was", "images were")))
	}
	if n := e.doubts[retention.DoubtRestored]; n > 0 {
		notes = append(notes, fmt.Sprintf("%s restored from the archive: AWS does not say whether sinceImagePushed then counts from the restoration", count(n, "image was", "images were")))
	}
	if n := e.doubts[retention.DoubtReferrer]; n > 0 {
		notes = append(notes, fmt.Sprintf("a rule selects %s of images that stay: AWS documents only that these go with their subject",
			count(n, "signature or attestation", "signatures and attestations")))
	}
	return notes
}

// count writes a number with its noun.
func count(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

// shortDigest is what Docker shows of a digest.
func shortDigest(digest string) string {
	const short = len("sha256:") + 12
	if strings.HasPrefix(digest, "sha256:") && len(digest) > short {
		return digest[:short]
	}
	return digest
}

func join(words []string) string { return strings.Join(words, ", ") }
