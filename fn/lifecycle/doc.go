// Package lifecycle knows the lifecycle policies of ECR: what AWS accepts, how it
// writes a policy down, and what may surprise its author. Package retention evaluates policies.
//
// The rules are AWS's:
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutLifecyclePolicy.html
//
// How AWS evaluates a policy, which most of the advice rests on: every rule is
// evaluated against all images of its storage class, then the rules are applied in
// the order of their priority. A rule claims every image that meets its tag
// requirements, whether it acts on it or keeps it, and no rule of a lower priority
// can act on a claimed image; but it still counts it. A list of tags is AND: an
// image needs a matching tag for every entry.
package lifecycle
