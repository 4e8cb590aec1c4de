package iamtest

import (
	"slices"
	"strings"
)

// An AccessLevel is how the Service Authorization Reference classifies an
// action.
type AccessLevel string

// The access levels.
const (
	AccessList                  AccessLevel = "List"
	AccessRead                  AccessLevel = "Read"
	AccessWrite                 AccessLevel = "Write"
	AccessTagging               AccessLevel = "Tagging"
	AccessPermissionsManagement AccessLevel = "Permissions management"
)

// What an ECR action is evaluated on: a repository, or nothing in particular,
// which policies write as *.
const (
	ecrRepository = "repository"
	noResource    = "*"
)

// An ECRAction is one action of the service ecr.
type ECRAction struct {
	// Name is the action with its prefix, such as ecr:PutImage.
	Name string

	// Resource is "repository", or "*" for an action that takes no resource.
	Resource string

	Access AccessLevel
}

// ResourceFor returns what AWS evaluates the action on when it is about this
// repository: the repository's ARN, or *.
func (a ECRAction) ResourceFor(repositoryARN string) string {
	if a.Resource == noResource {
		return noResource
	}
	return repositoryARN
}

// ECRActions returns every action of Amazon ECR, sorted by name.
//
// Source: Service Authorization Reference, "Actions, resources, and condition
// keys for Amazon Elastic Container Registry"
// (list_amazonelasticcontainerregistry), 60 actions as of 26 September 2026.
// The four actions on replication backfills are newer: they are operations of
// the API (aws-sdk-go-v2/service/ecr v1.67.5), which concern the registry.
// ListImageReferrers is an operation but no action: ecr:BatchGetImage
// authorises it.
func ECRActions() []ECRAction { return slices.Clone(ecrActions) }

// ecrResource returns what an action is evaluated on, or nothing for an action
// that is not ECR's.
func ecrResource(action string) string {
	i := slices.IndexFunc(ecrActions, func(a ECRAction) bool { return strings.EqualFold(a.Name, action) })
	if i < 0 {
		return ""
	}
	return ecrActions[i].Resource
}

var ecrActions = []ECRAction{
	{"ecr:BatchCheckLayerAvailability", ecrRepository, AccessRead},
	{"ecr:BatchDeleteImage", ecrRepository, AccessWrite},
	{"ecr:BatchGetImage", ecrRepository, AccessRead},
	{"ecr:BatchGetRepositoryScanningConfiguration", ecrRepository, AccessRead},
	{"ecr:BatchImportUpstreamImage", ecrRepository, AccessWrite},
	{"ecr:CompleteLayerUpload", ecrRepository, AccessWrite},
	{"ecr:CreatePullThroughCacheRule", noResource, AccessWrite},
	{"ecr:CreateRepository", ecrRepository, AccessWrite},
	{"ecr:CreateRepositoryCreationTemplate", noResource, AccessWrite},
	{"ecr:DeleteLifecyclePolicy", ecrRepository, AccessWrite},
	{"ecr:DeletePullThroughCacheRule", noResource, AccessWrite},
	{"ecr:DeleteRegistryPolicy", noResource, AccessPermissionsManagement},
	{"ecr:DeleteRepository", ecrRepository, AccessWrite},
	{"ecr:DeleteRepositoryCreationTemplate", noResource, AccessWrite},
	{"ecr:DeleteRepositoryPolicy", ecrRepository, AccessPermissionsManagement},
	{"ecr:DeleteSigningConfiguration", noResource, AccessWrite},
	{"ecr:DeregisterPullTimeUpdateExclusion", noResource, AccessWrite},
	{"ecr:DescribeImageReplicationStatus", ecrRepository, AccessRead},
	{"ecr:DescribeImageScanFindings", ecrRepository, AccessRead},
	{"ecr:DescribeImageSigningStatus", ecrRepository, AccessRead},
	{"ecr:DescribeImages", ecrRepository, AccessList},
	{"ecr:DescribePullThroughCacheRules", noResource, AccessList},
	{"ecr:DescribeRegistry", noResource, AccessRead},
	{"ecr:DescribeReplicationBackfillResults", noResource, AccessRead},
	{"ecr:DescribeRepositories", ecrRepository, AccessRead},
	{"ecr:DescribeRepositoryCreationTemplates", noResource, AccessRead},
	{"ecr:GetAccountSetting", noResource, AccessRead},
	{"ecr:GetAuthorizationToken", noResource, AccessRead},
	{"ecr:GetDownloadUrlForLayer", ecrRepository, AccessRead},
	{"ecr:GetImageCopyStatus", ecrRepository, AccessRead},
	{"ecr:GetLifecyclePolicy", ecrRepository, AccessRead},
	{"ecr:GetLifecyclePolicyPreview", ecrRepository, AccessRead},
	{"ecr:GetRegistryPolicy", noResource, AccessRead},
	{"ecr:GetRegistryScanningConfiguration", noResource, AccessRead},
	{"ecr:GetRepositoryPolicy", ecrRepository, AccessRead},
	{"ecr:GetSigningConfiguration", noResource, AccessRead},
	{"ecr:InitiateLayerUpload", ecrRepository, AccessWrite},
	{"ecr:ListImages", ecrRepository, AccessList},
	{"ecr:ListPullTimeUpdateExclusions", noResource, AccessList},
	{"ecr:ListReplicationBackfills", noResource, AccessList},
	{"ecr:ListTagsForResource", ecrRepository, AccessRead},
	{"ecr:PutAccountSetting", noResource, AccessWrite},
	{"ecr:PutImage", ecrRepository, AccessWrite},
	{"ecr:PutImageScanningConfiguration", ecrRepository, AccessWrite},
	{"ecr:PutImageTagMutability", ecrRepository, AccessWrite},
	{"ecr:PutLifecyclePolicy", ecrRepository, AccessWrite},
	{"ecr:PutRegistryPolicy", noResource, AccessPermissionsManagement},
	{"ecr:PutRegistryScanningConfiguration", noResource, AccessWrite},
	{"ecr:PutReplicationConfiguration", noResource, AccessWrite},
	{"ecr:PutSigningConfiguration", noResource, AccessWrite},
	{"ecr:RegisterPullTimeUpdateExclusion", noResource, AccessWrite},
	{"ecr:ReplicateImage", ecrRepository, AccessWrite},
	{"ecr:SetRepositoryPolicy", ecrRepository, AccessPermissionsManagement},
	{"ecr:StartImageScan", ecrRepository, AccessWrite},
	{"ecr:StartLifecyclePolicyPreview", ecrRepository, AccessWrite},
	{"ecr:StartReplicationBackfill", noResource, AccessWrite},
	{"ecr:StopReplicationBackfill", noResource, AccessWrite},
	{"ecr:TagResource", ecrRepository, AccessTagging},
	{"ecr:UntagResource", ecrRepository, AccessTagging},
	{"ecr:UpdateImageStorageClass", ecrRepository, AccessWrite},
	{"ecr:UpdatePullThroughCacheRule", noResource, AccessWrite},
	{"ecr:UpdateRepositoryCreationTemplate", noResource, AccessWrite},
	{"ecr:UploadLayerPart", ecrRepository, AccessWrite},
	{"ecr:ValidatePullThroughCacheRule", noResource, AccessRead},
}
