package retention_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ontopix/crossplane-ecr/internal/lifecycletest"
	"github.com/ontopix/crossplane-ecr/internal/retention"
)

// ago returns the time a number of days before lifecycletest.Now.
func ago(days int) time.Time { return lifecycletest.Now.AddDate(0, 0, -days) }

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
		images []retention.Image
		want   []retention.Outcome
	}{
		"NoRules": {
			reason: "Without rules everything stays.",
			rules:  `[]`,
			images: []retention.Image{{Digest: "a", PushedAt: ago(1000)}},
			want:   []retention.Outcome{{Verdict: retention.Keep, Rule: -1}},
		},
		"NotOlder": {
			reason: "An image of exactly one day is not older than one day; it goes an instant later.",
			rules:  untagged1,
			images: []retention.Image{{Digest: "a", PushedAt: ago(1)}, {Digest: "b", PushedAt: ago(1).Add(-1)}, {Digest: "c", PushedAt: ago(0)}},
			want: []retention.Outcome{
				{Verdict: retention.Keep, Since: ago(1), ExpiresAt: lifecycletest.Now},
				{Verdict: retention.Expire, Since: ago(1).Add(-1), ExpiresAt: lifecycletest.Now},
				{Verdict: retention.Keep, Since: ago(0), ExpiresAt: ago(-1)},
			},
		},
		"Tied": {
			reason: "The rule keeps one of two images that were pushed at the same instant.",
			rules:  count1,
			images: []retention.Image{{Digest: "a", PushedAt: ago(5)}, {Digest: "b", PushedAt: ago(5)}, {Digest: "c", PushedAt: ago(6)}},
			want:   []retention.Outcome{{Verdict: retention.Tied, Rank: 1}, {Verdict: retention.Tied, Rank: 2}, {Verdict: retention.Expire, Rank: 3, ExpiresAt: lifecycletest.Now}},
		},
		"Child": {
			reason: "A child stays while its list stays, even if the list is in another list.",
			rules:  untagged1,
			images: []retention.Image{
				{Digest: "list", Tags: []string{"v1"}, PushedAt: ago(5), Children: []string{"amd64", "nested", "absent"}},
				{Digest: "amd64", PushedAt: ago(5)},
				{Digest: "nested", PushedAt: ago(5), Children: []string{"arm64"}},
				{Digest: "arm64", PushedAt: ago(5)},
				{Digest: "orphan", PushedAt: ago(5)},
			},
			want: []retention.Outcome{
				{Verdict: retention.Keep, Rule: -1},
				{Verdict: retention.Held, Since: ago(5), HeldBy: "list"},
				{Verdict: retention.Held, Since: ago(5), HeldBy: "list"},
				{Verdict: retention.Held, Since: ago(5), HeldBy: "nested"},
				{Verdict: retention.Expire, Since: ago(5), ExpiresAt: lifecycletest.Now},
			},
		},
		"SharedChild": {
			reason: "A child goes with the last of the lists that it is in.",
			rules: `
- {selection: {tagStatus: tagged, tagPatternList: ["pr*"], countType: sinceImagePushed, countUnit: days, countNumber: 2}, action: {type: expire}}
- {selection: {tagStatus: untagged, countType: sinceImagePushed, countUnit: days, countNumber: 1}, action: {type: expire}}`,
			images: []retention.Image{
				{Digest: "list1", Tags: []string{"pr1"}, PushedAt: ago(5), Children: []string{"both", "one"}},
				{Digest: "list2", Tags: []string{"pr2"}, PushedAt: ago(0), Children: []string{"both"}},
				{Digest: "both", PushedAt: ago(5)},
				{Digest: "one", PushedAt: ago(5)},
			},
			want: []retention.Outcome{
				{Verdict: retention.Expire, Since: ago(5), ExpiresAt: lifecycletest.Now},
				{Verdict: retention.Keep, Since: ago(0), ExpiresAt: ago(-2)},
				{Verdict: retention.Held, Rule: 1, Since: ago(5), HeldBy: "list2", ExpiresAt: ago(-2)},
				{Verdict: retention.Expire, Rule: 1, Since: ago(5), ExpiresAt: lifecycletest.Now},
			},
		},
		"Referrers": {
			reason: "Signatures and attestations go with their subject, whatever the rules say.",
			rules:  `[{selection: {tagStatus: tagged, tagPatternList: ["*"], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
			images: []retention.Image{
				{Digest: "new", Tags: []string{"v2"}, PushedAt: ago(1)},
				{Digest: "old", Tags: []string{"v1"}, PushedAt: ago(2)},
				{Digest: "signature of new", PushedAt: ago(1), Subject: "new"},
				{Digest: "signature of old", PushedAt: ago(2), Subject: "old"},
				{Digest: "signature of the signature", PushedAt: ago(2), Subject: "signature of old"},
			},
			want: []retention.Outcome{
				{Verdict: retention.Keep, Rank: 1},
				{Verdict: retention.Expire, Rank: 2, ExpiresAt: lifecycletest.Now},
				{Verdict: retention.Keep, Rule: -1},
				{Verdict: retention.Expire, Rule: -1, Follows: "old", ExpiresAt: lifecycletest.Now},
				{Verdict: retention.Expire, Rule: -1, Follows: "signature of old", ExpiresAt: lifecycletest.Now},
			},
		},
		"ReferrerAlone": {
			reason: "AWS does not say that a rule spares a referrer of an image that stays.",
			rules:  untagged1,
			images: []retention.Image{{Digest: "a", Tags: []string{"v1"}, PushedAt: ago(5)}, {Digest: "b", PushedAt: ago(5), Subject: "a"}},
			want:   []retention.Outcome{{Verdict: retention.Keep, Rule: -1}, {Verdict: retention.Expire, Since: ago(5), ExpiresAt: lifecycletest.Now, Doubt: retention.DoubtReferrer}},
		},
		"OwnSubject": {
			reason: "An image that claims to belong to itself does not make Evaluate run forever.",
			rules:  untagged1,
			images: []retention.Image{
				{Digest: "a", PushedAt: ago(5), Subject: "a", Children: []string{"a"}},
				{Digest: "b", PushedAt: ago(5), Children: []string{"c"}},
				{Digest: "c", PushedAt: ago(5), Children: []string{"b"}},
			},
			want: []retention.Outcome{
				{Verdict: retention.Expire, Since: ago(5), ExpiresAt: lifecycletest.Now},
				{Verdict: retention.Held, Since: ago(5), HeldBy: "c"},
				{Verdict: retention.Held, Since: ago(5), HeldBy: "b"},
			},
		},
		"ListOfItsSubject": {
			reason: "A list whose subject is its child cannot wait for it.",
			rules:  count1,
			images: []retention.Image{
				{Digest: "list", PushedAt: ago(4), Subject: "child", Children: []string{"child"}},
				{Digest: "child", PushedAt: ago(5)},
				{Digest: "new", PushedAt: ago(1)},
			},
			want: []retention.Outcome{
				{Verdict: retention.Expire, Rank: 2, ExpiresAt: lifecycletest.Now}, {Verdict: retention.Expire, Rank: 3, ExpiresAt: lifecycletest.Now}, {Verdict: retention.Keep, Rank: 1},
			},
		},
		"ArchivedThenExpired": {
			reason: "An archived image expires by the rule over archived images.",
			rules:  archiveThen,
			images: []retention.Image{
				{Digest: "a", PushedAt: ago(40)}, {Digest: "b", PushedAt: ago(10)},
				{Digest: "c", PushedAt: ago(400), Archived: true, LastArchivedAt: ago(80)},
				{Digest: "d", PushedAt: ago(400), Archived: true, LastArchivedAt: ago(91)},
			},
			want: []retention.Outcome{
				{Verdict: retention.Transition, Since: ago(40), TransitionsAt: lifecycletest.Now, ExpiresAt: ago(-90)},
				{Verdict: retention.Keep, Since: ago(10), TransitionsAt: ago(-20), ExpiresAt: ago(-110)},
				{Verdict: retention.Keep, Rule: 1, Since: ago(80), ExpiresAt: ago(-10)},
				{Verdict: retention.Expire, Rule: 1, Since: ago(91), ExpiresAt: lifecycletest.Now},
			},
		},
		"RestoredPulled": {
			reason: "The days of a restored image that was not pulled since count from the restoration.",
			rules:  archiveUnpulled,
			images: []retention.Image{
				{Digest: "never", PushedAt: ago(40)},
				{Digest: "pulled", PushedAt: ago(40), LastPulledAt: ago(5)},
				{Digest: "restored", PushedAt: ago(400), LastPulledAt: ago(300), LastActivatedAt: ago(3)},
				{Digest: "pulled since", PushedAt: ago(400), LastPulledAt: ago(40), LastActivatedAt: ago(50)},
			},
			want: []retention.Outcome{
				{Verdict: retention.Transition, Since: ago(40), TransitionsAt: lifecycletest.Now},
				{Verdict: retention.Keep, Since: ago(5), TransitionsAt: ago(-25)},
				{Verdict: retention.Keep, Since: ago(3), TransitionsAt: ago(-27)},
				{Verdict: retention.Transition, Since: ago(40), TransitionsAt: lifecycletest.Now},
			},
		},
		"RestoredAged": {
			reason: "AWS does not say that sinceImagePushed counts from the restoration.",
			rules:  archiveOld,
			images: []retention.Image{{Digest: "a", PushedAt: ago(400), LastActivatedAt: ago(1)}, {Digest: "b", PushedAt: ago(400), LastActivatedAt: ago(40)}},
			want: []retention.Outcome{
				{Verdict: retention.Transition, Since: ago(400), TransitionsAt: lifecycletest.Now, Doubt: retention.DoubtRestored},
				{Verdict: retention.Transition, Since: ago(400), TransitionsAt: lifecycletest.Now},
			},
		},
		"Ages": {
			reason: "A number of days that no calendar reaches never passes.",
			rules:  `[{selection: {tagStatus: any, countType: sinceImagePushed, countUnit: days, countNumber: 9000000000000000000}, action: {type: expire}}]`,
			images: []retention.Image{{Digest: "a", PushedAt: ago(400)}},
			want:   []retention.Outcome{{Verdict: retention.Keep, Since: ago(400)}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, retention.Evaluate(lifecycletest.FromYAML(t, tc.rules), tc.images, lifecycletest.Now)); diff != "" {
				t.Errorf("%s\nEvaluate(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
