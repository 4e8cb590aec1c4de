package render

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"

	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
	"github.com/ontopix/crossplane-ecr/internal/cli"
	"github.com/ontopix/crossplane-ecr/internal/cli/local"
	"github.com/ontopix/crossplane-ecr/internal/iam"
)

// manifests writes the managed resources as YAML.
func manifests(w io.Writer, all []rendered) error {
	separator := ""
	for _, r := range all {
		for _, key := range r.keys {
			u := r.Desired[key]
			meta.AddAnnotations(u, map[string]string{"crossplane.io/composition-resource-name": key})
			raw, err := yaml.Marshal(u.Object)
			if err != nil {
				return err
			}
			if _, err := io.WriteString(w, separator+string(raw)); err != nil {
				return err
			}
			separator = "---\n"
		}
	}
	return nil
}

// table writes tables of what each object becomes.
func table(w io.Writer, all []rendered, wide bool) error {
	b := &bytes.Buffer{}
	for i, r := range all {
		if i > 0 {
			fmt.Fprintln(b)
		}
		fmt.Fprintln(b, cli.Clean(r.Author()))
		section(b, []string{"REPOSITORY", "REGION", "TAGS", "LIFECYCLE", "PULL", "PUSH"}, r.repositories())
		section(b, []string{"RESOURCE", "KIND", "NAME", "LETS IN"}, r.others())
		if wide {
			if err := r.policies(b); err != nil {
				return err
			}
		}
	}
	_, err := b.WriteTo(w)
	return err
}

// section writes a table, unless it has no rows.
func section(b *bytes.Buffer, head []string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	for _, line := range cli.Table(3, append([][]string{head}, rows...)) {
		fmt.Fprintln(b, "  "+line)
	}
}

// repositories returns a row for each repository.
func (r rendered) repositories() [][]string {
	var rows [][]string
	for _, key := range r.keys {
		if image, ok := strings.CutPrefix(key, "repository/"); ok {
			u := r.Desired[key]
			rows = append(rows, []string{
				meta.GetExternalName(u), local.ForProvider(u, "region"), mutability(u), r.lifecycle(image),
				r.allowed(image, "ecr:BatchGetImage"), r.pushers(image),
			})
		}
	}
	return rows
}

// mutability describes the mutability of tags.
func mutability(u *unstructured.Unstructured) string {
	mode := strings.ToLower(local.ForProvider(u, "imageTagMutability"))
	filters, _, _ := unstructured.NestedSlice(u.Object, "spec", "forProvider", "imageTagMutabilityExclusionFilter")
	var except []string
	for _, f := range filters {
		f, _ := f.(map[string]any)
		except = append(except, fmt.Sprint(f["filter"]))
	}
	mode, _, excludes := strings.Cut(mode, "_")
	if excludes {
		return mode + " but " + strings.Join(except, ", ")
	}
	return mode
}

// lifecycle describes the lifecycle policy of an image's repository.
func (r rendered) lifecycle(image string) string {
	rules, _ := lifecycle.Parse(r.LifecyclePolicy(image))
	words := make([]string, len(rules))
	for i, rule := range rules {
		words[i] = lifecycle.Describe(rule)
	}
	return cmp.Or(strings.Join(words, "; "), "nothing expires")
}

// pushers describes who may push an image: the push roles, and those whom the repository policy names.
func (r rendered) pushers(image string) string {
	who := []string{"the organisation's role"}
	if role := r.Desired["push-role"]; role != nil {
		who = append(who, "role "+meta.GetExternalName(role))
	}
	if others := r.allowed(image, "ecr:PutImage"); others != owner {
		who = append(who, strings.TrimPrefix(others, owner+", "))
	}
	return strings.Join(who, ", ")
}

// owner may always pull.
const owner = "the account"

// statements returns the statements of a policy that we rendered; none if there is no policy.
func statements(kind iam.Kind, policy string) []iam.Statement {
	d, err := iam.Parse(kind, policy)
	if err != nil {
		return nil
	}
	return d.Statements
}

// allowed describes who may do an action on an image's repository, by its policy.
func (r rendered) allowed(image, action string) string {
	who := []string{owner}
	for _, s := range statements(iam.RepositoryPolicy, local.ForProvider(r.Desired["policy/"+image], "policy")) {
		if slices.Contains(s.Action, action) {
			who = append(who, principals(s)...)
		}
	}
	return strings.Join(slices.Compact(who), ", ")
}

// principals describes the principals of a statement.
func principals(s iam.Statement) []string {
	var who []string
	for _, p := range s.Principal.AWS {
		if account, ok := strings.CutSuffix(p, ":root"); ok {
			p = "account " + account[strings.LastIndex(account, ":")+1:]
		}
		if p != "*" {
			who = append(who, p)
		}
	}
	for _, p := range s.Principal.Service {
		p, _, _ = strings.Cut(p, ".")
		who = append(who, p)
	}
	for _, c := range s.Condition {
		what := map[string]string{"aws:principalorgid": "organisation ", "aws:principalorgpaths": "organisational unit "}[strings.ToLower(c.Key)]
		if what != "" {
			for _, v := range c.Values {
				who = append(who, what+v)
			}
		}
	}
	slices.Sort(who)
	return who
}

// subjects returns the subjects that a role admits. It omits the form with numbers, unless there is no other.
func subjects(role *unstructured.Unstructured) []string {
	var all []string
	for _, s := range statements(iam.TrustPolicy, local.ForProvider(role, "assumeRolePolicy")) {
		for _, c := range s.Condition {
			if strings.HasSuffix(c.Key, ":sub") {
				all = append(all, c.Values...)
			}
		}
	}
	slices.Sort(all)
	named := slices.DeleteFunc(slices.Clone(all), func(s string) bool { return strings.Contains(s, "@") })
	if len(named) == 0 {
		named = all
	}
	return slices.Compact(named)
}

// others returns a row for each managed resource that is not part of a repository.
func (r rendered) others() [][]string {
	var rows [][]string
	for _, key := range r.keys {
		u := r.Desired[key]
		part, _, below := strings.Cut(key, "/")
		if u.GetKind() == "RolePolicy" || below && (part == "repository" || part == "lifecycle" || part == "policy") {
			continue
		}
		name := cmp.Or(meta.GetExternalName(u), u.GetName())
		rows = append(rows, []string{key, u.GetKind(), name, strings.Join(subjects(u), ", ")})
	}
	return rows
}

// policies writes each policy as indented JSON.
func (r rendered) policies(b *bytes.Buffer) error {
	for _, key := range r.keys {
		for _, field := range []string{"policy", "assumeRolePolicy"} {
			if policy := local.ForProvider(r.Desired[key], field); policy != "" {
				fmt.Fprintf(b, "\n  %s, %s:\n  ", cli.Clean(key), field)
				if err := json.Indent(b, []byte(policy), "  ", "  "); err != nil {
					return err
				}
				fmt.Fprintln(b)
			}
		}
	}
	return nil
}
