package registry_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// A refusal is a spec and the whole message to its author.
type refusal struct {
	reason, spec string

	// input and cluster hold the platform team's settings.
	input, cluster string

	// want is the message or, where the generations differ, claimed and namespaced are. A generation without a message
	// is not tested.
	want, claimed, namespaced string

	// condition is the reason of Valid; empty for InvalidSpec.
	condition string
}

// testRefusals tests refusals in both generations.
func testRefusals(t *testing.T, cases map[string]refusal) {
	t.Helper()
	fntest.Each(t, cases, func(t *testing.T, g managed.Generation, tc refusal) {
		want := tc.want + tc.claimed
		if g.Namespaced {
			want = tc.want + tc.namespaced
		}
		if want == "" {
			return
		}
		rsp := fntest.Run(t, fntest.Request{XR: fntest.Registry{Spec: tc.spec}.XR(t, g), Input: tc.input, Cluster: tc.cluster})
		if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(fntest.Fatal(rsp), "\n")); diff != "" {
			t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
		}
		condition := tc.condition
		if condition == "" {
			condition = "InvalidSpec"
		}
		if got := fntest.Condition(rsp, "Valid"); !strings.HasPrefix(got, "False "+condition+" ") {
			t.Errorf("%s\nwant reason %s, got: %s", tc.reason, condition, got)
		}
	})
}

// TestMessages shows how a message tells faults: all at once, in the order of the spec, each once, with path, value,
// rule and the rule's owner.
func TestMessages(t *testing.T) {
	testRefusals(t, map[string]refusal{
		"InOrder": {
			reason: "Faults are in the order of the spec, whichever stage finds them.",
			spec: `{region: Europe, managementPolicies: [Delete], project: Shop, images: [{name: B, deletionPolicy: Delete}, {name: a, lifecycle: {keepImages: 0}}],
				defaults: {tags: {project: x}}, wrong: 1}`,
			want: `spec.project "Shop": must be at most 63 lower case letters and digits, beginning with a letter, in parts joined by one of . _ - (the API's rule)
spec.region "Europe": must be the name of a region, e.g. eu-west-1 (AWS's rule)
spec.images[0].name "B": must be lower case letters and digits in parts joined by one of . _ - / (AWS's rule)
spec.images[0].deletionPolicy "Delete": repositories may not be deleted with their image: use Orphan (the platform team's rule allowDelete)
spec.images[1].lifecycle.keepImages 0: must be at least 1 (AWS's rule)
spec.defaults.tags[project] "x": is set by the function and cannot be given (the API's rule)
spec.managementPolicies "[Delete]": must be [Observe], [Observe, Create, Update] or [Observe, Create, Update, Delete] (the API's rule)
spec.managementPolicies "Delete": repositories may not be deleted with their image: leave Delete out (the platform team's rule allowDelete)
spec.wrong: unknown field (the API's rule)`,
		},
		"BesideNoCap": {
			reason: "An invalid list of management policies hides no fault of deletionPolicy.",
			spec:   `{region: eu-west-1, managementPolicies: [Observe, Update], images: [{name: web, deletionPolicy: Delete}]}`,
			want: `spec.images[0].deletionPolicy "Delete": repositories may not be deleted with their image: use Orphan (the platform team's rule allowDelete)
spec.managementPolicies "[Observe, Update]": must be [Observe], [Observe, Create, Update] or [Observe, Create, Update, Delete] (the API's rule)`,
		},
		"KeyOfTheDefaults": {
			reason: "A project in another region than the platform team's key reads what it can do itself.",
			spec:   `{region: us-east-1, images: [{name: web}]}`,
			input:  `{defaults: {encryption: {type: KMS, kmsKey: '` + goodKey + `'}}}`,
			want: `input.defaults.encryption.kmsKey "` + goodKey + `": must be a key of the repository's region, us-east-1; ` +
				`in another region than the platform team's, name one in spec.defaults.encryption (AWS's rule)`,
			condition: "InvalidInput",
		},
		"InheritedOnce": {
			reason: "A fault that many images inherit is told once, at its layer.",
			spec:   "region: eu-west-1\ndefaults: {encryption: {type: KMS, kmsKey: 'arn:aws:kms:us-east-1:123456789012:key/x'}}\nimages:\n" + manyImages(50, ""),
			want:   `spec.defaults.encryption.kmsKey "arn:aws:kms:us-east-1:123456789012:key/x": must be a key of the repository's region, eu-west-1 (AWS's rule)`,
		},
		"TagsInheritedOnce": {
			reason: "So are too many tags.",
			spec:   "region: eu-west-1\ndefaults: {tags: {" + fewTags(45) + "}}\nimages:\n" + manyImages(50, ""),
			want:   `spec.defaults.tags: 48 tags in all, with those of all layers and the function's own 3; at most 47 are allowed, since the provider adds three to them (AWS's rule)`,
		},
		"TwentyAndMore": {
			reason: "At most twenty faults, and how many more there are.",
			spec:   "region: eu-west-1\nimages:\n" + manyImages(25, ", scanOnPush: 1"),
			want:   twentyOf(25),
		},
		"Twice": {
			reason: "Two images cannot have one name.",
			spec:   `{region: eu-west-1, images: [{name: web}, {name: web}]}`,
			want:   `spec.images[1].name "web": another image has this name (the API's rule)`,
		},
		"Wildcard": {
			reason: "A value has one fault, of the rule that holds in any case.",
			spec:   `{region: eu-west-1, images: [{name: web, pull: {principals: ["*"]}}]}`, input: "guardrails: {pull: {}}",
			want: `spec.images[0].pull.principals[0] "*": may hold no wildcard (* or ?): name each principal, an account or an organization (the API's rule)`,
		},
		"NoAccount": {
			reason: "A value that is no account is not held against the guardrail.",
			spec:   `{region: eu-west-1, images: [{name: web, pull: {accounts: ["123"]}}]}`, input: "guardrails: {pull: {}}",
			want: `spec.images[0].pull.accounts[0] "123": must be an account id: 12 digits (AWS's rule)`,
		},
		"Unwanted": {
			reason: "A guardrail tells what is allowed.",
			spec:   `{region: eu-west-1, images: [{name: web, pull: {accounts: ["222233334444"]}}]}`, input: "guardrails: {pull: {}}",
			want:      `spec.images[0].pull.accounts[0] "222233334444": pull may not be granted to this account; none is (the platform team's rule pull)`,
			condition: "GuardrailViolation",
		},
	})
}

