package lifecycle

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"sigs.k8s.io/yaml"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
)

// An image as far as lifecycle rules see it. Ages are in days; pulled and archived
// are the days since, and those since the push where that never happened.
type image struct {
	name     string
	tags     []string
	class    string
	pushed   float64
	pulled   float64
	archived float64
}

// preview returns the rule that acts on each image by the model, by the image's name. Of
// images with one age the later in the list is the newer.
func preview(rules []v1alpha1.LifecycleRule, images []image) map[string]int {
	acts := map[string]int{}
	for digest, m := range modelMarks(rules, repository(images), testTime) {
		acts[digest] = m.rule
	}
	return acts
}

// testTime is the time at which tests evaluate policies.
var testTime = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// repository returns the images as of testTime.
func repository(images []image) []Image {
	ago := func(days float64) time.Time { return testTime.Add(-time.Duration(days * float64(24*time.Hour))) }
	out := make([]Image, len(images))
	for i, im := range images {
		out[i] = Image{Digest: im.name, Tags: im.tags, PushedAt: ago(im.pushed), LastPulledAt: ago(im.pulled)}
		if im.class == archive {
			out[i].Archived, out[i].LastArchivedAt = true, ago(im.archived)
		}
	}
	return out
}

// fromYAML reads rules as a team writes them.
func fromYAML(t *testing.T, text string) []v1alpha1.LifecycleRule {
	t.Helper()
	rules := []v1alpha1.LifecycleRule{}
	if err := yaml.UnmarshalStrict([]byte(text), &rules); err != nil {
		t.Fatalf("cannot read the rules of the test: %v\n%s", err, text)
	}
	return rules
}

// taggedImage returns an image of the standard storage class.
func taggedImage(name string, pushed float64, tags ...string) image {
	return image{name: name, tags: tags, class: "standard", pushed: pushed, pulled: pushed, archived: pushed}
}

