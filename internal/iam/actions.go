package iam

import (
	"slices"
	"strings"
)

// An Action is an action of Amazon ECR.
type Action struct {
	// Name is the action with its prefix, such as ecr:PutImage.
	Name string

	// OnRepository reports whether AWS evaluates the action on a repository. AWS evaluates other actions on *.
	OnRepository bool
}

// ResourceFor returns the resource on which AWS evaluates the action for a repository: its ARN, or *.
func (a Action) ResourceFor(repositoryARN string) string {
	if a.OnRepository {
		return repositoryARN
	}
	return "*"
}

// ECRActions returns every action of Amazon ECR, sorted by name.
//
// Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon Elastic Container
// Registry" (list_amazonelasticcontainerregistry), 60 actions as of 26 September 2026. The four actions on replication
// backfills are newer: they are operations of the API (aws-sdk-go-v2/service/ecr v1.67.5). ListImageReferrers is an
// operation but not an action: ecr:BatchGetImage authorises it.
func ECRActions() []Action { return slices.Clone(ecrActions) }

// ECRAction returns an action of ECR by its name. Names are not case-sensitive.
func ECRAction(name string) (Action, bool) {
	i, ok := ecrIndex[strings.ToLower(name)]
	if !ok {
		return Action{}, false
	}
	return ecrActions[i], true
}

// ecrIndex has the index in ecrActions of each action by its name in lower case.
var ecrIndex = func() map[string]int {
	index := map[string]int{}
	for i, a := range ecrActions {
		index[strings.ToLower(a.Name)] = i
	}
	return index
}()

const (
	onRepository = true
	onRegistry   = false
)

var ecrActions = []Action{
	{"ecr:BatchCheckLayerAvailability", onRepository},
	{"ecr:BatchDeleteImage", onRepository},
	{"ecr:BatchGetImage", onRepository},
	{"ecr:BatchGetRepositoryScanningConfiguration", onRepository},
	{"ecr:BatchImportUpstreamImage", onRepository},
	{"ecr:CompleteLayerUpload", onRepository},
	{"ecr:CreatePullThroughCacheRule", onRegistry},
	{"ecr:CreateRepository", onRepository},
	{"ecr:CreateRepositoryCreationTemplate", onRegistry},
	{"ecr:DeleteLifecyclePolicy", onRepository},
	{"ecr:DeletePullThroughCacheRule", onRegistry},
	{"ecr:DeleteRegistryPolicy", onRegistry},
	{"ecr:DeleteRepository", onRepository},
	{"ecr:DeleteRepositoryCreationTemplate", onRegistry},
	{"ecr:DeleteRepositoryPolicy", onRepository},
	{"ecr:DeleteSigningConfiguration", onRegistry},
	{"ecr:DeregisterPullTimeUpdateExclusion", onRegistry},
	{"ecr:DescribeImageReplicationStatus", onRepository},
	{"ecr:DescribeImageScanFindings", onRepository},
	{"ecr:DescribeImageSigningStatus", onRepository},
	{"ecr:DescribeImages", onRepository},
	{"ecr:DescribePullThroughCacheRules", onRegistry},
	{"ecr:DescribeRegistry", onRegistry},
	{"ecr:DescribeReplicationBackfillResults", onRegistry},
	{"ecr:DescribeRepositories", onRepository},
	{"ecr:DescribeRepositoryCreationTemplates", onRegistry},
	{"ecr:GetAccountSetting", onRegistry},
	{"ecr:GetAuthorizationToken", onRegistry},
	{"ecr:GetDownloadUrlForLayer", onRepository},
	{"ecr:GetImageCopyStatus", onRepository},
	{"ecr:GetLifecyclePolicy", onRepository},
	{"ecr:GetLifecyclePolicyPreview", onRepository},
	{"ecr:GetRegistryPolicy", onRegistry},
	{"ecr:GetRegistryScanningConfiguration", onRegistry},
	{"ecr:GetRepositoryPolicy", onRepository},
	{"ecr:GetSigningConfiguration", onRegistry},
	{"ecr:InitiateLayerUpload", onRepository},
	{"ecr:ListImages", onRepository},
	{"ecr:ListPullTimeUpdateExclusions", onRegistry},
	{"ecr:ListReplicationBackfills", onRegistry},
	{"ecr:ListTagsForResource", onRepository},
	{"ecr:PutAccountSetting", onRegistry},
	{"ecr:PutImage", onRepository},
	{"ecr:PutImageScanningConfiguration", onRepository},
	{"ecr:PutImageTagMutability", onRepository},
	{"ecr:PutLifecyclePolicy", onRepository},
	{"ecr:PutRegistryPolicy", onRegistry},
	{"ecr:PutRegistryScanningConfiguration", onRegistry},
	{"ecr:PutReplicationConfiguration", onRegistry},
	{"ecr:PutSigningConfiguration", onRegistry},
	{"ecr:RegisterPullTimeUpdateExclusion", onRegistry},
	{"ecr:ReplicateImage", onRepository},
	{"ecr:SetRepositoryPolicy", onRepository},
	{"ecr:StartImageScan", onRepository},
	{"ecr:StartLifecyclePolicyPreview", onRepository},
	{"ecr:StartReplicationBackfill", onRegistry},
	{"ecr:StopReplicationBackfill", onRegistry},
	{"ecr:TagResource", onRepository},
	{"ecr:UntagResource", onRepository},
	{"ecr:UpdateImageStorageClass", onRepository},
	{"ecr:UpdatePullThroughCacheRule", onRegistry},
	{"ecr:UpdateRepositoryCreationTemplate", onRegistry},
	{"ecr:UploadLayerPart", onRepository},
	{"ecr:ValidatePullThroughCacheRule", onRegistry},
}
