package preview

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
	"github.com/ontopix/crossplane-ecr/internal/cli"
	"github.com/ontopix/crossplane-ecr/internal/cli/account"
)

// fromAccount reads the images, their manifests and the policy in force from the account. Responses of AWS's SDK are
// parsed like the output of the AWS CLI.
func (o *options) fromAccount(ctx context.Context, streams cli.Streams, all []candidate) (in Input, err error) {
	if in.candidate, err = choose(all, o.image, nil); err != nil {
		return in, err
	}
	if in.repository == "" {
		return in, errors.New("name the repository with --image")
	}
	ecr, err := account.Open(ctx, cmp.Or(o.region, in.region))
	if err != nil {
		return in, err
	}
	defer streams.Progress("reading repository %s", in.repository)()
	details, err := ecr.Images(ctx, in.repository)
	if err != nil {
		return in, err
	}
	raw, err := json.Marshal(details)
	if err != nil {
		return in, err
	}
	if in.Images, _, err = parseImages(string(raw)); err != nil {
		return in, err
	}
	text, err := ecr.LifecyclePolicy(ctx, in.repository)
	if err != nil {
		return in, err
	}
	inForce, _ := parsePolicy(text) // No policy has no rules.
	in.InForce = &inForce
	if in.policy.counts(lifecycle.SincePulled) || inForce.counts(lifecycle.SincePulled) {
		return in, nil
	}
	return in, readManifests(ctx, ecr, in)
}

// counts reports whether a rule of the policy has the count type.
func (p *Policy) counts(countType string) bool {
	return slices.ContainsFunc(p.Rules, func(r v1alpha1.LifecycleRule) bool { return r.Selection.CountType == countType })
}

// readManifests reads the manifests of indexes, and links the images to their children.
func readManifests(ctx context.Context, ecr *account.Account, in Input) error {
	var digests []string
	for i := range in.Images {
		if im := &in.Images[i]; im.unlisted() {
			digests = append(digests, im.Digest)
		}
	}
	images, err := ecr.Manifests(ctx, in.repository, digests, slices.Sorted(maps.Keys(indexTypes)))
	if err != nil {
		return err
	}
	raw, err := json.Marshal(map[string]any{"images": images})
	if err != nil {
		return err
	}
	manifests, err := parseManifests(string(raw))
	if err != nil {
		return err
	}
	link(in.Images, manifests)
	return nil
}
