// Package access has the command that says who may push and pull, and what a workflow may do.
package access

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ontopix/crossplane-ecr/internal/cli"
	"github.com/ontopix/crossplane-ecr/internal/cli/check"
	"github.com/ontopix/crossplane-ecr/internal/cli/local"
	"github.com/ontopix/crossplane-ecr/internal/iam"
)

// A command is one run.
type command struct {
	cli.Streams
	local.Options

	token  string
	job    job
	can    string
	whoCan string
	on     string
	matrix bool

	region, account string
	organization    string
	scope           string
	form            string
}

// New returns the command.
func New(streams cli.Streams) *cobra.Command {
	c := &command{Streams: streams}
	cmd := &cobra.Command{
		Use:   "access FILE|DIR|-...",
		Short: "Say who may push and pull, and what a workflow may do",
		Long: `Say who may push to and pull from repositories, from claims, composite resources and the
platform team's settings alone. The policies that they become are evaluated as AWS does: trust and
permission policies of roles, repository policies and registry policies together.

  --token, --repository  what may this workflow do? With --can and --on: may it, and why not?
  --who-can              who may push to this repository, or pull from it?
  --matrix               who may do what with each repository, for a review

To push is all that a client needs to push, the login included; to pull likewise. What identities of
your accounts have by policies of their own is in no file, and not looked at. What permissions
boundaries and organisations' policies take away is not either.

Exit codes: 0 allowed, or somebody may; 1 not allowed, or nobody may; 2 wrong usage or a file that
cannot be read.`,
		Example: `  # May the workflow of a branch push, and which statement decides?
  kubectl-ecr access examples/ --repository ontopix/some-service --ref refs/heads/main --can push --on some-service/agent

  # The claims of a token, as a job printed them
  kubectl-ecr access examples/ --token - < claims.json

  # Who may push to this repository?
  kubectl-ecr access examples/ --who-can push --on some-service/agent

  # Everything, for a review
  kubectl-ecr access examples/ --matrix -o markdown`,
	}
	cli.Inputs(cmd, c.run)
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error { return c.check(cmd) }
	check.Flags(cmd, &c.Options)
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&c.token, "token", "", "Claims of the token as JSON, or the token itself; - is standard input")
	c.job.flags(f)
	f.StringVar(&c.can, "can", "", "What the token is to be allowed: push, pull or an action such as ecr:BatchDeleteImage")
	f.StringVar(&c.whoCan, "who-can", "", "Say who may push, pull or do an action")
	f.StringVar(&c.on, "on", "", "Repository, by its name such as shop/api, or its ARN")
	f.BoolVar(&c.matrix, "matrix", false, "Say who may do what with each repository")
	f.StringVar(&c.scope, "registry-scope", string(iam.RegistryScopeV2),
		"Scope of registry policies in the account: V1 or V2, the default of new registries")
	f.StringVar(&c.organization, "organization-id", "", "AWS organisation that the accounts of the roles are in, such as o-a1b2c3d4e5")
	f.StringVar(&c.region, "region", "", "Region of the repository, if several have one of its name")
	f.StringVar(&c.account, "account", "", "Account of repositories whose account no file tells")
	cli.Output(cmd, &c.form, "text", "json", "markdown")
	return cmd
}

// check refuses flags that do not go together.
func (c *command) check(cmd *cobra.Command) error {
	var asked []string
	for _, name := range []string{"token", "repository", "who-can", "matrix"} {
		if cmd.Flags().Changed(name) {
			asked = append(asked, "--"+name)
		}
	}
	switch {
	case len(asked) == 0:
		return errors.New("say what to answer: --token or --repository, --who-can, or --matrix")
	case len(asked) > 1:
		return fmt.Errorf("%s exclude each other", strings.Join(asked, " and "))
	case c.scope != string(iam.RegistryScopeV1) && c.scope != string(iam.RegistryScopeV2):
		return fmt.Errorf("--registry-scope %q: must be V1 or V2", c.scope)
	case c.whoCan != "" && c.on == "":
		return errors.New("--who-can needs --on REPOSITORY")
	case c.on != "" && c.can == "" && c.whoCan == "":
		return errors.New("--on needs --can or --who-can")
	case c.can != "" && c.token == "" && c.job.repository == "":
		return errors.New("--can needs --token or --repository")
	}
	for _, name := range onlyBuilt {
		if cmd.Flags().Changed(name) && c.job.repository == "" {
			return fmt.Errorf("--%s needs --repository", name)
		}
	}
	return nil
}

func (c *command) run(ctx context.Context, paths []string) error {
	if c.token == "-" && slices.Contains(paths, "-") {
		return errors.New("standard input is either the token or a file")
	}
	e, whole, err := read(ctx, c.Streams, paths, c.Options, c.account)
	if err != nil {
		return err
	}
	e.scope, e.organization = iam.RegistryScope(c.scope), c.organization
	for _, r := range e.repositories {
		if r.observeOnly {
			c.Note("%s only observes: what AWS grants on %s is in no file.", r.of, r.name)
		}
	}
	answer, allowed, err := c.answer(e, whole)
	if err != nil {
		return err
	}
	if err := c.write(answer); err != nil || allowed {
		return err
	}
	return cli.ErrRefused
}

// answer answers a question, and reports whether anybody is allowed. A matrix that is not whole is not allowed.
func (c *command) answer(e *estate, whole bool) (document, bool, error) {
	if c.matrix {
		m, err := e.matrix()
		return m, whole, err
	}
	var want *right
	var repo *repository
	if name := c.can + c.whoCan; name != "" {
		r, err := newRight(name)
		if err != nil {
			return nil, false, err
		}
		if want = &r; c.on != "" {
			if repo, err = e.find(c.on, c.region, c.account); err != nil {
				return nil, false, err
			}
			if !slices.Contains(e.repositories, repo) {
				c.Note("No file has the repository %s, so its own policy is not known: only roles and the registry policy are looked at.", repo.name)
			}
		}
		if repo == nil && r.onRepository() {
			return nil, false, fmt.Errorf("--can %s needs --on REPOSITORY", c.can)
		}
	}
	if c.whoCan != "" {
		a, err := e.askWho(*want, repo)
		return a, err == nil && len(a.Who) > 0, err
	}
	tokens, err := c.tokens(e)
	if err != nil {
		return nil, false, err
	}
	a, err := e.ask(tokens, want, repo)
	return a, err == nil && a.Allowed, err
}

// tokens are those to answer for.
func (c *command) tokens(e *estate) ([]iam.Token, error) {
	if c.job.repository != "" {
		return c.job.tokens(e, c.Note)
	}
	raw := c.token
	if raw == "-" {
		b, err := io.ReadAll(c.In)
		if err != nil {
			return nil, fmt.Errorf("cannot read standard input: %w", err)
		}
		raw = string(b)
	}
	t, err := parseToken(raw)
	if err != nil {
		return nil, err
	}
	switch {
	case t.Issuer != "" && c.job.Issuer != "" && t.Issuer != c.job.Issuer:
		return nil, fmt.Errorf("--issuer %q: the token is of %s", c.job.Issuer, t.Issuer)
	case t.Issuer == "" && c.job.Issuer != "":
		t.Issuer = c.job.Issuer
	case t.Issuer == "":
		t.Issuer = e.issuer()
		c.Note("The token does not say who issued it: %s is taken.", t.Issuer)
	}
	return []iam.Token{t}, nil
}
