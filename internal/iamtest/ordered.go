package iamtest

import (
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"time"
)

// compileNumeric prepares a comparison of numbers. accept is given the sign of
// the value of the request compared with that of the policy. A value of the
// request that is no number matches nothing.
func compileNumeric(accept func(int) bool) func(string, bool) (matcher, error) {
	return func(value string, _ bool) (matcher, error) {
		want, ok := parseNumber(value)
		if !ok {
			return nil, fmt.Errorf("%q is not a number", value)
		}
		return func(value string, _ contextKeys) bool {
			got, ok := parseNumber(value)
			return ok && accept(got.Cmp(want))
		}, nil
	}
}

// compileDate prepares a comparison of points in time, as compileNumeric does
// of numbers.
func compileDate(accept func(int) bool) func(string, bool) (matcher, error) {
	return func(value string, _ bool) (matcher, error) {
		want, ok := parseDate(value)
		if !ok {
			return nil, fmt.Errorf("%q is not a date", value)
		}
		return func(value string, _ contextKeys) bool {
			got, ok := parseDate(value)
			return ok && accept(got.Compare(want))
		}, nil
	}
}

// numberPattern is an integer or a decimal. The exponent is short, so that no
// value needs gigabytes.
var numberPattern = regexp.MustCompile(`^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$`)

func parseNumber(s string) (*big.Rat, bool) {
	if !numberPattern.MatchString(s) {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

// dateLayouts are the forms of the W3C note on date and time formats. Without
// a time zone a time is UTC: the note has no such form, AWS does.
var dateLayouts = []string{
	"2006", "2006-01", "2006-01-02",
	"2006-01-02T15:04Z07:00", "2006-01-02T15:04:05Z07:00",
	"2006-01-02T15:04", "2006-01-02T15:04:05",
}

// parseDate reads one of the W3C forms, or seconds since 1970. Four digits are
// a year.
func parseDate(s string) (time.Time, bool) {
	for _, l := range dateLayouts {
		// time.Parse accepts a fraction of a second wherever the layout has
		// seconds.
		if t, err := time.Parse(l, s); err == nil {
			return t, true
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return time.Time{}, false
	}
	return time.Unix(n, 0), true
}
