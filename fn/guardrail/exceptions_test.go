package guardrail_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// TestExceptions shows that a guardrail can be lifted for a project or one of its images through a day, and that advice
// names the exceptions in force.
func TestExceptions(t *testing.T) {
	for name, r := range rules {
		t.Run(name, func(t *testing.T) {
			lifted := func(project, image, until string) *fnv1.RunFunctionResponse {
				if image != "" {
					image = ", image: " + image
				}
				except := fmt.Sprintf("exceptions: [{project: %s%s, guardrail: %s, until: %q, reason: moving out}]", project, image, name, until)
				return r.run(t, managed.Claimed, r.breaks, input(r.guardrails, except))
			}
			today, yesterday := fntest.Today.Format(time.DateOnly), fntest.Today.AddDate(0, 0, -1).Format(time.DateOnly)
			if r.binding {
				want := `input.guardrails.exceptions[0].guardrail "` + name + `": must be a guardrail that knows exceptions: `
				fntest.Refused(t, "There is no exception from this guardrail.", lifted("shop", "", today), want)
				return
			}
			rsp := lifted("shop", "", today)
			mustAccept(t, "It is lifted through today.", rsp)
			advice := "input.guardrails.exceptions[0]: the guardrail " + name + " is lifted for project shop through " + today + ": moving out"
			if got := fntest.Advice(t, rsp); !strings.Contains(got, advice) {
				t.Errorf("Advice names the exception.\nwant: %s\ngot:  %s", advice, got)
			}
			fntest.Refused(t, "It is lifted for another project.", lifted("bank", "", today), r.want)
			ended := strings.ReplaceAll(r.want, " (the platform", "; an exception lifted this through "+yesterday+", and has ended (the platform")
			fntest.Refused(t, "It was lifted through yesterday.", lifted("shop", "", yesterday), ended)
			if r.whole {
				want := `input.guardrails.exceptions[0].image "web": must be left out: ` + name + " concerns the project as a whole"
				fntest.Refused(t, "It concerns no image.", lifted("shop", "web", today), want)
				return
			}
			mustAccept(t, "It is lifted for this image.", lifted("shop", "web", today))
			fntest.Refused(t, "It is lifted for an image of another project.", lifted("bank", "web", today), r.want)
			fntest.Refused(t, "It is lifted for another image.", lifted("shop", "api", today), r.want)
		})
	}
}

// TestEndedExceptions shows that the message names the exception that ended most recently.
func TestEndedExceptions(t *testing.T) {
	r := rules["requireKMS"]
	const ended = `{project: shop, guardrail: requireKMS, reason: r, until: "`
	in := input(r.guardrails, "exceptions: ["+ended+`2026-01-31"}, `+ended+`2026-03-31"}, `+ended+`2026-02-28"}]`)
	want := strings.ReplaceAll(r.want, " (the platform", "; an exception lifted this through 2026-03-31, and has ended (the platform")
	fntest.Refused(t, "The other exceptions ended before it.", r.run(t, managed.Claimed, r.breaks, in), want)
}

// TestExceptionDay shows that days begin and end in UTC.
func TestExceptionDay(t *testing.T) {
	in := input("requireKMS: true", `exceptions: [{project: shop, guardrail: requireKMS, until: "2026-11-23", reason: r}]`)
	run := func(now time.Time) string {
		xr := fntest.Registry{Spec: `{region: eu-west-1, images: [{name: web}]}`}.XR(t, managed.Claimed)
		return fntest.Fatal(fntest.Run(t, fntest.Request{XR: xr, Input: in, Today: now}))
	}
	east, west := time.FixedZone("east", 14*3600), time.FixedZone("west", -12*3600)
	cases := map[string]struct {
		reason  string
		now     time.Time
		refused bool
	}{
		"FirstSecond": {reason: "The day has begun.", now: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)},
		"LastSecond":  {reason: "The day is included to its end.", now: time.Date(2026, 11, 23, 23, 59, 59, 0, time.UTC)},
		"Over":        {reason: "The day is over.", now: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC), refused: true},
		"East":        {reason: "It is the 24th in the east, and still the 23rd in UTC.", now: time.Date(2026, 11, 24, 13, 0, 0, 0, east)},
		"West":        {reason: "It is still the 23rd in the west, and the 24th in UTC.", now: time.Date(2026, 11, 23, 13, 0, 0, 0, west), refused: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := run(tc.now); (got != "") != tc.refused {
				t.Errorf("%s\nrefused %t, want %t:\n%s", tc.reason, got != "", tc.refused, got)
			}
		})
	}
}
