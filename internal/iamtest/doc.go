// Package iamtest decides, in tests, what an IAM policy allows: the way AWS's
// enforcement code does, as far as the IAM User Guide and the ECR User Guide
// document it. It exists so that a test can say who gets in and what they can
// do, and never has to compare JSON.
//
//	trust, err := iamtest.Parse(iamtest.TrustPolicy, role.AssumeRolePolicy)
//	result, err := iamtest.EvaluateTrust(trust, roleARN, job.Token())
//	result.Allowed() // may this GitHub job assume the role?
//
//	push, err := iamtest.Parse(iamtest.IdentityPolicy, rolePolicy.Policy)
//	result, err := iamtest.Allowed([]*iamtest.Document{push}, iamtest.ResourcePolicies{}, iamtest.Request{
//		Action:    "ecr:PutImage",
//		Resource:  "arn:aws:ecr:eu-west-1:111122223333:repository/shop/api",
//		Principal: iamtest.RoleSession("arn:aws:iam::111122223333:role/push", "build"),
//	})
//
// A document is parsed strictly: what AWS would refuse, and what AWS would take
// but can only be a mistake in a document that a program wrote (an empty list, an
// element nobody knows), is an error. Where AWS's documentation leaves a point
// open, the comment on the code that decides it says so.
//
// Not modelled: permissions boundaries, session policies, service and resource
// control policies. All of them only take permissions away.
package iamtest
