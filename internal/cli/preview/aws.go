package preview

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"github.com/ontopix/crossplane-ecr/internal/cli"
	"github.com/ontopix/crossplane-ecr/internal/cli/account"
)

// fromAccount reads the images and the policy in force from the account.
func (o *options) fromAccount(ctx context.Context, streams cli.Streams, all []candidate, in *Input) error {
	c, err := choose(all, o.image, nil)
	if err != nil {
		return err
	}
	if c.repository == "" {
		return errors.New("name the repository with --image")
	}
	region := o.region
	if region == "" {
		region = c.region
	}
	ecr, err := account.Open(ctx, region)
	if err != nil {
		return err
	}
	defer streams.Progress("reading repository %s", c.repository)()
	details, err := ecr.Images(ctx, c.repository)
	if err != nil {
		return err
	}
	in.Repository, in.Policy = c.repository, c.policy
	for _, d := range details {
		im, err := newDetail(d).image()
		if err != nil {
			return err
		}
		in.Images = append(in.Images, im)
	}
	text, ok, err := ecr.LifecyclePolicy(ctx, c.repository)
	if err != nil {
		return err
	}
	in.InForce = &Policy{}
	if ok {
		*in.InForce, _ = parsePolicy(text)
	}
	if counts(c.policy, "sinceImagePulled") || counts(*in.InForce, "sinceImagePulled") {
		return nil
	}
	return readManifests(ctx, ecr, in)
}

func counts(p Policy, countType string) bool {
	for _, r := range p.Rules {
		if r.Selection.CountType == countType {
			return true
		}
	}
	return false
}

// readManifests reads the indexes among the images, and says what they hold.
func readManifests(ctx context.Context, ecr *account.Account, in *Input) error {
	var digests []string
	for _, im := range in.Images {
		if im.Index && !im.Archived {
			digests = append(digests, im.Digest)
		}
	}
	texts, err := ecr.Manifests(ctx, in.Repository, digests, slices.Sorted(maps.Keys(indexTypes)))
	if err != nil {
		return err
	}
	var manifests []Manifest
	for digest, text := range texts {
		m, err := ParseManifest(digest, text)
		if err != nil {
			return err
		}
		manifests = append(manifests, m)
	}
	link(in.Images, manifests)
	return nil
}

// newDetail is an image of the SDK as the AWS CLI writes it.
func newDetail(d types.ImageDetail) detail {
	return detail{
		RepositoryName: aws.ToString(d.RepositoryName), ImageDigest: aws.ToString(d.ImageDigest), ImageTags: d.ImageTags,
		ImageSizeInBytes: aws.ToInt64(d.ImageSizeInBytes), ImageManifestMediaType: aws.ToString(d.ImageManifestMediaType),
		ImageStatus: string(d.ImageStatus), SubjectManifestDigest: aws.ToString(d.SubjectManifestDigest),
		ImagePushedAt: instant{aws.ToTime(d.ImagePushedAt)}, LastRecordedPullTime: instant{aws.ToTime(d.LastRecordedPullTime)},
		LastArchivedAt: instant{aws.ToTime(d.LastArchivedAt)}, LastActivatedAt: instant{aws.ToTime(d.LastActivatedAt)},
	}
}
