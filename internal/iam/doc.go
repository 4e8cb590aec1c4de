// Package iam reads IAM and ECR policies and decides what they allow, as the IAM User Guide and the ECR User
// Guide document it. It needs no AWS account: the policies are texts, and the caller says who asks for what.
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
// A Result holds a Finding for each statement: whether it matches the request and, if not, which element or
// condition does not, with the expected and the actual value.
//
// The package knows the elements and condition operators that occur in ECR policies and in the trust and
// permission policies of roles. What it does not know (NotPrincipal, policy variables, operators for numbers,
// dates, addresses and binary data, elements that AWS does not document) is an error of Parse, never a guess.
// So is what AWS accepts but a policy cannot mean, such as an empty list.
//
// Not modelled: permissions boundaries, session policies, service and resource control policies, VPC endpoint
// policies. All of them only take permissions away.
//
// Names in parentheses, such as (reference_policies_grammar), are pages of the IAM User Guide:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
package iam
