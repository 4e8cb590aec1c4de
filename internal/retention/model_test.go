package retention_test

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/internal/retention"
)

// The model is a second implementation of the evaluation that AWS documents. It does nothing the way Evaluate does: it
// matches by regular expressions, acts on a repository run after run as time passes, and tries every order of images
// that were pushed at one instant.

// A mark is what a rule would do with an image.
type mark struct {
	rule   int
	action string
}

// modelMarks returns what the rules alone would do with each image, by its digest. Of images of one instant the later
// in the list counts as newer.
func modelMarks(rules []v1alpha1.LifecycleRule, images []retention.Image, at time.Time) map[string]mark {
	// All rules are evaluated at the same time, each against all images of its class.
	over := make([]map[string]bool, len(rules))
	identifies := make([]map[string]bool, len(rules))
	for i, r := range rules {
		over[i], identifies[i] = map[string]bool{}, map[string]bool{}
		seen := []retention.Image{}
		for _, im := range slices.Backward(images) {
			inArchive := r.Selection.StorageClass != nil && *r.Selection.StorageClass == "archive"
			if im.Archived == inArchive && identified(r.Selection, im.Tags) {
				identifies[i][im.Digest] = true
				seen = append(seen, im)
			}
		}
		slices.SortStableFunc(seen, func(a, b retention.Image) int { return modelAge(b).Compare(modelAge(a)) })
		n := r.Selection.CountNumber
		limit := at.Add(-time.Duration(n) * 24 * time.Hour)
		for rank, im := range seen {
			switch r.Selection.CountType {
			case "imageCountMoreThan":
				over[i][im.Digest] = int64(rank) >= n
			case "sinceImagePushed":
				over[i][im.Digest] = im.PushedAt.Before(limit)
			case "sinceImagePulled":
				used := im.LastPulledAt
				if used.IsZero() {
					used = im.PushedAt
				}
				if !im.LastActivatedAt.IsZero() && im.LastActivatedAt.After(im.LastPulledAt) {
					used = im.LastActivatedAt
				}
				over[i][im.Digest] = used.Before(limit)
			case "sinceImageTransitioned":
				over[i][im.Digest] = im.LastArchivedAt.Before(limit)
			}
		}
	}
	// Then they are applied by priority: the first that identifies an image decides.
	marks := map[string]mark{}
	for _, im := range images {
		for i, r := range rules {
			if identifies[i][im.Digest] {
				if over[i][im.Digest] {
					marks[im.Digest] = mark{rule: i, action: r.Action.Type}
				}
				break
			}
		}
	}
	return marks
}

func modelAge(im retention.Image) time.Time {
	if im.LastActivatedAt.IsZero() {
		return im.PushedAt
	}
	return im.LastActivatedAt
}

func identified(s v1alpha1.LifecycleSelection, tags []string) bool {
	switch s.TagStatus {
	case "any":
		return true
	case "untagged":
		return len(tags) == 0
	}
	if len(tags) == 0 {
		return false
	}
	for _, p := range s.TagPatternList {
		re := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(p), `\*`, ".*") + "$")
		if !slices.ContainsFunc(tags, re.MatchString) {
			return false
		}
	}
	for _, p := range s.TagPrefixList {
		if !slices.ContainsFunc(tags, func(t string) bool { return strings.HasPrefix(t, p) }) {
			return false
		}
	}
	return true
}

// A modelRepository is a repository on which a policy acts.
type modelRepository struct {
	rules  []v1alpha1.LifecycleRule
	images []retention.Image

	// owed is what happened to an image's subject, and happens to the image once nothing holds it.
	owed map[string]string
}

func newModelRepository(rules []v1alpha1.LifecycleRule, images []retention.Image) *modelRepository {
	return &modelRepository{rules: rules, images: slices.Clone(images), owed: map[string]string{}}
}

