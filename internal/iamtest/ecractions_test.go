package iamtest

import (
	"slices"
	"strings"
	"testing"
)

func TestECRActions(t *testing.T) {
	actions := ECRActions()
	if !slices.IsSortedFunc(actions, func(a, b ECRAction) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("the actions are not sorted")
	}
	seen := map[string]bool{}
	for _, a := range actions {
		if seen[a.Name] || !requestActionPattern.MatchString(a.Name) || !strings.HasPrefix(a.Name, "ecr:") {
			t.Errorf("%q occurs twice or is not an ECR action", a.Name)
		}
		seen[a.Name] = true
	}
	const repo = "arn:aws:ecr:eu-west-1:111122223333:repository/a"
	cases := map[string]struct {
		reason string
		name   string
		want   ECRAction
		on     string
	}{
		"Read":       {reason: "resource repository*", name: "ecr:BatchGetImage", want: ECRAction{Name: "ecr:BatchGetImage", Resource: "repository", Access: AccessRead}, on: repo},
		"List":       {reason: "resource repository*", name: "ecr:DescribeImages", want: ECRAction{Name: "ecr:DescribeImages", Resource: "repository", Access: AccessList}, on: repo},
		"Write":      {reason: "resource repository*", name: "ecr:PutImage", want: ECRAction{Name: "ecr:PutImage", Resource: "repository", Access: AccessWrite}, on: repo},
		"Permission": {reason: "permission only, resource repository*", name: "ecr:ReplicateImage", want: ECRAction{Name: "ecr:ReplicateImage", Resource: "repository", Access: AccessWrite}, on: repo},
		"Policy":     {reason: "permissions management", name: "ecr:SetRepositoryPolicy", want: ECRAction{Name: "ecr:SetRepositoryPolicy", Resource: "repository", Access: AccessPermissionsManagement}, on: repo},
		"Tag":        {reason: "tagging", name: "ecr:TagResource", want: ECRAction{Name: "ecr:TagResource", Resource: "repository", Access: AccessTagging}, on: repo},
		"Token":      {reason: "no resource", name: "ecr:GetAuthorizationToken", want: ECRAction{Name: "ecr:GetAuthorizationToken", Resource: "*", Access: AccessRead}, on: "*"},
		"Registry":   {reason: "no resource", name: "ecr:PutRegistryPolicy", want: ECRAction{Name: "ecr:PutRegistryPolicy", Resource: "*", Access: AccessPermissionsManagement}, on: "*"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			i := slices.IndexFunc(actions, func(a ECRAction) bool { return a.Name == tc.name })
			if i < 0 {
				t.Fatalf("%s is missing", tc.name)
			}
			if d := diff(tc.want, actions[i]); d != "" {
				t.Errorf("%s: -want, +got:\n%s", tc.reason, d)
			}
			if d := diff(tc.on, actions[i].ResourceFor(repo)); d != "" {
				t.Errorf("ResourceFor: -want, +got:\n%s", d)
			}
		})
	}
}
