// Package preview has the command that shows which images a lifecycle policy expires, and which stay.
package preview

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ontopix/crossplane-ecr/internal/cli"
	"github.com/ontopix/crossplane-ecr/internal/cli/check"
	"github.com/ontopix/crossplane-ecr/internal/cli/files"
	"github.com/ontopix/crossplane-ecr/internal/cli/local"
)

type options struct {
	local.Options

	images, manifests, image, inForce, at string

	aws    bool
	region string
	output string
}

// New returns the command.
func New(streams cli.Streams) *cobra.Command {
	o := &options{}
	cmd := &cobra.Command{
		Use:   "preview CLAIM|POLICY --images IMAGES|--aws",
		Short: "Show which images a lifecycle policy expires, and which stay",
		Long: `Show what a lifecycle policy does with the images of a repository: which expire or are archived
now and by which rule, which stay and why, and when they go if nothing is pushed. The policy is
that of a claim or composite resource, or ECR's own JSON.

IMAGES is what 'aws ecr describe-images' prints, and MANIFESTS what 'aws ecr batch-get-image'
prints for image indexes. With --aws, both and the policy in force are read from the account. AWS
counts reading a manifest as a pull, so none is read if a policy has sinceImagePulled.`,
		Example: `  # What a claim would expire
  aws ecr describe-images --repository-name shop/web --output json > images.json
  kubectl-ecr preview claim.yaml --images images.json

  # What it would expire that the policy in force does not
  aws ecr get-lifecycle-policy --repository-name shop/web --output json > in-force.json
  kubectl-ecr preview claim.yaml --images images.json --in-force in-force.json

  # An HTML page, with the images read from the account
  kubectl-ecr preview claim.yaml --image web --aws -o html > preview.html`,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) != 1:
				return fmt.Errorf("there must be one CLAIM or POLICY, got %d", len(args))
			case o.images == "" && !o.aws:
				return errors.New("say where the images are: --images FILE or --aws")
			}
			return o.run(cmd.Context(), streams, args[0])
		},
	}
	check.Flags(cmd, &o.Options)
	f := cmd.Flags()
	f.StringVar(&o.images, "images", "", "File with what 'aws ecr describe-images' prints; - is standard input")
	f.StringVar(&o.manifests, "manifests", "", "File with what 'aws ecr batch-get-image' prints for image indexes")
	f.StringVar(&o.image, "image", "", "Image of the claim, or name of the repository")
	f.StringVar(&o.inForce, "in-force", "", "File with the policy in force to compare with; none for no policy")
	f.StringVar(&o.at, "at", "", "Date or time to evaluate the policy at (default now)")
	f.BoolVar(&o.aws, "aws", false, "Read images and the policy in force from the AWS account")
	f.StringVar(&o.region, "region", "", "Region for --aws (default that of the claim, else of the AWS configuration)")
	cmd.MarkFlagsMutuallyExclusive("aws", "images")
	cmd.MarkFlagsMutuallyExclusive("aws", "manifests")
	cli.Output(cmd, &o.output, "text", "json", "html")
	return cmd
}

func (o *options) run(ctx context.Context, streams cli.Streams, path string) error {
	at, err := cli.Instant(o.at)
	if err != nil {
		return err
	}
	if path == files.Stdin && o.images == files.Stdin {
		return errors.New("standard input is read once: give the policy or the images as a file")
	}
	candidates, err := o.policies(ctx, streams, path)
	if err != nil {
		return err
	}
	source := o.fromFiles
	if o.aws {
		source = o.fromAccount
	}
	in, err := source(ctx, streams, candidates)
	if err != nil {
		return err
	}
	in.At = at
	if o.inForce != "" {
		if in.InForce, err = readInForce(streams, o.inForce); err != nil {
			return err
		}
	}
	r := newReport(in)
	switch o.output {
	case "json":
		return cli.JSON(streams.Out, r)
	case "html":
		return r.html(streams.Out)
	}
	return r.text(streams.Out)
}

// fromFiles reads the images and manifests from files, and chooses the repository and its policy.
func (o *options) fromFiles(_ context.Context, streams cli.Streams, all []candidate) (in Input, err error) {
	text, err := files.ReadText(streams.In, o.images)
	if err != nil {
		return in, err
	}
	images, incomplete, err := parseImages(text)
	if err != nil {
		return in, fmt.Errorf("%s: %w", o.images, err)
	}
	if incomplete {
		streams.Note("%s has only some of the images: its last page has a nextToken. Rules that count images need all of them.", o.images)
	}
	described := repositories(images)
	if in.candidate, err = choose(all, o.image, described); err != nil {
		return in, err
	}
	in.Images = slices.DeleteFunc(images, func(im Image) bool {
		return im.Repository != "" && in.repository != "" && im.Repository != in.repository
	})
	if len(in.Images) == 0 && len(described) > 0 {
		return in, fmt.Errorf("%s has no image of repository %s, only of %s", o.images, in.repository, join(described))
	}
	if o.manifests == "" {
		return in, nil
	}
	if text, err = files.ReadText(streams.In, o.manifests); err != nil {
		return in, err
	}
	manifests, err := parseManifests(text)
	if err != nil {
		return in, fmt.Errorf("%s: %w", o.manifests, err)
	}
	link(in.Images, manifests)
	return in, nil
}

// repositories returns the names of the images' repositories, sorted and without duplicates.
func repositories(images []Image) []string {
	var names []string
	for i := range images {
		if name := images[i].Repository; name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// choose returns the candidate for the named image, else for the repository of the images, else the only one.
func choose(all []candidate, image string, described []string) (candidate, error) {
	// ECR's own JSON fits any repository.
	if len(all) == 1 && all[0].repository == "" {
		c := all[0]
		switch {
		case image != "":
			c.repository = image
		case len(described) == 1:
			c.repository = described[0]
		case len(described) > 1:
			return c, fmt.Errorf("the images are of several repositories: name one of %s with --image", join(described))
		}
		return c, nil
	}
	var found []candidate
	var names []string
	for _, c := range all {
		names = append(names, c.image)
		if c.image == image || c.repository == image || image == "" && slices.Contains(described, c.repository) {
			found = append(found, c)
		}
	}
	if image == "" && len(described) == 0 && len(all) == 1 {
		found = all
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(all) == 0:
		return candidate{}, errors.New("there is no image in the claim")
	case image != "":
		return candidate{}, fmt.Errorf("there is no image %q: name one of %s with --image", image, join(names))
	case len(found) == 0 && len(described) > 0:
		return candidate{}, fmt.Errorf("the images are of %s, which is not a repository of the claim: name one of %s with --image",
			join(described), join(names))
	}
	return candidate{}, fmt.Errorf("name one of %s with --image", join(names))
}

// readInForce reads the policy in force from a file, or returns an empty one for none.
func readInForce(streams cli.Streams, path string) (*Policy, error) {
	if strings.EqualFold(path, "none") {
		return &Policy{}, nil
	}
	text, err := files.ReadText(streams.In, path)
	if err != nil {
		return nil, err
	}
	p, ok := parsePolicy(text)
	if !ok {
		return nil, fmt.Errorf("%s is not a lifecycle policy: give what `aws ecr get-lifecycle-policy` prints, or none", path)
	}
	return &p, nil
}
