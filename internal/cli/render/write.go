package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
	"github.com/ontopix/crossplane-ecr/internal/cli"
)

// Annotations that Crossplane and its providers know.
const (
	annotationResource = "crossplane.io/composition-resource-name"
	annotationExternal = "crossplane.io/external-name"
)

// manifests writes the managed resources as YAML.
func manifests(w io.Writer, all []rendered) error {
	first := true
	for _, r := range all {
		for _, key := range r.keys {
			u := r.desired[key].DeepCopy()
			annotations := u.GetAnnotations()
			if annotations == nil {
				annotations = map[string]string{}
			}
			annotations[annotationResource] = key
			u.SetAnnotations(annotations)
			raw, err := yaml.Marshal(u.Object)
			if err != nil {
				return err
			}
			if !first {
				raw = append([]byte("---\n"), raw...)
			}
			first = false
			if _, err := w.Write(raw); err != nil {
				return err
			}
		}
	}
	return nil
}

// table writes what becomes of each object, in words.
func table(w io.Writer, all []rendered, wide bool) error {
	for i, r := range all {
		if i > 0 {
			fmt.Fprintln(w) //nolint:errcheck // A buffer does not fail.
		}
		if _, err := fmt.Fprintln(w, cli.Clean(r.Author())); err != nil {
			return err
		}
		if err := r.repositories(w); err != nil {
			return err
		}
		if err := r.others(w); err != nil {
			return err
		}
		if wide {
			if err := r.policies(w); err != nil {
				return err
			}
		}
	}
	return nil
}

// repositories writes a line for each repository.
func (r rendered) repositories(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	head := false
	for _, key := range r.keys {
		image, ok := strings.CutPrefix(key, "repository/")
		if !ok {
			continue
		}
		if !head {
			fmt.Fprintln(tw, "  REPOSITORY\tREGION\tTAGS\tLIFECYCLE\tPULL\tPUSH") //nolint:errcheck // A buffer does not fail.
			head = true
		}
		u := r.desired[key]
		fmt.Fprintf(tw, "  %s\t%s\t%s\t%s\t%s\t%s\n", //nolint:errcheck // A buffer does not fail.
			cli.Clean(u.GetAnnotations()[annotationExternal]), text(u, "region"), cli.Clean(mutability(u)),
			cli.Clean(r.lifecycle(image)), cli.Clean(r.allowed(image, "ecr:BatchGetImage")), cli.Clean(r.pushers(image)))
	}
	return tw.Flush()
}

// text is a string of what a managed resource is for.
func text(u *unstructured.Unstructured, name string) string {
	s, _, _ := unstructured.NestedString(u.Object, "spec", "forProvider", name)
	return s
}

// mutability of tags, in words.
func mutability(u *unstructured.Unstructured) string {
	mode := strings.ToLower(text(u, "imageTagMutability"))
	filters, _, _ := unstructured.NestedSlice(u.Object, "spec", "forProvider", "imageTagMutabilityExclusionFilter")
	var except []string
	for _, f := range filters {
		f, _ := f.(map[string]any)
		except = append(except, fmt.Sprint(f["filter"]))
	}
	mode, _, with := strings.Cut(mode, "_")
	if with {
		return mode + " but " + strings.Join(except, ", ")
	}
	return mode
}

// lifecycle of an image's repository, in words.
func (r rendered) lifecycle(image string) string {
	for _, key := range r.keys {
		if strings.HasPrefix(key, "lifecycle/"+image+"/") && strings.Count(key, "/") == strings.Count(image, "/")+2 {
			rules, _ := lifecycle.Parse(text(r.desired[key], "policy"))
			words := make([]string, len(rules))
			for i, rule := range rules {
				words[i] = lifecycle.Describe(rule)
			}
			return strings.Join(words, "; ")
		}
	}
	return "nothing expires"
}

// pushers of an image: the project's own role, and whom the repository's policy names.
func (r rendered) pushers(image string) string {
	who := []string{"the organisation's role"}
	if role := r.desired["push-role"]; role != nil {
		who = append(who, "role "+role.GetAnnotations()[annotationExternal])
	}
	if others := r.allowed(image, "ecr:PutImage"); others != owner {
		who = append(who, strings.TrimPrefix(others, owner+", "))
	}
	return strings.Join(who, ", ")
}

