package preview

import (
	"fmt"
	"time"

	"github.com/ontopix/crossplane-ecr/internal/cli"
	"github.com/ontopix/crossplane-ecr/internal/retention"
)

// A lane is the time line of the images that one rule claims, from the oldest to the
// newest.
type lane struct {
	Title, Words string
	Height       float64
	Bars         []bar
}

// A bar stands for one image or, where there are too many, for those of one verdict and
// one span of time.
type bar struct {
	Class, Title        string
	X, Y, Width, Height float64
}

// The measures of a lane. The width is in the units of the picture, which stretches.
const (
	laneWidth  = 1000
	spans      = 100
	spanWidth  = laneWidth / spans
	laneHeight = 72
	imageSize  = 12 // Of one image, if there is room.
	leastSize  = 4  // Below, images are not drawn one by one.
)

// lanes draws the images of each rule, and returns the days of the axis below and whether
// images are drawn one by one.
func (r *Report) lanes() (lanes []lane, days []string, oneByOne bool) {
	if len(r.Images) == 0 {
		return nil, nil, false
	}
	// The newest image is the first.
	from, to := r.Images[len(r.Images)-1].PushedAt, r.At
	if newest := r.Images[0].PushedAt; newest.After(to) {
		to = newest
	}
	byRule := make([][]*Row, len(r.Rules)+1)
	for i := range r.Images {
		row := &r.Images[i]
		byRule[row.Rule] = append(byRule[row.Rule], row)
	}
	most := 0
	for _, rows := range byRule {
		for _, span := range bySpan(rows, from, to) {
			most = max(most, len(span))
		}
	}
	size := min(imageSize, laneHeight/float64(most))

	for n, rule := range r.Rules {
		if rows := byRule[n+1]; len(rows) > 0 {
			lanes = append(lanes, newLane(fmt.Sprintf("Rule %d %s", rule.Rule, cli.Clean(rule.Does)), bySpan(rows, from, to), size))
		}
	}
	if rows := byRule[0]; len(rows) > 0 {
		lanes = append(lanes, newLane("No rule selects these", bySpan(rows, from, to), size))
	}
	return lanes, axis(from, to), size >= leastSize
}

// bySpan distributes images over the spans of a time line.
func bySpan(rows []*Row, from, to time.Time) [][]*Row {
	out := make([][]*Row, spans)
	for _, row := range rows {
		n := spans - 1
		if whole := to.Sub(from); whole > 0 {
			n = min(n, int(float64(row.PushedAt.Sub(from))/float64(whole)*spans))
		}
		out[n] = append(out[n], row)
	}
	return out
}

func newLane(title string, bySpan [][]*Row, size float64) lane {
	l := lane{Title: title}
	tallest := 0
	for _, rows := range bySpan {
		tallest = max(tallest, len(rows))
	}
	l.Height = max(imageSize, float64(tallest)*size) + 2
	counts := map[retention.Verdict]int{}
	for n, rows := range bySpan {
		y := l.Height
		// What stays is at the bottom, what goes on top of it.
		for k := range verdicts {
			v := verdicts[len(verdicts)-1-k].Verdict
			var of []*Row
			for _, row := range rows {
				if row.Verdict == v {
					of = append(of, row)
				}
			}
			counts[v] += len(of)
			l.Bars = append(l.Bars, bars(of, float64(n*spanWidth), &y, size)...)
		}
	}
	l.Words = laneWords(counts)
	return l
}

// bars draws images of one verdict on top of what is at y.
func bars(rows []*Row, x float64, y *float64, size float64) []bar {
	if len(rows) == 0 {
		return nil
	}
	const gap = 1
	if size < leastSize {
		height := float64(len(rows)) * size
		*y -= height
		title := fmt.Sprintf("%s from %s on: %s", count(len(rows), "image", "images"), rows[len(rows)-1].PushedAt.UTC().Format(time.DateOnly), rows[0].Verdict)
		return []bar{{Class: string(rows[0].Verdict), Title: title, X: x, Y: *y, Width: spanWidth - gap, Height: height}}
	}
	out := make([]bar, 0, len(rows))
	for i := len(rows) - 1; i >= 0; i-- {
		row := rows[i]
		*y -= size
		class := string(row.Verdict)
		if row.Change != "" {
			class += " changed"
		}
		title := fmt.Sprintf("%s, pushed %s, %s: %s. %s", row.Name(), row.PushedAt.UTC().Format(time.DateOnly), Size(row.Bytes), row.Verdict, row.Reason)
		out = append(out, bar{Class: class, Title: cli.Clean(title), X: x, Y: *y, Width: spanWidth - gap, Height: size - gap})
	}
	return out
}

// axis returns the days below the time lines.
func axis(from, to time.Time) []string {
	const marks = 4
	var days []string
	for n := range marks + 1 {
		day := from.Add(to.Sub(from) / marks * time.Duration(n)).UTC().Format(time.DateOnly)
		if len(days) == 0 || days[len(days)-1] != day {
			days = append(days, day)
		}
	}
	return days
}