// TestWorkedExamples reproduces the examples of AWS's user guide that give images and
// what becomes of them:
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_examples.html
func TestWorkedExamples(t *testing.T) {
	prodBeta := []image{taggedImage("A", 10, "beta-1", "prod-1"), taggedImage("B", 9, "beta-2", "prod-2"), taggedImage("C", 8, "beta-3")}
	count := func(n int, description, tags string) string {
		return fmt.Sprintf(`{"rulePriority":%d,"description":%q,"selection":{%s,"countType":"imageCountMoreThan","countNumber":1},"action":{"type":"expire"}}`, n, description, tags)
	}

	cases := map[string]struct {
		reason string
		rules  string
		images []image
		text   string
		want   []string
	}{
		"MultipleRulesA": {
			reason: "An image that rule 1 keeps is claimed by it: rule 2 can't expire B.",
			rules: `
- {description: Rule 1, selection: {tagStatus: tagged, tagPatternList: ["prod*"], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}
- {description: Rule 2, selection: {tagStatus: tagged, tagPatternList: ["beta*"], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}`,
			images: prodBeta,
			text: `{"rules":[` + count(1, "Rule 1", `"tagStatus":"tagged","tagPatternList":["prod*"]`) + "," +
				count(2, "Rule 2", `"tagStatus":"tagged","tagPatternList":["beta*"]`) + `]}`,
			want: []string{"A"},
		},
		"MultipleRulesB": {
			reason: "In the other order rule 1 sees every image.",
			rules: `
- {description: Rule 1, selection: {tagStatus: tagged, tagPatternList: ["beta*"], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}
- {description: Rule 2, selection: {tagStatus: tagged, tagPatternList: ["prod*"], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}`,
			images: prodBeta,
			text: `{"rules":[` + count(1, "Rule 1", `"tagStatus":"tagged","tagPatternList":["beta*"]`) + "," +
				count(2, "Rule 2", `"tagStatus":"tagged","tagPatternList":["prod*"]`) + `]}`,
			want: []string{"A", "B"},
		},
		"MultipleTagsA": {
			reason: "An image must match all patterns of a list.",
			rules:  `[{description: Rule 1, selection: {tagStatus: tagged, tagPatternList: ["alpha*", "beta*"], countType: sinceImagePushed, countNumber: 5, countUnit: days}, action: {type: expire}}]`,
			images: []image{
				taggedImage("A", 12, "alpha-1"), taggedImage("B", 11, "beta-1"), taggedImage("C", 10, "alpha-2", "beta-2"),
				taggedImage("D", 4, "alpha-3"), taggedImage("E", 3, "beta-3"), taggedImage("F", 2, "alpha-4", "beta-4"),
			},
			text: `{"rules":[{"rulePriority":1,"description":"Rule 1","selection":{"tagStatus":"tagged","tagPatternList":["alpha*","beta*"],"countType":"sinceImagePushed","countUnit":"days","countNumber":5},"action":{"type":"expire"}}]}`,
			want: []string{"C"},
		},
		"MultipleTagsB": {
			reason: "Further tags of an image do not matter.",
			rules:  `[{description: Rule 1, selection: {tagStatus: tagged, tagPatternList: ["alpha*", "beta*"], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
			images: []image{taggedImage("A", 10, "alpha-1", "beta-1", "gamma-1"), taggedImage("B", 9, "alpha-2", "beta-2"), taggedImage("C", 8, "alpha-3", "beta-3", "gamma-2")},
			text:   `{"rules":[` + count(1, "Rule 1", `"tagStatus":"tagged","tagPatternList":["alpha*","beta*"]`) + `]}`,
			want:   []string{"A", "B"},
		},
		"AllImagesA": {
			reason: "A rule over any image counts untagged ones too.",
			rules:  `[{description: Rule 1, selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
			images: []image{taggedImage("A", 4, "alpha-1"), taggedImage("B", 3, "beta-1"), taggedImage("C", 2), taggedImage("D", 1, "alpha-2")},
			text:   `{"rules":[` + count(1, "Rule 1", `"tagStatus":"any"`) + `]}`,
			want:   []string{"A", "B", "C"},
		},
		"AllImagesB": {
			reason: "A later rule still counts what earlier rules claim: D is not the newest. An image of one day is not older than one day: E stays.",
			rules: `
- {description: Rule 1, selection: {tagStatus: tagged, tagPatternList: ["alpha*"], countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}
- {description: Rule 2, selection: {tagStatus: untagged, countType: sinceImagePushed, countUnit: days, countNumber: 1}, action: {type: expire}}
- {description: Rule 3, selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}`,
			images: []image{taggedImage("A", 4, "alpha-1", "beta-1"), taggedImage("B", 3), taggedImage("C", 2, "alpha-2"), taggedImage("D", 1, "git hash"), taggedImage("E", 1-1e-6)},
			text: `{"rules":[` + count(1, "Rule 1", `"tagStatus":"tagged","tagPatternList":["alpha*"]`) + "," +
				`{"rulePriority":2,"description":"Rule 2","selection":{"tagStatus":"untagged","countType":"sinceImagePushed","countUnit":"days","countNumber":1},"action":{"type":"expire"}},` +
				count(3, "Rule 3", `"tagStatus":"any"`) + `]}`,
			want: []string{"A", "B", "D"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rules := fromYAML(t, tc.rules)
			modelled := slices.Sorted(maps.Keys(preview(rules, tc.images)))
			if diff := cmp.Diff(tc.want, modelled); diff != "" {
				t.Errorf("%s\npreview(...): -want, +got:\n%s", tc.reason, diff)
			}
			got := []string{}
			for i, o := range Evaluate(rules, repository(tc.images), testTime) {
				if o.Verdict == Expire {
					got = append(got, tc.images[i].name)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\nEvaluate(...): -want, +got:\n%s", tc.reason, diff)
			}
			checkAWSExample(t, rules, tc.text)
		})
	}
}

// TestExamples renders the other examples of AWS's user guide.
func TestExamples(t *testing.T) {
	cases := map[string]struct {
		reason string
		rules  string
		text   string
	}{
		"ImageAge": {
			reason: "Filtering on image age.",
			rules:  `[{description: Expire images older than 14 days, selection: {tagStatus: tagged, tagPatternList: ["prod*"], countType: sinceImagePushed, countUnit: days, countNumber: 14}, action: {type: expire}}]`,
			text:   `{"rules":[{"rulePriority":1,"description":"Expire images older than 14 days","selection":{"tagStatus":"tagged","tagPatternList":["prod*"],"countType":"sinceImagePushed","countUnit":"days","countNumber":14},"action":{"type":"expire"}}]}`,
		},
		"LastPulledTime": {
			reason: "Filtering on last pulled time.",
			rules:  `[{description: Archive images not pulled in 90 days, selection: {tagStatus: any, countType: sinceImagePulled, countUnit: days, countNumber: 90}, action: {type: transition, targetStorageClass: archive}}]`,
			text:   `{"rules":[{"rulePriority":1,"description":"Archive images not pulled in 90 days","selection":{"tagStatus":"any","countType":"sinceImagePulled","countUnit":"days","countNumber":90},"action":{"type":"transition","targetStorageClass":"archive"}}]}`,
		},
		"ArchiveTransitionTime": {
			reason: "Filtering on archive transition time.",
			rules:  `[{description: Expire images archived for more than 365 days, selection: {tagStatus: any, storageClass: archive, countType: sinceImageTransitioned, countUnit: days, countNumber: 365}, action: {type: expire}}]`,
			text:   `{"rules":[{"rulePriority":1,"description":"Expire images archived for more than 365 days","selection":{"tagStatus":"any","storageClass":"archive","countType":"sinceImageTransitioned","countUnit":"days","countNumber":365},"action":{"type":"expire"}}]}`,
		},
		"ImageCount": {
			reason: "Filtering on image count.",
			rules:  `[{description: "Keep only one untagged image, expire all others", selection: {tagStatus: untagged, countType: imageCountMoreThan, countNumber: 1}, action: {type: expire}}]`,
			text:   `{"rules":[{"rulePriority":1,"description":"Keep only one untagged image, expire all others","selection":{"tagStatus":"untagged","countType":"imageCountMoreThan","countNumber":1},"action":{"type":"expire"}}]}`,
		},
		"ArchiveByAge": {
			reason: "Archiving images older than a specified number of days.",
			rules:  `[{description: Archive production images older than 30 days, selection: {tagStatus: tagged, tagPatternList: ["prod*"], countType: sinceImagePushed, countUnit: days, countNumber: 30}, action: {type: transition, targetStorageClass: archive}}]`,
			text:   `{"rules":[{"rulePriority":1,"description":"Archive production images older than 30 days","selection":{"tagStatus":"tagged","tagPatternList":["prod*"],"countType":"sinceImagePushed","countUnit":"days","countNumber":30},"action":{"type":"transition","targetStorageClass":"archive"}}]}`,
		},
		"ArchiveAndExpire": {
			reason: "Combining archive and expire rules: a rule over any image for each storage class.",
			rules: `
- {description: Archive images older than 30 days, selection: {tagStatus: any, countType: sinceImagePushed, countUnit: days, countNumber: 30}, action: {type: transition, targetStorageClass: archive}}
- {description: Expire images archived for more than 365 days, selection: {tagStatus: any, storageClass: archive, countType: sinceImageTransitioned, countUnit: days, countNumber: 365}, action: {type: expire}}`,
			text: `{"rules":[{"rulePriority":1,"description":"Archive images older than 30 days","selection":{"tagStatus":"any","countType":"sinceImagePushed","countUnit":"days","countNumber":30},"action":{"type":"transition","targetStorageClass":"archive"}},` +
				`{"rulePriority":2,"description":"Expire images archived for more than 365 days","selection":{"tagStatus":"any","storageClass":"archive","countType":"sinceImageTransitioned","countUnit":"days","countNumber":365},"action":{"type":"expire"}}]}`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) { checkAWSExample(t, fromYAML(t, tc.rules), tc.text) })
	}
}

// checkAWSExample checks that rules are accepted, are written as AWS writes them, and
// are what is read back.
func checkAWSExample(t *testing.T, rules []v1alpha1.LifecycleRule, text string) {
	t.Helper()
	if l := Validate(rules, rulesPath); len(l) > 0 {
		t.Errorf("Validate(...): want no fault, got:\n%s", l.Message())
	}
	if diff := cmp.Diff(text, Policy(rules)); diff != "" {
		t.Errorf("Policy(...): -want, +got:\n%s", diff)
	}
	got, ok := Parse(text)
	if !ok {
		t.Fatalf("Parse(...): want a policy, got none")
	}
	if diff := cmp.Diff(rules, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("Parse(...): -want, +got:\n%s", diff)
	}
}
