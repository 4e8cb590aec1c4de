package preview

import (
	"fmt"
	"slices"
	"time"

	"github.com/ontopix/crossplane-ecr/internal/cli"
)

// A lane is the time line of the images that one rule selects, from the oldest to the newest.
type lane struct {
	Title, Words string
	Height       float64
	Bars         []bar

	// spans has the images of each span of time, tallest the number of images in the largest.
	spans   [][]*Row
	tallest int
}

// A bar represents one image or, if there are too many, all images of one verdict in one span of time.
type bar struct {
	Class, Title        string
	X, Y, Width, Height float64
}

// The measures of a lane in SVG units. The page stretches the width.
const (
	laneWidth  = 1000
	spans      = 100
	spanWidth  = laneWidth / spans
	laneHeight = 72
	imageSize  = 12 // The height of one image, if there is room.
	minSize    = 4  // Smaller images are not drawn one by one.
)

// lanes draws the images of each rule. It also returns the days of the axis, and whether each image has a bar.
func (r *Report) lanes() (lanes []lane, days []string, oneByOne bool) {
	if len(r.Images) == 0 {
		return nil, nil, false
	}
	// The newest image comes first.
	from, to := r.Images[len(r.Images)-1].PushedAt, r.At
	if newest := r.Images[0].PushedAt; newest.After(to) {
		to = newest
	}
	tallest := 0
	add := func(rule int, title string) {
		if rows := r.rows(func(x *Row) bool { return x.Rule == rule }); len(rows) > 0 {
			l := newLane(title, rows, from, to)
			tallest = max(tallest, l.tallest)
			lanes = append(lanes, l)
		}
	}
	for _, rule := range r.Rules {
		add(rule.Rule, fmt.Sprintf("Rule %d %s", rule.Rule, rule.Does))
	}
	add(0, "Not selected by any rule")
	size := min(imageSize, laneHeight/float64(tallest))
	for i := range lanes {
		lanes[i].draw(size)
	}
	return lanes, axis(from, to), size >= minSize
}

// newLane distributes images over the spans of a time line.
func newLane(title string, rows []*Row, from, to time.Time) lane {
	l := lane{Title: title, spans: make([][]*Row, spans)}
	for _, row := range rows {
		n := spans - 1
		if whole := to.Sub(from); whole > 0 {
			n = min(n, int(float64(row.PushedAt.Sub(from))/float64(whole)*spans))
		}
		l.spans[n] = append(l.spans[n], row)
		l.tallest = max(l.tallest, len(l.spans[n]))
	}
	var words []string
	for _, t := range byVerdict(totals(rows)) {
		words = append(words, fmt.Sprintf("%d %s", t.Images, t.Words))
	}
	l.Words = join(words)
	return l
}

// draw draws a lane with images of the given height.
func (l *lane) draw(size float64) {
	l.Height = max(imageSize, float64(l.tallest)*size) + 2
	for n, rows := range l.spans {
		y := l.Height
		// Images that stay are at the bottom, those that go on top.
		for _, v := range slices.Backward(verdicts) {
			var same []*Row
			for _, row := range rows {
				if row.Verdict == v.Verdict {
					same = append(same, row)
				}
			}
			l.Bars = append(l.Bars, bars(same, float64(n*spanWidth), &y, size)...)
		}
	}
}

// bars draws images of one verdict upwards from y, and moves y to their top.
func bars(rows []*Row, x float64, y *float64, size float64) []bar {
	if len(rows) == 0 {
		return nil
	}
	const gap = 1
	if size < minSize {
		height := float64(len(rows)) * size
		*y -= height
		title := fmt.Sprintf("%s from %s on: %s", cli.Count(len(rows), "image", "images"), day(rows[len(rows)-1].PushedAt), rows[0].Verdict)
		return []bar{{Class: string(rows[0].Verdict), Title: title, X: x, Y: *y, Width: spanWidth - gap, Height: height}}
	}
	var out []bar
	for _, row := range slices.Backward(rows) {
		*y -= size
		class := string(row.Verdict)
		if row.Change != "" {
			class += " changed"
		}
		title := fmt.Sprintf("%s, pushed %s, %s: %s (%s)", row.Name(), day(row.PushedAt), sizeOf(row.Bytes), row.Verdict, row.Reason)
		out = append(out, bar{Class: class, Title: title, X: x, Y: *y, Width: spanWidth - gap, Height: size - gap})
	}
	return out
}

// axis returns the days to write below the time lines.
func axis(from, to time.Time) []string {
	const marks = 4
	var days []string
	for n := range marks + 1 {
		days = append(days, day(from.Add(to.Sub(from)/marks*time.Duration(n))))
	}
	return slices.Compact(days)
}
