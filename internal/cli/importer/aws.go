package importer

import (
	"context"
	"fmt"

	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/internal/cli/account"
)

// fromAWS is the origin of what was read from the account.
const fromAWS = "AWS"

// account reads the repositories of the account and region of the credentials.
func (p *pieces) account(ctx context.Context) error {
	a, err := account.Open(ctx, "")
	if err != nil {
		return err
	}
	all, err := a.Repositories(ctx)
	if err != nil {
		return err
	}
	for _, v := range all {
		arn, ok := aws.ParseARN(value(v.RepositoryArn))
		if !ok {
			return fmt.Errorf("%q is no ARN", value(v.RepositoryArn))
		}
		r := repository{
			origin: fromAWS, account: arn.Account, region: arn.Region, name: value(v.RepositoryName), mutability: string(v.ImageTagMutability),
		}
		for _, f := range v.ImageTagMutabilityExclusionFilters {
			r.filters = append(r.filters, value(f.Filter))
		}
		if v.ImageScanningConfiguration != nil {
			r.scanOnPush = &v.ImageScanningConfiguration.ScanOnPush
		}
		if e := v.EncryptionConfiguration; e != nil {
			r.encryption, r.kmsKey = string(e.EncryptionType), value(e.KmsKey)
		}
		if r.tags, err = a.Tags(ctx, value(v.RepositoryArn)); err != nil {
			return err
		}
		text, has, err := a.LifecyclePolicy(ctx, r.name)
		if err != nil {
			return err
		}
		if has {
			r.lifecycle = &document{fromAWS, text}
		}
		if text, has, err = a.RepositoryPolicy(ctx, r.name); err != nil {
			return err
		}
		if has {
			r.policy = &document{fromAWS, text}
		}
		p.repositories = append(p.repositories, r)
	}
	p.note(fromAWS, "roles, OIDC providers and what concerns the registry as a whole are not read from the account: give them as the AWS CLI prints them")
	return nil
}

// value of what the SDK may leave out.
func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
