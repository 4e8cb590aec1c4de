// Package access shows who may push and pull, and what a workflow may do.
package access

import (
	"cmp"
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
	"github.com/ontopix/crossplane-ecr/internal/iam"
)

// A command has the flags of one run.
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
		Use:   "access FILE|FOLDER|-...",
		Short: "Show who may push and pull, and what a workflow may do",
		Long: `Show who may push to and pull from repositories, given only claims, composite resources and the
platform team's settings. Their policies are evaluated together as AWS does: trust and permission
policies of roles, repository policies and registry policies.

  --token, --repository  what may this workflow do? With --can and --on: may it, and why not?
  --who-can              who may push to this repository, or pull from it?
  --matrix               who may do what with each repository, for a review

"push" is everything that a client needs to push, including the login; "pull" likewise. Policies that
are in no file are not considered: identities of your accounts may have more by their own policies,
and permissions boundaries and organisations' policies may take rights away.

Exit codes: 0 allowed, or somebody may; 1 not allowed, or nobody may; 2 wrong usage or a file that
cannot be read.`,
		Example: `  # May the workflow of a branch push, and which statement decides?
  kubectl-ecr access examples/ --repository ontopix/some-service --ref refs/heads/main --can push --on some-service/agent

  # What may a token do? A job printed its claims
  kubectl-ecr access examples/ --token - < claims.json

  # Who may push to this repository?
  kubectl-ecr access examples/ --who-can push --on some-service/agent

  # Who may do what with each repository?
  kubectl-ecr access examples/ --matrix -o markdown`,
	}
	cli.Inputs(cmd, c.run)
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error { return c.check(cmd) }
	check.Flags(cmd, &c.Options)
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&c.token, "token", "", "Claims of the token as JSON, or the token itself; - is standard input")
	c.job.flags(f)
	f.StringVar(&c.can, "can", "", "Right to check: push, pull or an action such as ecr:BatchDeleteImage")
	f.StringVar(&c.whoCan, "who-can", "", "Show who has a right: push, pull or an action such as ecr:BatchDeleteImage")
	f.StringVar(&c.on, "on", "", "Repository in ECR, by its name, such as shop/api, or its ARN")
	f.BoolVar(&c.matrix, "matrix", false, "Show who may do what with each repository")
	f.StringVar(&c.scope, "registry-scope", string(iam.RegistryScopeV2),
		"Scope of registry policies in the account: V1 or V2, the default of new registries")
	f.StringVar(&c.organization, "organization-id", "", "AWS organisation of the roles' accounts, such as o-a1b2c3d4e5")
	f.StringVar(&c.region, "region", "", "Region of the repository, if several regions have one of this name")
	f.StringVar(&c.account, "account", "", "Account of the repositories for which the files name none")
	cli.Output(cmd, &c.form, "text", "json", "markdown")
	return cmd
}

// check returns an error for flags that do not go together.
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
	for _, name := range jobFlags {
		if cmd.Flags().Changed(name) && c.job.repository == "" {
			return fmt.Errorf("--%s needs --repository", name)
		}
	}
	return nil
}

func (c *command) run(ctx context.Context, paths []string) error {
	if c.token == files.Stdin && slices.Contains(paths, files.Stdin) {
		return errors.New("standard input is either the token or a file")
	}
	e, complete, err := read(ctx, c.Streams, paths, c.Options, c.account)
	if err != nil {
		return err
	}
	e.scope, e.organization = iam.RegistryScope(c.scope), c.organization
	for _, r := range e.repositories {
		if r.observeOnly {
			c.Note("%s only observes: no file has what AWS grants on %s.", r.of, r.name)
		}
	}
	answer, allowed, err := c.answer(e, complete)
	if err != nil {
		return err
	}
	if err := c.write(answer); err != nil || allowed {
		return err
	}
	return cli.ErrRefused
}

// answer returns the answer, and reports whether it says that something is allowed: a matrix does if it is complete.
func (c *command) answer(e *estate, complete bool) (document, bool, error) {
	if c.matrix {
		m, err := e.matrix()
		return m, complete, err
	}
	want, repo, err := c.question(e)
	if err != nil {
		return nil, false, err
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

// question returns the right and the repository of --can or --who-can and --on; nil if the flags do not name one.
func (c *command) question(e *estate) (*right, *repository, error) {
	name := cmp.Or(c.can, c.whoCan)
	if name == "" {
		return nil, nil, nil
	}
	want, err := newRight(name)
	switch {
	case err != nil:
		return nil, nil, err
	case c.on != "":
		repo, err := e.find(c.on, c.region, c.account)
		if err == nil && !slices.Contains(e.repositories, repo) {
			c.Note("No file has the repository %s, so its own policy is not known: only roles and the registry policy count.", repo.name)
		}
		return &want, repo, err
	case want.onRepository():
		return nil, nil, fmt.Errorf("--can %s needs --on REPOSITORY", c.can)
	}
	return &want, nil, nil
}

// tokens returns the tokens that the flags describe.
func (c *command) tokens(e *estate) ([]iam.Token, error) {
	if c.job.repository != "" {
		return c.job.tokens(e, c.Note)
	}
	text := c.token
	if text == files.Stdin {
		var err error
		if text, err = files.ReadText(c.In, text); err != nil {
			return nil, err
		}
	}
	t, err := parseToken(text)
	if err != nil {
		return nil, err
	}
	switch {
	case t.Issuer != "" && c.job.Issuer != "" && t.Issuer != c.job.Issuer:
		return nil, fmt.Errorf("--issuer %q: the token was issued by %s", c.job.Issuer, t.Issuer)
	case t.Issuer == "" && c.job.Issuer != "":
		t.Issuer = c.job.Issuer
	case t.Issuer == "":
		t.Issuer = e.issuer()
		c.Note("The token does not say who issued it: %s is assumed.", t.Issuer)
	}
	return []iam.Token{t}, nil
}
