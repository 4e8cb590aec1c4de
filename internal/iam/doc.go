// Package iam parses IAM and ECR policies and decides what they allow, as the IAM User Guide and the ECR User Guide
// document it. It needs no AWS account: policies are texts, and a Request names its caller, action and resource.
//
//	trust, err := iam.Parse(iam.TrustPolicy, role.AssumeRolePolicy)
//	result, err := iam.EvaluateTrust(trust, roleARN, job.Token())
//	result.Allowed() // may this GitHub job assume the role?
//
//	push, err := iam.Parse(iam.IdentityPolicy, rolePolicy.Policy)
//	result, err := iam.Evaluate([]*iam.Document{push}, iam.ResourcePolicies{}, iam.Request{
//		Action:    "ecr:PutImage",
//		Resource:  "arn:aws:ecr:eu-west-1:111122223333:repository/shop/api",
//		Principal: iam.RoleSession("arn:aws:iam::111122223333:role/push", "build"),
//	})
//
// A Result has a Finding for each statement: whether it matches the request and, if not, which element or condition
// does not, with the expected and the actual value.
//
// The package knows the elements and condition operators that occur in ECR policies and in the trust and permission
// policies of roles. For others (NotPrincipal, policy variables, operators for numbers, dates, addresses and binary
// data, elements that AWS does not document) Parse returns an error and never guesses. It also refuses what AWS accepts
// but cannot be meant, such as an empty list.
//
// The package does not model permissions boundaries, session policies, service and resource control policies and VPC
// endpoint policies. They only take permissions away.
//
// Names in parentheses, such as (reference_policies_grammar), are pages of the IAM User Guide:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
package iam
