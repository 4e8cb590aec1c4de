// Package account reads ECR in the AWS account of the credentials. No other package calls AWS.
package account

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/smithy-go"
)

// An Account is ECR in one region of an AWS account.
type Account struct{ client *ecr.Client }

// Open finds the credentials and, if region is empty, the region as the AWS CLI does.
func Open(ctx context.Context, region string) (*Account, error) {
	c, err := config.LoadDefaultConfig(ctx, config.WithRegion(region))
	if err != nil {
		return nil, fmt.Errorf("cannot find AWS credentials: %w", err)
	}
	if c.Region == "" {
		return nil, errors.New("no region: set AWS_REGION, or a region in the AWS profile")
	}
	return &Account{client: ecr.NewFromConfig(c)}, nil
}

// pageSize is the maximum number of images that ECR describes at once.
const pageSize = 1000

// Images returns the images of a repository, archived ones included.
func (a *Account) Images(ctx context.Context, repository string) ([]types.ImageDetail, error) {
	in := &ecr.DescribeImagesInput{
		RepositoryName: &repository, MaxResults: aws.Int32(pageSize),
		Filter: &types.DescribeImagesFilter{ImageStatus: types.ImageStatusFilterAny},
	}
	images := []types.ImageDetail{}
	for p := ecr.NewDescribeImagesPaginator(a.client, in); p.HasMorePages(); {
		page, err := p.NextPage(ctx)
		if err != nil {
			return nil, failed("describe the images of repository "+repository, err)
		}
		images = append(images, page.ImageDetails...)
	}
	return images, nil
}

// LifecyclePolicy returns the lifecycle policy of a repository; empty if it has none.
func (a *Account) LifecyclePolicy(ctx context.Context, repository string) (string, error) {
	out, err := a.client.GetLifecyclePolicy(ctx, &ecr.GetLifecyclePolicyInput{RepositoryName: &repository})
	if _, none := errors.AsType[*types.LifecyclePolicyNotFoundException](err); none {
		return "", nil
	} else if err != nil {
		return "", failed("get the lifecycle policy of repository "+repository, err)
	}
	return aws.ToString(out.LifecyclePolicyText), nil
}

// Repositories returns all repositories of the registry.
func (a *Account) Repositories(ctx context.Context) ([]types.Repository, error) {
	var all []types.Repository
	for p := ecr.NewDescribeRepositoriesPaginator(a.client, &ecr.DescribeRepositoriesInput{}); p.HasMorePages(); {
		page, err := p.NextPage(ctx)
		if err != nil {
			return nil, failed("describe the repositories", err)
		}
		all = append(all, page.Repositories...)
	}
	return all, nil
}

// Tags returns the tags of the repository that has an ARN.
func (a *Account) Tags(ctx context.Context, arn string) (map[string]string, error) {
	out, err := a.client.ListTagsForResource(ctx, &ecr.ListTagsForResourceInput{ResourceArn: &arn})
	if err != nil {
		return nil, failed("list the tags of repository "+arn, err)
	}
	tags := make(map[string]string, len(out.Tags))
	for _, t := range out.Tags {
		tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return tags, nil
}

// RepositoryPolicy returns the policy of a repository; empty if it has none.
func (a *Account) RepositoryPolicy(ctx context.Context, repository string) (string, error) {
	out, err := a.client.GetRepositoryPolicy(ctx, &ecr.GetRepositoryPolicyInput{RepositoryName: &repository})
	if _, none := errors.AsType[*types.RepositoryPolicyNotFoundException](err); none {
		return "", nil
	} else if err != nil {
		return "", failed("get the policy of repository "+repository, err)
	}
	return aws.ToString(out.PolicyText), nil
}

// A Registry has the settings of ECR for an account and region as a whole.
type Registry struct {
	// Account is the ID of its AWS account.
	Account string

	// Policy is empty if there is none.
	Policy string

	Scanning    *types.RegistryScanningConfiguration
	Replication *types.ReplicationConfiguration
}

// Registry returns the settings of the registry.
func (a *Account) Registry(ctx context.Context) (Registry, error) {
	var r Registry
	described, err := a.client.DescribeRegistry(ctx, &ecr.DescribeRegistryInput{})
	if err != nil {
		return r, failed("describe the registry", err)
	}
	r.Account, r.Replication = aws.ToString(described.RegistryId), described.ReplicationConfiguration
	scanning, err := a.client.GetRegistryScanningConfiguration(ctx, &ecr.GetRegistryScanningConfigurationInput{})
	if err != nil {
		return r, failed("get the scanning configuration of the registry", err)
	}
	r.Scanning = scanning.ScanningConfiguration
	policy, err := a.client.GetRegistryPolicy(ctx, &ecr.GetRegistryPolicyInput{})
	if _, none := errors.AsType[*types.RegistryPolicyNotFoundException](err); none {
		return r, nil
	} else if err != nil {
		return r, failed("get the policy of the registry", err)
	}
	r.Policy = aws.ToString(policy.PolicyText)
	return r, nil
}

// batchSize is the maximum number of images that ECR returns at once.
const batchSize = 100

// Manifests returns images with their manifests. It omits images that cannot be pulled, such as archived ones. For AWS
// this is a pull of the images.
func (a *Account) Manifests(ctx context.Context, repository string, digests, mediaTypes []string) ([]types.Image, error) {
	images := []types.Image{}
	for batch := range slices.Chunk(digests, batchSize) {
		in := &ecr.BatchGetImageInput{RepositoryName: &repository, AcceptedMediaTypes: mediaTypes}
		for _, d := range batch {
			in.ImageIds = append(in.ImageIds, types.ImageIdentifier{ImageDigest: &d})
		}
		out, err := a.client.BatchGetImage(ctx, in)
		if err != nil {
			return nil, failed("get images of repository "+repository, err)
		}
		images = append(images, out.Images...)
	}
	return images, nil
}

// failed returns an error of AWS without what only the authors of its SDK need.
func failed(what string, err error) error {
	if answer, ok := errors.AsType[smithy.APIError](err); ok {
		return fmt.Errorf("cannot %s: %s: %s", what, answer.ErrorCode(), answer.ErrorMessage())
	}
	return fmt.Errorf("cannot %s: %w", what, err)
}
