package lifecycle

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// ago returns a time so many days before testTime.
func ago(days int) time.Time { return testTime.AddDate(0, 0, -days) }

func TestEvaluate(t *testing.T) {
	const (
		count1      = `[{selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`
		untagged1   = `[{selection: {tagStatus: untagged, countType: sinceImagePushed, countUnit: days, countNumber: 1}, action: {type: expire}}]`
		archiveOld  = `[{selection: {tagStatus: any, countType: sinceImagePushed, countUnit: days, countNumber: 30}, action: {type: transition, targetStorageClass: archive}}]`
		archiveThen = `
- {selection: {tagStatus: any, countType: sinceImagePushed, countUnit: days, countNumber: 30}, action: {type: transition, targetStorageClass: archive}}
- {selection: {tagStatus: any, storageClass: archive, countType: sinceImageTransitioned, countUnit: days, countNumber: 90}, action: {type: expire}}`
		archiveUnpulled = `[{selection: {tagStatus: any, countType: sinceImagePulled, countUnit: days, countNumber: 30}, action: {type: transition, targetStorageClass: archive}}]`
	)
	cases := map[string]struct {
		reason string
		rules  string
		images []Image
		want   []Outcome
	}{
		"NoRules": {
			reason: "Without rules everything stays.",
			rules:  `[]`,
			images: []Image{{Digest: "a", PushedAt: ago(1000)}},
			want:   []Outcome{{Verdict: Keep, Rule: -1}},
		},
		"NotOlder": {
			reason: "An image of exactly one day is not older than one day; it goes an instant later.",
			rules:  untagged1,
			images: []Image{{Digest: "a", PushedAt: ago(1)}, {Digest: "b", PushedAt: ago(1).Add(-1)}, {Digest: "c", PushedAt: ago(0)}},
			want: []Outcome{
				{Verdict: Keep, Since: ago(1), ExpiresAt: testTime},
				{Verdict: Expire, Since: ago(1).Add(-1), ExpiresAt: testTime},
				{Verdict: Keep, Since: ago(0), ExpiresAt: ago(-1)},
			},
		},
		"Tied": {
			reason: "Two images of one instant, of which the rule keeps one.",
			rules:  count1,
			images: []Image{{Digest: "a", PushedAt: ago(5)}, {Digest: "b", PushedAt: ago(5)}, {Digest: "c", PushedAt: ago(6)}},
			want:   []Outcome{{Verdict: Tied, Rank: 1}, {Verdict: Tied, Rank: 2}, {Verdict: Expire, Rank: 3, ExpiresAt: testTime}},
		},
		"TiedElsewhere": {
			reason: "Images of one instant that all go are not tied.",
			rules:  count1,
			images: []Image{{Digest: "a", PushedAt: ago(5)}, {Digest: "b", PushedAt: ago(6)}, {Digest: "c", PushedAt: ago(6)}},
			want: []Outcome{
				{Verdict: Keep, Rank: 1}, {Verdict: Expire, Rank: 2, ExpiresAt: testTime}, {Verdict: Expire, Rank: 3, ExpiresAt: testTime},
			},
		},
		"Child": {
			reason: "A child stays while its list stays, also that of a nested list.",
			rules:  untagged1,
			images: []Image{
				{Digest: "list", Tags: []string{"v1"}, PushedAt: ago(5), Children: []string{"amd64", "nested", "absent"}},
				{Digest: "amd64", PushedAt: ago(5)},
				{Digest: "nested", PushedAt: ago(5), Children: []string{"arm64"}},
				{Digest: "arm64", PushedAt: ago(5)},
				{Digest: "orphan", PushedAt: ago(5)},
			},
			want: []Outcome{
				{Verdict: Keep, Rule: -1},
				{Verdict: Held, Since: ago(5), HeldBy: "list"},
				{Verdict: Held, Since: ago(5), HeldBy: "list"},
				{Verdict: Held, Since: ago(5), HeldBy: "nested"},
				{Verdict: Expire, Since: ago(5), ExpiresAt: testTime},
			},
		},
		"SharedChild": {
			reason: "A child goes with the last of the lists that it is in.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["pr*"], countType: sinceImagePushed, countUnit: days, countNumber: 2}, action: {type: expire}}
- {selection: {tagStatus: untagged, countType: sinceImagePushed, countUnit: days, countNumber: 1}, action: {type: expire}}`,
			images: []Image{
				{Digest: "list1", Tags: []string{"pr1"}, PushedAt: ago(5), Children: []string{"both", "one"}},
				{Digest: "list2", Tags: []string{"pr2"}, PushedAt: ago(0), Children: []string{"both"}},
				{Digest: "both", PushedAt: ago(5)},
				{Digest: "one", PushedAt: ago(5)},
			},
			want: []Outcome{
				{Verdict: Expire, Since: ago(5), ExpiresAt: testTime},
				{Verdict: Keep, Since: ago(0), ExpiresAt: ago(-2)},
				{Verdict: Held, Rule: 1, Since: ago(5), HeldBy: "list2", ExpiresAt: ago(-2)},
				{Verdict: Expire, Rule: 1, Since: ago(5), ExpiresAt: testTime},
			},
		},
		"ChildOfArchivedList": {
			reason: "A list that is archived holds nothing.",
			rules:  untagged1,
			images: []Image{
				{Digest: "list", Tags: []string{"v1"}, Archived: true, LastArchivedAt: ago(3), PushedAt: ago(5), Children: []string{"amd64"}},
				{Digest: "amd64", PushedAt: ago(5)},
			},
			want: []Outcome{{Verdict: Keep, Rule: -1}, {Verdict: Expire, Since: ago(5), ExpiresAt: testTime}},
		},
		"Referrers": {
			reason: "Signatures and attestations go with their subject, whatever the rules say.",
			rules:  `[{selection: {tagStatus: tagged, tagPatternList: ["*"], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
			images: []Image{
				{Digest: "new", Tags: []string{"v2"}, PushedAt: ago(1)},
				{Digest: "old", Tags: []string{"v1"}, PushedAt: ago(2)},
				{Digest: "signature of new", PushedAt: ago(1), Subject: "new"},
				{Digest: "signature of old", PushedAt: ago(2), Subject: "old"},
				{Digest: "signature of the signature", PushedAt: ago(2), Subject: "signature of old"},
			},
			want: []Outcome{
				{Verdict: Keep, Rank: 1},
				{Verdict: Expire, Rank: 2, ExpiresAt: testTime},
				{Verdict: Keep, Rule: -1},
				{Verdict: Expire, Rule: -1, Follows: "old", ExpiresAt: testTime},
				{Verdict: Expire, Rule: -1, Follows: "signature of old", ExpiresAt: testTime},
			},
		},
		"ReferrerAlone": {
			reason: "AWS does not say that a rule spares a referrer of an image that stays.",
			rules:  untagged1,
			images: []Image{{Digest: "a", Tags: []string{"v1"}, PushedAt: ago(5)}, {Digest: "b", PushedAt: ago(5), Subject: "a"}},
			want:   []Outcome{{Verdict: Keep, Rule: -1}, {Verdict: Expire, Since: ago(5), ExpiresAt: testTime, Doubt: DoubtReferrer}},
		},
		"OwnSubject": {
			reason: "No digest belongs to itself; what says so ends nothing.",
			rules:  untagged1,
			images: []Image{
				{Digest: "a", PushedAt: ago(5), Subject: "a", Children: []string{"a"}},
				{Digest: "b", PushedAt: ago(5), Children: []string{"c"}},
				{Digest: "c", PushedAt: ago(5), Children: []string{"b"}},
			},
			want: []Outcome{
				{Verdict: Expire, Since: ago(5), ExpiresAt: testTime},
				{Verdict: Held, Since: ago(5), HeldBy: "c"},
				{Verdict: Held, Since: ago(5), HeldBy: "b"},
			},
		},
		"ListOfItsSubject": {
			reason: "A list whose subject is its child cannot wait for it.",
			rules:  count1,
			images: []Image{
				{Digest: "list", PushedAt: ago(4), Subject: "child", Children: []string{"child"}},
				{Digest: "child", PushedAt: ago(5)},
				{Digest: "new", PushedAt: ago(1)},
			},
			want: []Outcome{
				{Verdict: Expire, Rank: 2, ExpiresAt: testTime}, {Verdict: Expire, Rank: 3, ExpiresAt: testTime}, {Verdict: Keep, Rank: 1},
			},
		},
		"ArchivedThenExpired": {
			reason: "What is archived expires by the rule over archived images.",
			rules:  archiveThen,
			images: []Image{
				{Digest: "a", PushedAt: ago(40)}, {Digest: "b", PushedAt: ago(10)},
				{Digest: "c", PushedAt: ago(400), Archived: true, LastArchivedAt: ago(80)},
				{Digest: "d", PushedAt: ago(400), Archived: true, LastArchivedAt: ago(91)},
			},
			want: []Outcome{
				{Verdict: Transition, Since: ago(40), TransitionsAt: testTime, ExpiresAt: ago(-90)},
				{Verdict: Keep, Since: ago(10), TransitionsAt: ago(-20), ExpiresAt: ago(-110)},
				{Verdict: Keep, Rule: 1, Since: ago(80), ExpiresAt: ago(-10)},
				{Verdict: Expire, Rule: 1, Since: ago(91), ExpiresAt: testTime},
			},
		},
		"RestoredPulled": {
			reason: "A restored image that was not pulled since counts from when it was restored.",
			rules:  archiveUnpulled,
			images: []Image{
				{Digest: "never", PushedAt: ago(40)},
				{Digest: "pulled", PushedAt: ago(40), LastPulledAt: ago(5)},
				{Digest: "restored", PushedAt: ago(400), LastPulledAt: ago(300), LastActivatedAt: ago(3)},
				{Digest: "pulled since", PushedAt: ago(400), LastPulledAt: ago(40), LastActivatedAt: ago(50)},
			},
			want: []Outcome{
				{Verdict: Transition, Since: ago(40), TransitionsAt: testTime},
				{Verdict: Keep, Since: ago(5), TransitionsAt: ago(-25)},
				{Verdict: Keep, Since: ago(3), TransitionsAt: ago(-27)},
				{Verdict: Transition, Since: ago(40), TransitionsAt: testTime},
			},
		},
		"RestoredCounted": {
			reason: "A restored image is as new as its restoration.",
			rules:  count1,
			images: []Image{{Digest: "a", PushedAt: ago(400), LastActivatedAt: ago(1)}, {Digest: "b", PushedAt: ago(2)}},
			want:   []Outcome{{Verdict: Keep, Rank: 1}, {Verdict: Expire, Rank: 2, ExpiresAt: testTime}},
		},
		"RestoredAged": {
			reason: "AWS does not say that sinceImagePushed goes by the restoration.",
			rules:  archiveOld,
			images: []Image{{Digest: "a", PushedAt: ago(400), LastActivatedAt: ago(1)}, {Digest: "b", PushedAt: ago(400), LastActivatedAt: ago(40)}},
			want: []Outcome{
				{Verdict: Transition, Since: ago(400), TransitionsAt: testTime, Doubt: DoubtRestored},
				{Verdict: Transition, Since: ago(400), TransitionsAt: testTime},
			},
		},
		"Ages": {
			reason: "Days that no calendar has are never over.",
			rules:  `[{selection: {tagStatus: any, countType: sinceImagePushed, countUnit: days, countNumber: 9000000000000000000}, action: {type: expire}}]`,
			images: []Image{{Digest: "a", PushedAt: ago(400)}},
			want:   []Outcome{{Verdict: Keep, Since: ago(400)}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, Evaluate(fromYAML(t, tc.rules), tc.images, testTime)); diff != "" {
				t.Errorf("%s\nEvaluate(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
