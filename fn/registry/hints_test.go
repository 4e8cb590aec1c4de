package registry_test

import "testing"

// TestHints shows that a message says what to write if it is clear what the author means.
func TestHints(t *testing.T) {
	testRefusals(t, map[string]refusal{
		"RulePriority": {
			reason: "Policies pasted from AWS or Terraform have it.",
			spec: `{region: eu-west-1, images: [{name: web, lifecycle: {rules: [{rulePriority: 1,
				selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 10}, action: {type: expire}}]}}]}`,
			want: "spec.images[0].lifecycle.rules[0].rulePriority: unknown field: the order of the list is the priority: leave it out (the API's rule)",
		},
		"Unquoted": {
			reason: "YAML reads an unquoted account as a number.",
			spec:   `{region: eu-west-1, images: [{name: web, pull: {accounts: [10987654321]}}]}`,
			want:   "spec.images[0].pull.accounts[0] 10987654321: must be a string: quote it (the API's rule)",
		},
		"Huge": {
			reason: "A message repeats a number as short as it is written.",
			spec:   `{region: 1e300, images: [{name: web}]}`,
			want:   "spec.region 1e+300: must be a string: quote it (the API's rule)",
		},
		"Quoted": {
			reason: "YAML reads a quoted value as text.",
			spec:   `{region: eu-west-1, images: [{name: web, scanOnPush: "True"}]}`,
			want:   `spec.images[0].scanOnPush "True": must be true or false: leave out the quotes (the API's rule)`,
		},
		"Type": {
			reason: "An encryption is an object with a type.",
			spec:   `{region: eu-west-1, images: [{name: web, encryption: KMS}]}`,
			want:   "spec.images[0].encryption \"KMS\": must be an object: write `type: KMS` (the API's rule)",
		},
		"Accounts": {
			reason: "Pull is an object of accounts, organizations and principals.",
			spec:   `{region: eu-west-1, images: [{name: web, pull: ["111122223333"]}]}`,
			want:   "spec.images[0].pull [\"111122223333\"]: must be an object: write `accounts: [...]` (the API's rule)",
		},
		"ByName": {
			reason: "Images are a list, not an object with a key for each.",
			spec:   `{region: eu-west-1, images: {web: {}}}`,
			want:   "spec.images {\"web\":{}}: must be a list: write `- name: web` (the API's rule)",
		},
		"Pairs": {
			reason: "AWS's tags are pairs of keys and values.",
			spec:   `{region: eu-west-1, images: [{name: web, tags: [{Key: a, Value: b}]}]}`,
			want:   "spec.images[0].tags [{\"Key\":\"a\",\"Value\":\"b\"}]: must be an object of keys and values: write `a: b` (the API's rule)",
		},
		"OneAccount": {
			reason: "A value that YAML would read as a number stays in quotes.",
			spec:   `{region: eu-west-1, images: [{name: web, pull: {accounts: "111122223333"}}]}`,
			want:   "spec.images[0].pull.accounts \"111122223333\": must be a list: write `- \"111122223333\"` (the API's rule)",
		},
		"Everybody": {
			reason: "If nothing can be guessed, the fields are listed.",
			spec:   `{region: eu-west-1, images: [{name: web, pull: all}]}`,
			want:   `spec.images[0].pull "all": must be an object with accounts, organizationIds, principals, lambda (the API's rule)`,
		},
		"Service": {
			reason: "Lambda is the one service.",
			spec:   `{region: eu-west-1, images: [{name: web, pull: {services: [lambda.amazonaws.com]}}]}`,
			want:   `spec.images[0].pull.services: unknown field: write "lambda: true", and its accounts (the API's rule)`,
		},
		"Principal": {
			reason: "In IAM an account is a principal.",
			spec:   `{region: eu-west-1, images: [{name: web, pull: {principals: ["111122223333"]}}]}`,
			want:   `spec.images[0].pull.principals[0] "111122223333": must be the ARN of an IAM role, an IAM user or an account's root: write an account in accounts (AWS's rule)`,
		},
		"Ref": {
			reason: "GitHub's workflows know refs.",
			spec:   `{region: eu-west-1, images: [{name: web}], github: {repositories: [app], ref: refs/heads/main}}`,
			want: `spec.github.ref: unknown field: write branches, tags, environments or pullRequests (the API's rule)
spec.orgAccessRef: required: with github, the org access that the account and the GitHub organisation are taken from (the API's rule)`,
		},
		"Underscores": {
			reason: "Terraform joins the words of AWS's names.",
			spec:   `{region: eu-west-1, images: [{name: web, image_scanning_configuration: {scan_on_push: true}}]}`,
			want:   "spec.images[0].image_scanning_configuration: unknown field: write scanOnPush (the API's rule)",
		},
		"Misplaced": {
			reason: "A setting of repositories is not a field of the project.",
			spec:   `{region: eu-west-1, images: [{name: web}], lifecycle: {keepImages: 5}}`,
			want:   "spec.lifecycle: unknown field: belongs to an image, or to spec.defaults for all images (the API's rule)",
		},
		"Below": {
			reason: "The message tells where a field belongs that is written too high.",
			spec:   `{region: eu-west-1, images: [{name: web, keepImages: 5}]}`,
			want:   "spec.images[0].keepImages: unknown field: belongs to spec.images[0].lifecycle (the API's rule)",
		},
		"Above": {
			reason: "So it does for one that is written too low.",
			spec:   `{region: eu-west-1, images: [{name: web, region: eu-central-1}]}`,
			want:   "spec.images[0].region: unknown field: belongs to spec (the API's rule)",
		},
		"Selection": {
			reason: "AWS's own grammar has levels that are easily missed.",
			spec:   `{region: eu-west-1, images: [{name: web, lifecycle: {rules: [{tagStatus: any, selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 3}, action: {type: expire}}]}}]}`,
			want:   "spec.images[0].lifecycle.rules[0].tagStatus: unknown field: belongs to spec.images[0].lifecycle.rules[0].selection (the API's rule)",
		},
		"CommonWord": {
			reason: "References have a name, too, so nothing can be guessed.",
			spec:   `{name: web, region: eu-west-1, images: [{name: web}]}`,
			want:   "spec.name: unknown field (the API's rule)",
		},
		"Branches": {
			reason: "Fields about GitHub are below github.",
			spec:   `{region: eu-west-1, images: [{name: web}], branches: [main]}`,
			want:   "spec.branches: unknown field: belongs to spec.github (the API's rule)",
		},
		"Repository": {
			reason: "An image is given by its name.",
			spec:   `{region: eu-west-1, images: [{name: web, repository: shop/web}]}`,
			want:   "spec.images[0].repository: unknown field: write name: the repository is <project>/<name> (the API's rule)",
		},
		"Repositories": {
			reason: "The list is called images.",
			spec:   `{region: eu-west-1, images: [{name: web}], repositories: [web]}`,
			want:   "spec.repositories: unknown field: write images: the repositories are <project>/<name>; those of GitHub belong to github.repositories (the API's rule)",
		},
		"Terraform": {
			reason: "Terraform's names are not those of this API.",
			spec:   `{region: eu-west-1, images: [{name: web}], defaults: {encryptionConfiguration: {}}}`,
			want:   "spec.defaults.encryptionConfiguration: unknown field: write encryption, with type and kmsKey (the API's rule)",
		},
		"Names": {
			reason: "An image is an object with a name.",
			spec:   `{region: eu-west-1, images: [web]}`,
			want:   "spec.images[0] \"web\": must be an object: write `- name: web` (the API's rule)",
		},
		"Plural": {
			reason: "A plural may be more than two letters off.",
			spec:   `{region: eu-west-1, images: [{name: web}], github: {repository: web}}`,
			want: `spec.github.repository: unknown field, did you mean "repositories"? (the API's rule)
spec.github.repositories: required: the repositories whose workflows may push (the API's rule)
spec.orgAccessRef: required: with github, the org access that the account and the GitHub organisation are taken from (the API's rule)`,
		},
		"ControlCharacters": {
			reason: "A key cannot add lines or colours to a message.",
			spec:   `{region: eu-west-1, images: [{name: web, tags: {"a\n\e[31mspec.project: approved": 1}}]}`,
			want:   `spec.images[0].tags[a\n\x1b[31mspec.project: approved] 1: must be a string: quote it (the API's rule)`,
		},
	})
}