func fewTags(n int) string {
	tags := make([]string, n)
	for i := range tags {
		tags[i] = fmt.Sprintf("tag-%d: x", i)
	}
	return strings.Join(tags, ", ")
}

func twentyOf(n int) string {
	b := &strings.Builder{}
	for i := range 20 {
		fmt.Fprintf(b, "spec.images[%d].scanOnPush 1: must be true or false (the API's rule)\n", i)
	}
	fmt.Fprintf(b, "and %d more", n-20)
	return b.String()
}

// TestEventsOnChange shows that there is an event only when something changed.
func TestEventsOnChange(t *testing.T) {
	run := func(conditions any) []string {
		status, err := yaml.Marshal(map[string]any{"conditions": conditions})
		if err != nil {
			t.Fatal(err)
		}
		rsp := fntest.Run(t, fntest.Request{XR: fntest.Registry{Spec: `{region: eu-west-1, images: [{name: Web}]}`, Status: string(status)}.XR(t, managed.Claimed)})
		var events []string
		for _, r := range rsp.GetResults() {
			events = append(events, r.GetSeverity().String()+" "+r.GetTarget().String())
		}
		return events
	}
	const message = `spec.images[0].name "Web": must be lower case letters and digits in parts joined by one of . _ - / (AWS's rule)`
	fatal := "SEVERITY_FATAL TARGET_COMPOSITE"
	warning := "SEVERITY_WARNING TARGET_COMPOSITE_AND_CLAIM"
	valid := func(reason, message string) []any {
		return []any{map[string]any{"type": "Valid", "status": "False", "reason": reason, "message": message}}
	}
	for name, tc := range map[string]struct {
		reason string
		before any
		want   []string
	}{
		"First":        {reason: "There was no condition yet.", want: []string{warning, fatal}},
		"Same":         {reason: "The condition says so already.", before: valid("InvalidSpec", message), want: []string{fatal}},
		"OtherMessage": {reason: "The condition said something else.", before: valid("InvalidSpec", "other"), want: []string{warning, fatal}},
		"OtherReason":  {reason: "The condition had another reason.", before: valid("InternalError", message), want: []string{warning, fatal}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, run(tc.before)); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
