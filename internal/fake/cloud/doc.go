// Package cloud is a fake AWS account: what a stand-in provider creates is kept here, and stays when the managed
// resource that created it is gone. So tests observe what was orphaned, adopted or deleted, and do not assume it.
//
// It knows just enough of ECR and IAM to surprise where AWS does: a repository that holds images is not deleted, a policy
// needs its repository, a role name is unique. Every change is written to a journal, with its time, so that a test can prove
// that something was there all along, or that nobody else was touched.
package cloud
