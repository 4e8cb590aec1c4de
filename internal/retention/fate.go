package retention

import (
	"slices"

	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
)

// links has the relations between images, by their indexes.
type links struct {
	// lists has the manifest lists that each image is in.
	lists map[int][]int

	// subject has the subject of each image that has one.
	subject map[int]int
}

func newLinks(images []Image) links {
	l := links{lists: map[int][]int{}, subject: map[int]int{}}
	byDigest := make(map[string]int, len(images))
	for i := range images {
		byDigest[images[i].Digest] = i
	}
	for i := range images {
		for _, d := range images[i].Children {
			if c, ok := byDigest[d]; ok && c != i {
				l.lists[c] = append(l.lists[c], i)
			}
		}
		// If the image lists its own subject, the subject goes after it, and not before.
		if s, ok := byDigest[images[i].Subject]; ok && s != i && !slices.Contains(images[i].Children, images[i].Subject) {
			l.subject[i] = s
		}
	}
	return l
}

// A fate is the moment at which an image is archived, and the one at which it expires.
type fate struct{ archived, expired moment }

// gone returns when an image is archived or expires, and so no longer holds the images that it lists.
func (f fate) gone() moment {
	m := either(f.archived, f.expired)
	m.counted = false
	return m
}

// once returns the fate, delayed until released.
func (f fate) once(released moment) fate {
	return fate{archived: f.archived.once(released), expired: f.expired.once(released)}
}

// or returns the earlier moments of two fates.
func (f fate) or(g fate) fate {
	return fate{archived: either(f.archived, g.archived), expired: either(f.expired, g.expired)}
}

// fate returns the fate of an image: by the rules and with its subject, once no manifest list holds it.
func (e *evaluation) fate(i int) fate {
	if e.fates[i] != nil {
		return *e.fates[i]
	}
	e.fates[i] = &fate{} // An image that belongs to itself, which no digest can, stays.

	released, _ := e.released(i)
	followed := e.followed(i).once(released)
	f := e.ruled(i).once(released).or(followed)
	if f.archived.before(f.expired) {
		// Other rules apply to archived images.
		f.expired = either(e.expiredFromArchive(i, f.archived).once(released), followed.expired)
	} else if f.expired.known() {
		f.archived = moment{}
	}
	e.fates[i] = &f
	return f
}

// ruled returns the fate of an image by the rules alone.
func (e *evaluation) ruled(i int) fate {
	if im := &e.images[i]; im.Archived {
		return fate{expired: e.expiredFromArchive(i, moment{state: later, time: im.LastArchivedAt})}
	}
	c := &e.claims[i]
	if c.rule >= 0 && e.rules[c.rule].Action.Type == lifecycle.Transition {
		return fate{archived: c.when}
	}
	return fate{expired: c.when}
}

// expiredFromArchive returns when the rules over archived images expire an image.
func (e *evaluation) expiredFromArchive(i int, archived moment) moment {
	rule := e.archive[i]
	if rule < 0 || archived.time.IsZero() {
		return moment{}
	}
	return after(archived.time, e.rules[rule].Selection.CountNumber, e.at)
}

// followed returns the fate of an image by that of its subject.
func (e *evaluation) followed(i int) fate {
	s, ok := e.links.subject[i]
	if !ok {
		return fate{}
	}
	f := e.fate(s)
	f.archived.counted, f.expired.counted = false, false
	if e.images[i].Archived {
		f.archived = moment{}
	}
	return f
}

// released returns when no manifest list holds an image any more, and the index of one that holds it now, or -1.
func (e *evaluation) released(i int) (released moment, by int) {
	released, by = moment{state: now, time: e.at}, -1
	for _, list := range e.links.lists[i] {
		if e.images[list].Archived {
			continue // An archived list holds nothing.
		}
		gone := e.fate(list).gone()
		if by < 0 && !gone.acts() {
			by = list
		}
		released = gone.once(released)
	}
	return released, by
}

// outcome returns the outcome for an image.
func (e *evaluation) outcome(i int) Outcome {
	im, c, f := &e.images[i], &e.claims[i], e.fate(i)
	o := Outcome{Verdict: Keep, Rule: c.rule, Rank: c.rank, Since: c.since, Doubt: c.doubt}
	if im.Archived {
		o = Outcome{Verdict: Keep, Rule: e.archive[i]}
		if o.Rule >= 0 {
			o.Since = im.LastArchivedAt
		}
	}
	if f.archived.known() {
		o.TransitionsAt = f.archived.time
	}
	if f.expired.known() {
		o.ExpiresAt = f.expired.time
	}

	ruled, followed := e.ruled(i).gone(), e.followed(i).gone()
	if s, ok := e.links.subject[i]; ok {
		switch {
		case followed.acts() && !ruled.acts():
			o.Follows = e.images[s].Digest
		case ruled.acts() && !followed.acts():
			o.Doubt = DoubtReferrer
		}
	}
	switch _, by := e.released(i); {
	case f.expired.state == now:
		o.Verdict = Expire
	case f.archived.state == now:
		o.Verdict = Transition
	case f.gone().acts():
		o.Verdict = Tied
	case by >= 0 && (ruled.acts() || followed.acts()):
		o.Verdict, o.HeldBy = Held, e.images[by].Digest
	}
	return o
}
