package importer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	mv1alpha1 "github.com/ontopix/crossplane-ecr/apis/m/v1alpha1"
	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/internal/cli"
)

// comments are a key of maps that are written: what is said beside the object, a comment each. No field has its name.
const comments = "#"

// order of fields where it is not that of the alphabet.
var order = []string{
	"apiVersion", "kind", "metadata", "spec", "data", "name", "namespace",
	"project", "accountId", "partition", "region", "managementPolicies", "github", "oidcProvider", "deletionPolicy",
	"defaults", "images", "push", "pull", "crossAccountPull", "registry",
	"organization", "organizationId", "enabled", "roleName", "path",
	"description", "selection", "action", "tagStatus", "tagPatternList", "tagPrefixList", "storageClass", "countType", "countUnit", "countNumber",
	"imageTagMutability", "imageTagMutabilityExclusionFilters", "scanOnPush", "encryption", "lifecycle",
}

// object returns the claim as an object; one that only looks has managementPolicies: [Observe].
func (c *claim) object(observe bool) map[string]any {
	spec := map[string]any{}
	if !c.withoutRegion {
		spec["region"] = c.region
	}
	if c.project != c.namespace {
		spec["project"] = c.project
	}
	if observe {
		spec["managementPolicies"] = []any{"Observe"}
	}
	if len(c.defaults) > 0 {
		spec["defaults"] = c.defaults
	}
	images := make([]any, len(c.images))
	for n, i := range c.images {
		o := map[string]any{"name": i.name, comments: i.notes}
		for k, v := range i.settings {
			o[k] = v
		}
		images[n] = o
	}
	spec["images"] = images
	return map[string]any{
		comments:     c.notes,
		"apiVersion": "ecr.ontopix.io/v1alpha1",
		"kind":       "ProjectRegistry",
		"metadata":   map[string]any{"name": c.name, "namespace": c.namespace},
		"spec":       spec,
	}
}

// orgAccessNamespace is where an org access is written that has a namespace.
const orgAccessNamespace = "platform"

// manifest returns objects of the generation that is written as YAML, with their comments.
func (r renderer) manifest(objects ...map[string]any) string {
	if !r.namespaced {
		return manifest(objects...)
	}
	namespaced := make([]map[string]any, len(objects))
	for n, o := range objects {
		o = maps.Clone(o)
		namespaced[n] = o
		switch o["kind"] {
		case v1alpha1.XEcrOrgAccessKind:
			o["kind"] = mv1alpha1.EcrOrgAccessKind
			o["metadata"] = mapWith(maps.Clone(o["metadata"].(map[string]any)), "namespace", orgAccessNamespace)
		case mv1alpha1.ProjectRegistryKind:
		default:
			continue
		}
		o["apiVersion"] = mv1alpha1.Group + "/" + mv1alpha1.Version
	}
	return manifest(namespaced...)
}

// manifest returns objects as YAML, with their comments.
func manifest(objects ...map[string]any) string {
	var b bytes.Buffer
	for n, o := range objects {
		if n > 0 {
			b.WriteString("---\n")
		}
		e := yaml.NewEncoder(&b)
		e.SetIndent(2)
		if err := e.Encode(node(o, "")); err != nil {
			// Maps, lists and scalars always have a YAML form.
			panic(fmt.Sprintf("cannot encode %v: %v", o, err))
		}
	}
	return b.String()
}

// node returns a value as YAML. Short lists of names are written in one line.
func node(v any, field string) *yaml.Node {
	switch v := v.(type) {
	case map[string]any:
		n := &yaml.Node{Kind: yaml.MappingNode}
		for _, k := range keys(v) {
			if k == comments {
				n.HeadComment = comment(v[k])
				continue
			}
			n.Content = append(n.Content, node(k, ""), node(v[k], k))
		}
		if len(n.Content) == 0 {
			n.Style = yaml.FlowStyle
		}
		return n
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode}
		for _, item := range v {
			n.Content = append(n.Content, node(item, field))
		}
		if len(v) == 0 || field == "managementPolicies" || strings.HasPrefix(field, "tagP") {
			n.Style = yaml.FlowStyle
		}
		return n
	}
	n := &yaml.Node{}
	if err := n.Encode(v); err != nil {
		panic(fmt.Sprintf("cannot encode %v: %v", v, err))
	}
	return n
}

// keys of an object in the order in which they are written.
func keys(m map[string]any) []string {
	rank := func(k string) int {
		if at := slices.Index(order, k); at >= 0 {
			return at
		}
		return len(order)
	}
	all := make([]string, 0, len(m))
	for k := range m {
		all = append(all, k)
	}
	slices.SortFunc(all, func(a, b string) int {
		if d := rank(a) - rank(b); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	return all
}

// width of comments.
const width = 100

// comment returns what is said, each in lines of its own.
func comment(v any) string {
	notes, _ := v.([]string)
	var lines []string
	for _, note := range unique(slices.Clone(notes), func(n string) string { return n }) {
		line, indent := "#", ""
		for _, word := range strings.Fields(cli.Clean(note)) {
			if len(line)+1+len(word) > width && line != "#"+indent {
				lines = append(lines, line)
				indent = "  "
				line = "#" + indent
			}
			line += " " + word
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// object returns a value of the API as it is written.
func object(v any) map[string]any {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("cannot encode %v: %v", v, err))
	}
	// Numbers of the API are integers.
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var m map[string]any
	if err := d.Decode(&m); err != nil {
		panic(fmt.Sprintf("cannot decode %s: %v", raw, err))
	}
	return integers(m).(map[string]any) //nolint:forcetypeassert // It keeps the type.
}

func integers(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, item := range v {
			v[k] = integers(item)
		}
	case []any:
		for n, item := range v {
			v[n] = integers(item)
		}
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		return v.String()
	}
	return v
}

// list returns texts as a list of values.
func list(texts []string) []any {
	all := make([]any, len(texts))
	for n, t := range texts {
		all[n] = t
	}
	return all
}

func same(a, b any) bool { return reflect.DeepEqual(a, b) }
