package preview

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
	"github.com/ontopix/crossplane-ecr/internal/cli"
	"github.com/ontopix/crossplane-ecr/internal/retention"
)

// A Report says what a policy does with the images of a repository. It is the command's JSON output.
type Report struct {
	Repository string    `json:"repository,omitempty"`
	At         time.Time `json:"at"`
	Rules      []Rule    `json:"rules"`
	Images     []Row     `json:"images"`

	// Totals by verdict, and of "all" images.
	Totals map[string]Total `json:"totals"`

	// Changes compare with the policy in force; nil if none is given.
	Changes *Changes `json:"changes,omitempty"`

	// Notes explain verdicts that are not certain.
	Notes []string `json:"notes,omitempty"`
}

// A Rule describes a rule of the policy.
type Rule struct {
	Rule     int    `json:"rule"`
	Priority int64  `json:"priority"`
	Does     string `json:"does"`
}

// A Row says what the policy does with one image.
type Row struct {
	Digest  string            `json:"digest"`
	Tags    []string          `json:"tags"`
	Verdict retention.Verdict `json:"verdict"`

	// Rule is the place, from 1, of the rule that selects the image, and Priority its priority; 0 if none does.
	Rule     int   `json:"rule,omitempty"`
	Priority int64 `json:"priority,omitempty"`

	Reason  string `json:"reason"`
	Certain bool   `json:"certain"`

	PushedAt time.Time `json:"pushedAt"`
	Bytes    int64     `json:"bytes"`
	Archived bool      `json:"archived,omitempty"`
	HeldBy   string    `json:"heldBy,omitempty"`
	Follows  string    `json:"follows,omitempty"`

	// The times at which the image is archived and expires if nothing is pushed, pulled or restored.
	TransitionsAt *time.Time `json:"transitionsAt,omitempty"`
	ExpiresAt     *time.Time `json:"expiresAt,omitempty"`

	// Change is the difference from the policy in force; empty if there is none.
	Change change `json:"-"`
}

// A Total counts images.
type Total struct {
	Images int   `json:"images"`
	Bytes  int64 `json:"bytes"`
}

func (t *Total) add(bytes int64) {
	t.Images++
	t.Bytes += bytes
}

// String writes the number of images and their size.
func (t Total) String() string {
	return cli.Count(t.Images, "image", "images") + ", " + sizeOf(t.Bytes)
}

// Changes are the digests of images with another verdict than under the policy in force.
type Changes struct {
	// Goes are images that only the new policy expires, Stays those that only the policy in force expires.
	Goes  []string `json:"goes"`
	Stays []string `json:"stays"`

	// MayGo are images that only the new policy ties: they go, unless AWS chooses others of the same instant. Archives are
	// images that only the new policy archives.
	MayGo    []string `json:"mayGo,omitempty"`
	Archives []string `json:"archives,omitempty"`
}

// A change is a difference from the policy in force.
type change string

const (
	goes     change = "goes"
	mayGo    change = "mayGo"
	archives change = "archives"
	stays    change = "stays"
)

// A Policy is a lifecycle policy with the priorities of its rules.
type Policy struct {
	Rules      []v1alpha1.LifecycleRule
	Priorities []int64
}

// An Input has everything that a report evaluates.
type Input struct {
	candidate

	Images []Image

	// InForce is the policy in force to compare with; nil to compare with none.
	InForce *Policy
	At      time.Time
}

// newReport evaluates a policy and returns the report.
func newReport(in Input) *Report {
	images := slices.Clone(in.Images)
	slices.SortStableFunc(images, func(a, b Image) int {
		return cmp.Or(b.PushedAt.Compare(a.PushedAt), cmp.Compare(a.Digest, b.Digest))
	})
	plain := make([]retention.Image, len(images))
	for i := range images {
		plain[i] = images[i].Image
	}

	r := &Report{Repository: in.repository, At: in.At, Rules: []Rule{}, Images: make([]Row, len(images))}
	for i, x := range in.policy.Rules {
		r.Rules = append(r.Rules, Rule{Rule: i + 1, Priority: in.policy.Priorities[i], Does: lifecycle.Describe(x)})
	}
	e := newExplainer(r, in.policy, images)
	for i, o := range retention.Evaluate(in.policy.Rules, plain, in.At) {
		r.Images[i] = e.row(&images[i], o)
	}
	if in.InForce != nil {
		r.compare(retention.Evaluate(in.InForce.Rules, plain, in.At))
	}
	r.Totals = totals(r.rows(func(*Row) bool { return true }))
	r.Notes = e.notes()
	return r
}

