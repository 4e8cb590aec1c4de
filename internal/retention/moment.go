package retention

import "time"

// A moment is when an image is archived, expires or is released if nothing is pushed, pulled or restored.
type moment struct {
	state state
	time  time.Time // For later and now.

	// counted is true if a rule by count acts now. It may not act later, when newer images are gone.
	counted bool
}

type state int

// The states of a moment, from the farthest to the nearest.
const (
	never state = iota // As far as is known.
	later
	maybe // Now, or never.
	now
)

// acts reports whether the moment is now, or may be.
func (m moment) acts() bool { return m.state == now || m.state == maybe }

// known reports whether it is certain that the moment comes.
func (m moment) known() bool { return m.state == now || m.state == later }

// before reports whether m certainly comes before n.
func (m moment) before(n moment) bool {
	switch {
	case !m.known():
		return false
	case n.state == never:
		return true
	case n.state == later:
		return m.state == now || m.time.Before(n.time)
	}
	return false
}

// once returns m, delayed until released.
func (m moment) once(released moment) moment {
	switch {
	case m.state == never || released.state == never:
		return moment{}
	case released.state == later && (m.state == maybe || m.counted):
		return moment{}
	case m.state == maybe || released.state == maybe:
		if m.state == later || released.state == later {
			return moment{}
		}
		return moment{state: maybe}
	case released.time.After(m.time):
		m.time = released.time
	}
	m.state = min(m.state, released.state)
	return m
}

// either returns the earlier of two moments.
func either(a, b moment) moment {
	switch {
	case b.state > a.state:
		return b
	case b.state < a.state:
		return a
	case a.state == later && b.time.Before(a.time), a.counted:
		return b
	}
	return a
}
