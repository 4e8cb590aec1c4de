package iamtest

import "testing"

// Each operator that orders values, over a value that is less than that of the
// policy, equal to it, greater, no such value, or absent.
func TestOrderedOperators(t *testing.T) {
	type row struct{ less, equal, greater, other, absent bool }
	operators := map[string]row{
		"Equals":            {equal: true},
		"NotEquals":         {less: true, greater: true, other: true, absent: true},
		"LessThan":          {less: true},
		"LessThanEquals":    {less: true, equal: true},
		"GreaterThan":       {greater: true},
		"GreaterThanEquals": {equal: true, greater: true},
	}
	families := map[string]struct{ policy, less, equal, greater, other string }{
		"Numeric": {policy: "10", less: "9.99", equal: "10.0", greater: "10.01", other: "1/2"},
		"Date": {
			policy: "2026-11-23T10:00:00Z", less: "2026-11-23T09:59:59Z", equal: "2026-11-23T11:00:00+01:00",
			greater: "2026-11-23T10:00:01Z", other: "tomorrow",
		},
	}
	for family, f := range families {
		for name, want := range operators {
			t.Run(family+name, func(t *testing.T) {
				holds := func(keys Context) bool {
					got, err := evalCondition(t, `{"`+family+name+`":{"k":"`+f.policy+`"}}`, keys)
					if err != nil {
						t.Fatal(err)
					}
					return got
				}
				got := row{
					less: holds(Context{"k": {f.less}}), equal: holds(Context{"k": {f.equal}}), greater: holds(Context{"k": {f.greater}}),
					other: holds(Context{"k": {f.other}}), absent: holds(nil),
				}
				if got != want {
					t.Errorf("%sthe table of %s operators\nwant %+v, got %+v", pageOperators, family, want, got)
				}
			})
		}
	}
}

func TestParseDate(t *testing.T) {
	const at = 1795428000 // 2026-11-23T10:00:00Z
	cases := map[string]struct {
		text string
		want int64
	}{
		"Epoch":       {text: "1795428000", want: at},
		"Zone":        {text: "2026-11-23T11:00:00+01:00", want: at},
		"NoSeconds":   {text: "2026-11-23T10:00Z", want: at},
		"Fraction":    {text: "2026-11-23T10:00:00.000Z", want: at},
		"NoZone":      {text: "2026-11-23T10:00:00", want: at},
		"ShortNoZone": {text: "2026-11-23T10:00", want: at},
		"Day":         {text: "2026-11-23", want: at - 10*3600},
		"Month":       {text: "2026-11", want: at - 10*3600 - 22*86400},
		"Year":        {text: "2026", want: 1767225600},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, ok := parseDate(tc.text)
			if !ok || got.Unix() != tc.want {
				t.Errorf("parseDate(%s): want %d, got %d (%v)", tc.text, tc.want, got.Unix(), ok)
			}
		})
	}
}