// owner is who may always pull.
const owner = "the account"

// A statement of a policy, as far as it tells who is let in.
type statement struct {
	Principal any
	Action    any
	Condition map[string]map[string]any
}

func statements(policy string) []statement {
	var p struct{ Statement []statement }
	// It is our own, and well-formed.
	_ = json.Unmarshal([]byte(policy), &p)
	return p.Statement
}

// allowed is who may use an action on an image's repository.
func (r rendered) allowed(image, action string) string {
	who := []string{owner}
	policy := r.desired["policy/"+image]
	if policy == nil {
		return owner
	}
	for _, s := range statements(text(policy, "policy")) {
		if !slices.Contains(list(s.Action), action) {
			continue
		}
		who = append(who, principals(s)...)
	}
	return strings.Join(slices.Compact(who), ", ")
}

// principals of a statement, in words.
func principals(s statement) []string {
	by, _ := s.Principal.(map[string]any)
	var who []string
	for _, p := range list(by["AWS"]) {
		if account, ok := strings.CutSuffix(p, ":root"); ok {
			p = "account " + account[strings.LastIndex(account, ":")+1:]
		}
		if p != "*" {
			who = append(who, p)
		}
	}
	for _, p := range list(by["Service"]) {
		p, _, _ = strings.Cut(p, ".")
		who = append(who, p)
	}
	for _, keys := range s.Condition {
		for key, values := range keys {
			switch strings.ToLower(key) {
			case "aws:principalorgid":
				for _, v := range list(values) {
					who = append(who, "organisation "+v)
				}
			case "aws:principalorgpaths":
				for _, v := range list(values) {
					who = append(who, "organisational unit "+v)
				}
			}
		}
	}
	slices.Sort(who)
	return who
}

// list is an element of a policy, which may be one value or several.
func list(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var all []string
		for _, item := range v {
			all = append(all, fmt.Sprint(item))
		}
		return all
	}
	return nil
}

// subjects that a role lets in, in the form that has names alone: each is there once more in
// the form with numbers.
func subjects(role *unstructured.Unstructured) []string {
	var all []string
	for _, s := range statements(text(role, "assumeRolePolicy")) {
		for _, keys := range s.Condition {
			for key, values := range keys {
				if strings.HasSuffix(key, ":sub") {
					all = append(all, list(values)...)
				}
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

// others writes a line for each resource that is no part of a repository.
func (r rendered) others(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	head := false
	for _, key := range r.keys {
		part, _, below := strings.Cut(key, "/")
		if strings.HasSuffix(key, "-policy") && r.desired[key].GetKind() == "RolePolicy" || below && (part == "repository" || part == "lifecycle" || part == "policy") {
			continue
		}
		if !head {
			fmt.Fprintln(tw, "  RESOURCE\tKIND\tNAME\tLETS IN") //nolint:errcheck // A buffer does not fail.
			head = true
		}
		u := r.desired[key]
		name := u.GetAnnotations()[annotationExternal]
		if name == "" {
			name = u.GetName()
		}
		fmt.Fprintf(tw, "  %s\t%s\t%s\t%s\n", cli.Clean(key), u.GetKind(), cli.Clean(name), cli.Clean(strings.Join(subjects(u), ", "))) //nolint:errcheck // A buffer does not fail.
	}
	return tw.Flush()
}

// policies writes every policy, as JSON that people read.
func (r rendered) policies(w io.Writer) error {
	for _, key := range r.keys {
		for _, field := range []string{"policy", "assumeRolePolicy"} {
			policy := text(r.desired[key], field)
			if policy == "" {
				continue
			}
			var b bytes.Buffer
			if err := json.Indent(&b, []byte(policy), "  ", "  "); err != nil {
				return err
			}
			if _, err := fmt.Fprintf(w, "\n  %s, %s:\n  %s\n", cli.Clean(key), field, b.String()); err != nil {
				return err
			}
		}
	}
	return nil
}
