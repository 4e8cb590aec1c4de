package lifecycle_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
)

// TestExamples shows that examples of AWS's user guide are read, accepted and written as AWS writes them:
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_examples.html
func TestExamples(t *testing.T) {
	cases := map[string]struct {
		reason string
		text   string
	}{
		"ImageAge": {
			reason: "Filtering on image age.",
			text:   `{"rules":[{"rulePriority":1,"description":"Expire images older than 14 days","selection":{"tagStatus":"tagged","tagPatternList":["prod*"],"countType":"sinceImagePushed","countUnit":"days","countNumber":14},"action":{"type":"expire"}}]}`,
		},
		"LastPulledTime": {
			reason: "Filtering on last pulled time.",
			text:   `{"rules":[{"rulePriority":1,"description":"Archive images not pulled in 90 days","selection":{"tagStatus":"any","countType":"sinceImagePulled","countUnit":"days","countNumber":90},"action":{"type":"transition","targetStorageClass":"archive"}}]}`,
		},
		"ArchiveTransitionTime": {
			reason: "Filtering on archive transition time.",
			text:   `{"rules":[{"rulePriority":1,"description":"Expire images archived for more than 365 days","selection":{"tagStatus":"any","storageClass":"archive","countType":"sinceImageTransitioned","countUnit":"days","countNumber":365},"action":{"type":"expire"}}]}`,
		},
		"ImageCount": {
			reason: "Filtering on image count.",
			text:   `{"rules":[{"rulePriority":1,"description":"Keep only one untagged image, expire all others","selection":{"tagStatus":"untagged","countType":"imageCountMoreThan","countNumber":1},"action":{"type":"expire"}}]}`,
		},
		"ArchiveByAge": {
			reason: "Archiving images older than a specified number of days.",
			text:   `{"rules":[{"rulePriority":1,"description":"Archive production images older than 30 days","selection":{"tagStatus":"tagged","tagPatternList":["prod*"],"countType":"sinceImagePushed","countUnit":"days","countNumber":30},"action":{"type":"transition","targetStorageClass":"archive"}}]}`,
		},
		"ArchiveAndExpire": {
			reason: "Combining archive and expire rules: a rule over any images for each storage class.",
			text: `{"rules":[{"rulePriority":1,"description":"Archive images older than 30 days","selection":{"tagStatus":"any","countType":"sinceImagePushed","countUnit":"days","countNumber":30},"action":{"type":"transition","targetStorageClass":"archive"}},` +
				`{"rulePriority":2,"description":"Expire images archived for more than 365 days","selection":{"tagStatus":"any","storageClass":"archive","countType":"sinceImageTransitioned","countUnit":"days","countNumber":365},"action":{"type":"expire"}}]}`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rules, ok := lifecycle.Parse(tc.text)
			if !ok {
				t.Fatalf("%s\nParse(...): want a policy, got none", tc.reason)
			}
			if l := lifecycle.Validate(rules, rulesPath); len(l) > 0 {
				t.Errorf("%s\nValidate(...): want no fault, got:\n%s", tc.reason, l.Message())
			}
			if diff := cmp.Diff(tc.text, lifecycle.Policy(rules)); diff != "" {
				t.Errorf("%s\nPolicy(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
