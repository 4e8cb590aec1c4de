package preview

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
	"github.com/ontopix/crossplane-ecr/internal/retention"
)

// A Report says what a policy does with the images of a repository. It is the JSON form
// of the command.
type Report struct {
	Repository string    `json:"repository,omitempty"`
	At         time.Time `json:"at"`
	Rules      []Rule    `json:"rules"`
	Images     []Row     `json:"images"`

	// Totals by verdict, and of all images.
	Totals map[string]Total `json:"totals"`

	// Changes are what the policy changes, if one is in force.
	Changes *Changes `json:"changes,omitempty"`

	// Notes say what is not certain.
	Notes []string `json:"notes,omitempty"`
}

// A Rule of the policy.
type Rule struct {
	Rule     int    `json:"rule"`
	Priority int64  `json:"priority"`
	Does     string `json:"does"`
}

// A Row says what becomes of one image.
type Row struct {
	Digest  string            `json:"digest"`
	Tags    []string          `json:"tags"`
	Verdict retention.Verdict `json:"verdict"`

	// Rule that claims the image, by its place from 1, and its priority; 0 is none.
	Rule     int   `json:"rule,omitempty"`
	Priority int64 `json:"priority,omitempty"`

	Reason  string `json:"reason"`
	Certain bool   `json:"certain"`

	PushedAt time.Time `json:"pushedAt"`
	Bytes    int64     `json:"bytes"`
	Archived bool      `json:"archived,omitempty"`
	HeldBy   string    `json:"heldBy,omitempty"`
	Follows  string    `json:"follows,omitempty"`

	// When the image is archived and expires if nothing is pushed, pulled or restored.
	TransitionsAt *time.Time `json:"transitionsAt,omitempty"`
	ExpiresAt     *time.Time `json:"expiresAt,omitempty"`

	// Change against the policy in force: goes, stays, mayGo, archives or empty.
	Change string `json:"-"`
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

// Changes are the digests of the images of which a policy makes something else than the
// policy in force does.
type Changes struct {
	// Goes are images that expire by the new policy alone, Stays those that only the policy
	// in force expires.
	Goes  []string `json:"goes"`
	Stays []string `json:"stays"`

	// MayGo are images that go by the new policy alone unless AWS takes another of the same
	// instant, Archives those that the new policy alone archives.
	MayGo    []string `json:"mayGo,omitempty"`
	Archives []string `json:"archives,omitempty"`
}

// A Policy is a lifecycle policy with the priorities of its rules.
type Policy struct {
	Rules      []v1alpha1.LifecycleRule
	Priorities []int64
}

// An Input is what a report is about.
type Input struct {
	Repository string
	Images     []Image
	Policy     Policy

	// InForce is the policy in force to compare with; nil for none.
	InForce *Policy
	At      time.Time
}

// newReport evaluates a policy.
func newReport(in Input) *Report {
	images := slices.Clone(in.Images)
	slices.SortStableFunc(images, func(a, b Image) int {
		if c := b.PushedAt.Compare(a.PushedAt); c != 0 {
			return c
		}
		return cmp.Compare(a.Digest, b.Digest)
	})
	plain := make([]retention.Image, len(images))
	for i := range images {
		plain[i] = images[i].Image
	}

	r := &Report{Repository: in.Repository, At: in.At, Rules: []Rule{}, Images: make([]Row, len(images)), Totals: map[string]Total{}}
	for i, x := range in.Policy.Rules {
		r.Rules = append(r.Rules, Rule{Rule: i + 1, Priority: in.Policy.Priorities[i], Does: lifecycle.Describe(x)})
	}
	outcomes := retention.Evaluate(in.Policy.Rules, plain, in.At)
	e := newExplainer(r, in.Policy, images)
	for i, o := range outcomes {
		r.Images[i] = e.row(&images[i], o)
	}
	if in.InForce != nil {
		r.compare(retention.Evaluate(in.InForce.Rules, plain, in.At))
	}
	for i := range r.Images {
		for _, name := range []string{"all", string(r.Images[i].Verdict)} {
			t := r.Totals[name]
			t.add(r.Images[i].Bytes)
			r.Totals[name] = t
		}
	}
	r.Notes = e.notes(r)
	return r
}

// compare notes what the policy in force does otherwise.
func (r *Report) compare(inForce []retention.Outcome) {
	c := &Changes{Goes: []string{}, Stays: []string{}}
	for i := range r.Images {
		row, was, is := &r.Images[i], inForce[i].Verdict, r.Images[i].Verdict
		switch {
		case is == retention.Expire && was != retention.Expire:
			row.Change = "goes"
			c.Goes = append(c.Goes, row.Digest)
		case is != retention.Expire && was == retention.Expire:
			row.Change = "stays"
			c.Stays = append(c.Stays, row.Digest)
		case is == retention.Tied && was != retention.Tied:
			row.Change = "mayGo"
			c.MayGo = append(c.MayGo, row.Digest)
		case is == retention.Transition && was != retention.Transition:
			row.Change = "archives"
			c.Archives = append(c.Archives, row.Digest)
		}
	}
	r.Changes = c
}

// goes reports whether something happens to the image now, or may.
func (r *Row) goes() bool {
	return r.Verdict == retention.Expire || r.Verdict == retention.Transition || r.Verdict == retention.Tied
}

// Name of the image as people know it: its tags or, without any, its digest.
func (r *Row) Name() string {
	switch n := len(r.Tags); {
	case n == 0:
		return shortDigest(r.Digest)
	case n > maxTags:
		return fmt.Sprintf("%s +%d", join(r.Tags[:maxTags]), n-maxTags)
	}
	return join(r.Tags)
}

// firstName is one of the names of the image.
func (r *Row) firstName() string {
	if len(r.Tags) > 0 {
		return r.Tags[0]
	}
	return shortDigest(r.Digest)
}

// maxTags is how many tags of an image are shown.
const maxTags = 4