// run acts on all images that are due, and returns what happened to them and which of them a list held.
func (m *modelRepository) run(at, recorded time.Time) (done map[string]string, held map[string]bool) {
	marks := modelMarks(m.rules, m.images, at)
	done, held = map[string]string{}, map[string]bool{}
	for acted := true; acted; {
		acted = false
		for _, im := range slices.Clone(m.images) {
			wants := []string{marks[im.Digest].action, m.owed[im.Digest]}
			action := ""
			switch {
			case slices.Contains(wants, "expire"):
				action = "expire"
			case slices.Contains(wants, "transition") && !im.Archived:
				action = "transition"
			}
			if action == "" || done[im.Digest] == "expire" || done[im.Digest] == action {
				continue
			}
			if held[im.Digest] = m.listed(im.Digest); held[im.Digest] {
				continue
			}
			acted = true
			done[im.Digest] = action
			for i, other := range m.images {
				if other.Subject == im.Digest && m.owed[other.Digest] != "expire" {
					m.owed[other.Digest] = action
				}
				if other.Digest == im.Digest {
					m.images[i].Archived, m.images[i].LastArchivedAt = true, recorded
				}
			}
			if action == "expire" {
				m.images = slices.DeleteFunc(m.images, func(o retention.Image) bool { return o.Digest == im.Digest })
			}
		}
	}
	return done, held
}

// listed reports whether a list that is not archived has an image.
func (m *modelRepository) listed(digest string) bool {
	return slices.ContainsFunc(m.images, func(list retention.Image) bool {
		return !list.Archived && slices.Contains(list.Children, digest)
	})
}

// next returns the next instant at which an image becomes too old for a rule.
func (m *modelRepository) next(from time.Time) (time.Time, bool) {
	next, ok := time.Time{}, false
	for _, r := range m.rules {
		for _, im := range m.images {
			for _, since := range []time.Time{im.PushedAt, im.LastPulledAt, im.LastActivatedAt, im.LastArchivedAt} {
				t := since.Add(time.Duration(r.Selection.CountNumber) * 24 * time.Hour)
				if !since.IsZero() && !t.Before(from) && (!ok || t.Before(next)) {
					next, ok = t, true
				}
			}
		}
	}
	return next, ok
}

// modelVerdicts returns what may happen to each image at a time, over all orders of images of one instant.
func modelVerdicts(rules []v1alpha1.LifecycleRule, images []retention.Image, at time.Time) map[string]map[retention.Verdict]bool {
	all := map[string]map[retention.Verdict]bool{}
	for _, im := range images {
		all[im.Digest] = map[retention.Verdict]bool{}
	}
	for _, order := range orders(images) {
		done, held := newModelRepository(rules, order).run(at, at)
		for _, im := range images {
			v := retention.Keep
			switch {
			case done[im.Digest] != "":
				v = retention.Verdict(done[im.Digest])
			case held[im.Digest]:
				v = retention.Held
			}
			all[im.Digest][v] = true
		}
	}
	return all
}

// orders returns the images in every order, as far as images of one instant differ.
func orders(images []retention.Image) [][]retention.Image {
	ages := map[int64][]retention.Image{}
	for _, im := range images {
		n := modelAge(im).UnixNano()
		ages[n] = append(ages[n], im)
	}
	all := [][]retention.Image{{}}
	for _, same := range ages {
		var next [][]retention.Image
		for _, p := range permutations(same) {
			for _, o := range all {
				next = append(next, slices.Concat(o, p))
			}
		}
		all = next
	}
	return all
}

func permutations(images []retention.Image) [][]retention.Image {
	if len(images) < 2 {
		return [][]retention.Image{images}
	}
	var all [][]retention.Image
	for i, im := range images {
		for _, p := range permutations(slices.Concat(images[:i], images[i+1:])) {
			all = append(all, slices.Concat([]retention.Image{im}, p))
		}
	}
	return all
}

// modelTimes returns when each image is archived and expires, from a time on.
func modelTimes(rules []v1alpha1.LifecycleRule, images []retention.Image, at time.Time) (archived, expired map[string]time.Time) {
	archived, expired = map[string]time.Time{}, map[string]time.Time{}
	m := newModelRepository(rules, images)
	record := func(done map[string]string, t time.Time) {
		for digest, action := range done {
			if action == "transition" {
				archived[digest] = t
			} else {
				expired[digest] = t
			}
		}
	}
	done, _ := m.run(at, at)
	record(done, at)
	for t, ok := m.next(at); ok; t, ok = m.next(t.Add(1)) {
		done, _ := m.run(t.Add(1), t)
		record(done, t)
	}
	for digest, t := range expired {
		if a, ok := archived[digest]; ok && !a.Before(t) {
			delete(archived, digest)
		}
	}
	return archived, expired
}
