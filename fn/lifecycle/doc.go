// Package lifecycle reads and writes lifecycle policies of ECR as AWS does, validates them, and advises on what may
// surprise their author. Package retention evaluates them.
//
// The rules are AWS's:
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutLifecyclePolicy.html
//
// Most of the advice rests on how AWS evaluates a policy: it evaluates every rule against all images of the rule's
// storage class, and then applies the rules in the order of their priority. A rule claims every image that meets its
// tag requirements, whether it acts on the image or keeps it. No rule of a lower priority acts on a claimed image, but
// such a rule still counts it. A list of tags is AND: an image needs a matching tag for every entry.
package lifecycle