// rows returns the rows that match.
func (r *Report) rows(match func(*Row) bool) []*Row {
	var rows []*Row
	for i := range r.Images {
		if match(&r.Images[i]) {
			rows = append(rows, &r.Images[i])
		}
	}
	return rows
}

// totals counts images by verdict, and all of them.
func totals(rows []*Row) map[string]Total {
	all := map[string]Total{}
	for _, row := range rows {
		for _, name := range []string{"all", string(row.Verdict)} {
			t := all[name]
			t.add(row.Bytes)
			all[name] = t
		}
	}
	return all
}

// compare sets the changes from the verdicts of the policy in force.
func (r *Report) compare(inForce []retention.Outcome) {
	c := &Changes{Goes: []string{}, Stays: []string{}}
	for i := range r.Images {
		row, was, is := &r.Images[i], inForce[i].Verdict, r.Images[i].Verdict
		switch {
		case is == retention.Expire && was != retention.Expire:
			row.Change = goes
			c.Goes = append(c.Goes, row.Digest)
		case is != retention.Expire && was == retention.Expire:
			row.Change = stays
			c.Stays = append(c.Stays, row.Digest)
		case is == retention.Tied && was != retention.Tied:
			row.Change = mayGo
			c.MayGo = append(c.MayGo, row.Digest)
		case is == retention.Transition && was != retention.Transition:
			row.Change = archives
			c.Archives = append(c.Archives, row.Digest)
		}
	}
	r.Changes = c
}

// goes reports whether the image expires or is archived now, or may be.
func (r *Row) goes() bool {
	return r.Verdict == retention.Expire || r.Verdict == retention.Transition || r.Verdict == retention.Tied
}

// Decided returns the verdict, with a question mark if it is not certain.
func (r *Row) Decided() string {
	if r.Certain {
		return string(r.Verdict)
	}
	return string(r.Verdict) + "?"
}

// maxTags is the maximum number of tags shown for an image.
const maxTags = 4

// ShownTags returns the first tags of the image.
func (r *Row) ShownTags() []string { return r.Tags[:min(maxTags, len(r.Tags))] }

// MoreTags returns the number of tags that are not shown.
func (r *Row) MoreTags() int { return max(0, len(r.Tags)-maxTags) }

// Name returns the tags of the image or, without any, its short digest.
func (r *Row) Name() string {
	switch n := r.MoreTags(); {
	case len(r.Tags) == 0:
		return shortDigest(r.Digest)
	case n > 0:
		return fmt.Sprintf("%s +%d", join(r.ShownTags()), n)
	}
	return join(r.Tags)
}

// When says when the image goes if nothing is pushed, pulled or restored: now, a day, maybe, or a dash for never.
func (r *Row) When() string {
	switch {
	case r.Verdict == retention.Expire, r.Verdict == retention.Transition:
		return "now"
	case r.TransitionsAt != nil:
		return day(*r.TransitionsAt)
	case r.ExpiresAt != nil:
		return day(*r.ExpiresAt)
	case r.Verdict == retention.Tied:
		return "maybe"
	}
	return "-"
}

// firstName returns the first tag of an image or, without any, its short digest.
func firstName(digest string, tags []string) string {
	if len(tags) > 0 {
		return tags[0]
	}
	return shortDigest(digest)
}

// shortDigest shortens a digest as Docker does.
func shortDigest(digest string) string {
	const short = len("sha256:") + 12
	if strings.HasPrefix(digest, "sha256:") && len(digest) > short {
		return digest[:short]
	}
	return digest
}

// sizeOf writes a number of bytes with a decimal unit, as ECR's console does.
func sizeOf(bytes int64) string {
	const unit = 1000
	if bytes < unit {
		return fmt.Sprintf("%d B", bytes)
	}
	value, prefixes := float64(bytes)/unit, "kMGTPE"
	for value >= 999.95 && len(prefixes) > 1 {
		value, prefixes = value/unit, prefixes[1:]
	}
	return fmt.Sprintf("%.1f %cB", value, prefixes[0])
}

// day writes the date of a time in UTC.
func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func join(words []string) string { return strings.Join(words, ", ") }
