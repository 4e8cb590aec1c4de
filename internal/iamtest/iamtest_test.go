package iamtest

import (
	"strings"
	"testing"

	"github.com/ontopix/crossplane-ecr/internal/iam"
)

func TestCheckGitHubTrust(t *testing.T) {
	for _, tc := range []struct {
		name, reason, issuer, condition string
		want                            bool
	}{
		{"Subject", "The subject is tested.", iam.GitHubIssuer, `{"StringEquals":{"$:sub":"repo:octo/api:pull_request"}}`, true},
		{"Workflow", "IAM's message names job_workflow_ref.", iam.GitHubIssuer, `{"StringLike":{"$:job_workflow_ref":"octo/x/*"}}`, true},
		{"Textual", "The check is textual: repo:* is accepted.", iam.GitHubIssuer, `{"StringLike":{"$:sub":"repo:*"}}`, true},
		{"Audience", "The audience does not say who it is.", iam.GitHubIssuer, `{"StringEquals":{"$:aud":"sts.amazonaws.com"}}`, false},
		{"Wildcard", "A bare wildcard admits everyone.", iam.GitHubIssuer, `{"StringLike":{"$:sub":["repo:octo/*","*"]}}`, false},
		{"Negated", "A negated operator does not limit who is admitted.", iam.GitHubIssuer, `{"StringNotLike":{"$:sub":"repo:a/*"}}`, false},
		{"Set", "A set operator is true if the key is absent.", iam.GitHubIssuer, `{"ForAllValues:StringLike":{"$:sub":"repo:a/*"}}`, false},
		{"IfExists", "IfExists is true if the key is absent.", iam.GitHubIssuer, `{"StringLikeIfExists":{"$:sub":"repo:a/*"}}`, false},
		{"Server", "A server's tokens follow the same rule here.", iam.GHESIssuer("git.example.com"), `{"StringEquals":{"$:aud":"x"}}`, false},
		{
			"ServerWorkflow", "STS does not read a server's job_workflow_ref.", iam.GHESIssuer("git.example.com"),
			`{"StringLike":{"$:job_workflow_ref":"a/*"}}`, false,
		},
		{"NotGitHub", "A private provider needs no claim.", "https://gitlab.example.com", `{"StringEquals":{"$:aud":"x"}}`, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d, err := iam.Parse(iam.TrustPolicy, `{"Statement":{"Effect":"Allow","Principal":{"Federated":"`+
				iam.ProviderARN("aws", "111122223333", tc.issuer)+`"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":`+
				strings.ReplaceAll(tc.condition, "$", strings.TrimPrefix(tc.issuer, "https://"))+`}}`)
			if err != nil {
				t.Fatal(err)
			}
			if err := CheckGitHubTrust(d); (err == nil) != tc.want {
				t.Errorf("%s\nwant accepted %t, got: %v", tc.reason, tc.want, err)
			}
		})
	}
}

func TestCanonical(t *testing.T) {
	const canonical = `{"Version":"2012-10-17","Statement":[{"Sid":"<&>","Effect":"Allow","Action":["b","a"],` +
		`"Condition":{"A":{"x":"1"},"B":{"y":"2"}}}]}`
	for _, tc := range []struct {
		name, reason, from, to string
		want                   bool
	}{
		{"Same", "The text is canonical.", "", "", true},
		{"Lists", "Lists keep their order.", `"b","a"`, `"a","b"`, true},
		{"WhiteSpace", "The text is compact.", `,"Effect"`, `, "Effect"`, false},
		{"Escape", "Nothing is escaped without need.", `<`, `\u003c`, false},
		{"Elements", "Elements have AWS's order.", `"Sid":"<&>","Effect":"Allow"`, `"Effect":"Allow","Sid":"<&>"`, false},
		{"Operators", "Operators are sorted.", `"A":{"x":"1"},"B":{"y":"2"}`, `"B":{"y":"2"},"A":{"x":"1"}`, false},
		{"Unknown", "No other elements.", `"Effect"`, `"Effects"`, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if err := Canonical(strings.Replace(canonical, tc.from, tc.to, 1)); (err == nil) != tc.want {
				t.Errorf("%s\nwant canonical %t, got: %v", tc.reason, tc.want, err)
			}
		})
	}
}
