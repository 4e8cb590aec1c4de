package preview

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"

	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
	"github.com/ontopix/crossplane-ecr/internal/cli"
	"github.com/ontopix/crossplane-ecr/internal/cli/check"
	"github.com/ontopix/crossplane-ecr/internal/cli/files"
	"github.com/ontopix/crossplane-ecr/internal/cli/local"
)

// A candidate is a policy that can be previewed, with its repository. ECR's own JSON names no repository.
type candidate struct {
	image, repository, region string

	policy Policy
}

// parsePolicy reads a policy in ECR's JSON, or the output of `aws ecr get-lifecycle-policy`.
func parsePolicy(text string) (Policy, bool) {
	var printed struct {
		Text string `json:"lifecyclePolicyText"`
	}
	if err := json.Unmarshal([]byte(text), &printed); err == nil && printed.Text != "" {
		text = printed.Text
	}
	rules, ok := lifecycle.Parse(text)
	return Policy{Rules: rules, Priorities: lifecycle.Priorities(text)}, ok
}

// policies reads the policies of the first argument: a policy in ECR's JSON, or claims.
func (o *options) policies(ctx context.Context, streams cli.Streams, path string) ([]candidate, error) {
	if info, err := os.Stat(path); path == files.Stdin || err == nil && !info.IsDir() {
		text, err := files.ReadText(streams.In, path)
		if err != nil {
			return nil, err
		}
		if p, ok := parsePolicy(text); ok {
			return []candidate{{policy: p}}, refusePolicy(streams, p)
		}
		if path == files.Stdin {
			streams.In = strings.NewReader(text) // claims reads it again.
		}
	}
	return o.claims(ctx, streams, path)
}

// refusePolicy prints the faults for which AWS would refuse a policy, and returns cli.ErrRefused if there are any.
func refusePolicy(streams cli.Streams, p Policy) error {
	faults := lifecycle.Validate(p.Rules, field.NewPath("rules"))
	for i, n := range p.Priorities {
		if n < 1 || i > 0 && n == p.Priorities[i-1] {
			path := field.NewPath("rules").Index(i).Child("rulePriority")
			faults.AWS("lifecycle.priority", path, n, "must be at least 1, and different in each rule")
		}
	}
	if len(faults) == 0 {
		return nil
	}
	for _, f := range faults {
		fmt.Fprintf(streams.Out, "error: %s\n", cli.Clean(f.String())) //nolint:errcheck // A buffer does not fail.
	}
	return cli.ErrRefused
}

// claims renders claims and composite resources, and returns the policies of their repositories.
func (o *options) claims(ctx context.Context, streams cli.Streams, path string) ([]candidate, error) {
	set, err := local.Load(streams, []string{path}, o.Options)
	if err != nil {
		return nil, err
	}
	if len(set.Composites) == 0 && len(set.Findings) == 0 {
		return nil, fmt.Errorf("%s: no claim, no composite resource and no lifecycle policy", path)
	}
	refused := set.Findings
	var all []candidate
	for _, c := range set.Composites {
		outcome, err := set.Run(ctx, c)
		if err != nil {
			return nil, err
		}
		if outcome.Refused {
			refused = append(refused, outcome.Errors()...)
			continue
		}
		all = append(all, candidates(outcome)...)
	}
	if len(refused) > 0 {
		if err := check.Text(streams, local.Sorted(refused)); err != nil {
			return nil, err
		}
		return nil, cli.ErrRefused
	}
	return all, nil
}

// candidates returns the rendered repositories with their lifecycle policies.
func candidates(o local.Outcome) []candidate {
	var all []candidate
	for key, u := range o.Desired {
		image, ok := strings.CutPrefix(key, "repository/")
		if !ok {
			continue
		}
		c := candidate{image: image, repository: meta.GetExternalName(u), region: local.ForProvider(u, "region")}
		c.policy, _ = parsePolicy(o.LifecyclePolicy(image))
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b candidate) int { return strings.Compare(a.repository, b.repository) })
	return all
}
