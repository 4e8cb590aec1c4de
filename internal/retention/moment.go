package retention

import "time"

// A moment is when something happens to an image if nothing is pushed, pulled or
// restored.
type moment struct {
	state state
	time  time.Time // For later and now.

	// counted is true for what a count does now. It may not do it later, when newer images
	// have gone.
	counted bool
}

type state int

// The states of a moment, the nearest at the end.
const (
	never state = iota // As far as can be told.
	later
	maybe // Now, or never.
	now
)

// acts reports whether it happens now, as far as can be told.
func (m moment) acts() bool { return m.state == now || m.state == maybe }

// known reports whether it is known to happen.
func (m moment) known() bool { return m.state == now || m.state == later }

// before reports whether m is known to happen before n.
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

// once returns m, put off until released.
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

// either returns when the first of two things happens.
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
