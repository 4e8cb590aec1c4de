// Package cloud is a fake AWS account. It keeps what a fake provider creates, also when the managed resource is gone.
// So tests observe what was orphaned, adopted or deleted, and need not assume it.
//
// It behaves like ECR and IAM where these may surprise: a repository with images is not deleted, a policy needs its
// repository, the name of a role is unique. A journal has every change with its time, so that a test can prove that a
// thing existed all the time, or that nothing else changed.
package cloud
