// Package retention evaluates lifecycle policies of ECR: what a policy does with the images of a repository, now and as
// time passes.
package retention
