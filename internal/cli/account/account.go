// Package account reads ECR in the AWS account that the credentials are for. No other package calls AWS.
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

// An Account is the ECR of one region.
type Account struct{ client *ecr.Client }

// Open finds credentials and, if none is given, the region, as the AWS CLI does.
func Open(ctx context.Context, region string) (*Account, error) {
	c, err := config.LoadDefaultConfig(ctx, config.WithRegion(region))
	if err != nil {
		return nil, fmt.Errorf("cannot find AWS credentials: %w", err)
	}
	if c.Region == "" {
		return nil, errors.New("no region: set AWS_REGION, or one in the AWS profile")
	}
	return &Account{client: ecr.NewFromConfig(c)}, nil
}

// pageSize is how many images ECR describes at once at most.
const pageSize = 1000

// Images returns the images of a repository, those in the archive too.
func (a *Account) Images(ctx context.Context, repository string) ([]types.ImageDetail, error) {
	in := &ecr.DescribeImagesInput{
		RepositoryName: &repository, MaxResults: aws.Int32(pageSize),
		Filter: &types.DescribeImagesFilter{ImageStatus: types.ImageStatusFilterAny},
	}
	images := []types.ImageDetail{}
	for p := ecr.NewDescribeImagesPaginator(a.client, in); p.HasMorePages(); {
		page, err := p.NextPage(ctx)
		if err != nil {
			return nil, failed("describe the images of", repository, err)
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
		return "", failed("get the lifecycle policy of", repository, err)
	}
	return aws.ToString(out.LifecyclePolicyText), nil
}

// Repositories returns all repositories of the registry.
func (a *Account) Repositories(ctx context.Context) ([]types.Repository, error) {
	var all []types.Repository
	for p := ecr.NewDescribeRepositoriesPaginator(a.client, &ecr.DescribeRepositoriesInput{}); p.HasMorePages(); {
		page, err := p.NextPage(ctx)
		if err != nil {
			return nil, failed("describe", "*", err)
		}
		all = append(all, page.Repositories...)
	}
	return all, nil
}

// Tags returns the tags of a repository, by its ARN.
func (a *Account) Tags(ctx context.Context, arn string) (map[string]string, error) {
	out, err := a.client.ListTagsForResource(ctx, &ecr.ListTagsForResourceInput{ResourceArn: &arn})
	if err != nil {
		return nil, failed("list the tags of", arn, err)
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
		return "", failed("get the policy of", repository, err)
	}
	return aws.ToString(out.PolicyText), nil
}

// A Registry is what concerns the ECR of an account and region as a whole.
type Registry struct {
	// Account that it is of.
	Account string

	// Policy is empty if there is none.
	Policy string

	Scanning    *types.RegistryScanningConfiguration
	Replication *types.ReplicationConfiguration
}

// Registry returns what concerns the registry as a whole.
func (a *Account) Registry(ctx context.Context) (Registry, error) {
	var r Registry
	described, err := a.client.DescribeRegistry(ctx, &ecr.DescribeRegistryInput{})
	if err != nil {
		return r, failed("describe the registry of", "*", err)
	}
	r.Account, r.Replication = aws.ToString(described.RegistryId), described.ReplicationConfiguration
	scanning, err := a.client.GetRegistryScanningConfiguration(ctx, &ecr.GetRegistryScanningConfigurationInput{})
	if err != nil {
		return r, failed("get the scanning configuration of", "*", err)
	}
	r.Scanning = scanning.ScanningConfiguration
	policy, err := a.client.GetRegistryPolicy(ctx, &ecr.GetRegistryPolicyInput{})
	if _, none := errors.AsType[*types.RegistryPolicyNotFoundException](err); none {
		return r, nil
	} else if err != nil {
		return r, failed("get the registry's policy for", "*", err)
	}
	r.Policy = aws.ToString(policy.PolicyText)
	return r, nil
}

// batchSize is how many images ECR gets at once at most.
const batchSize = 100

// Manifests returns images with their manifests. Those that cannot be pulled, as from the
// archive, are left out. AWS takes it for a pull of them.
func (a *Account) Manifests(ctx context.Context, repository string, digests, mediaTypes []string) ([]types.Image, error) {
	images := []types.Image{}
	for batch := range slices.Chunk(digests, batchSize) {
		in := &ecr.BatchGetImageInput{RepositoryName: &repository, AcceptedMediaTypes: mediaTypes}
		for _, d := range batch {
			in.ImageIds = append(in.ImageIds, types.ImageIdentifier{ImageDigest: &d})
		}
		out, err := a.client.BatchGetImage(ctx, in)
		if err != nil {
			return nil, failed("get images of", repository, err)
		}
		images = append(images, out.Images...)
	}
	return images, nil
}

// failed is an error of AWS without what only its SDK's authors need.
func failed(what, repository string, err error) error {
	if answer, ok := errors.AsType[smithy.APIError](err); ok {
		return fmt.Errorf("cannot %s repository %s: %s: %s", what, repository, answer.ErrorCode(), answer.ErrorMessage())
	}
	return fmt.Errorf("cannot %s repository %s: %w", what, repository, err)
}
