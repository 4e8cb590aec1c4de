package importer

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/runtime"

	mv1alpha1 "github.com/ontopix/crossplane-ecr/apis/m/v1alpha1"
	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/internal/cli"
	"github.com/ontopix/crossplane-ecr/internal/xr"
)

// comments is the key of an object's notes, written as comments above it. No field has this name.
const comments = "#"

// order lists the fields that are written first, in this order. The others follow alphabetically.
var order = []string{
	"apiVersion", "kind", "metadata", "spec", "data", "name", "namespace",
	"project", "accountId", "partition", "region", "managementPolicies", "github", "oidcProvider", "deletionPolicy",
	"defaults", "images", "push", "pull", "crossAccountPull", "registry",
	"organization", "organizationId", "enabled", "roleName", "path",
	"description", "selection", "action",
	"tagStatus", "tagPatternList", "tagPrefixList", "storageClass", "countType", "countUnit", "countNumber",
	"imageTagMutability", "imageTagMutabilityExclusionFilters", "scanOnPush", "encryption", "lifecycle",
}

// claim returns a claim as an object, with managementPolicies: [Observe] if it only observes.
func (r renderer) claim(c *claim, observe bool) map[string]any {
	spec := map[string]any{}
	if !c.withoutRegion {
		spec["region"] = c.region
	}
	if c.project != c.namespace {
		spec["project"] = c.project
	}
	if observe {
		spec["managementPolicies"] = []string{"Observe"}
	}
	images := make([]map[string]any, len(c.images))
	for n, i := range c.images {
		images[n] = untyped(i.RepositorySettings)
		if i.Lifecycle != nil && reflect.DeepEqual(i.Lifecycle, noLifecycle()) {
			images[n]["lifecycle"] = map[string]any{"rules": []any{}} // Its JSON has no empty list.
		}
	}
	if c.withDefaults {
		if defaults := hoist(images); len(defaults) > 0 {
			spec["defaults"] = defaults
		}
	}
	var list []any
	for n, i := range c.images {
		images[n]["name"], images[n][comments] = i.Name, i.notes
		list = append(list, images[n])
	}
	spec["images"] = list
	return r.object(xr.ProjectRegistryClaim, c.name, c.namespace, spec, c.notes)
}

// hoist moves settings and tags that all images share out of the images, and returns them.
func hoist(images []map[string]any) map[string]any {
	tags := make([]map[string]any, len(images))
	for n, i := range images {
		tags[n], _ = i["tags"].(map[string]any)
	}
	defaults, allTags := shared(images), shared(tags)
	delete(defaults, "tags")
	// Filters belong to the mode beside them, so both are shared or neither.
	const mode, filters = "imageTagMutability", "imageTagMutabilityExclusionFilters"
	differs := func(i map[string]any) bool { return !reflect.DeepEqual(i[filters], images[0][filters]) }
	if _, ok := defaults[mode]; !ok || slices.ContainsFunc(images, differs) {
		delete(defaults, mode)
		delete(defaults, filters)
	}
	for n, i := range images {
		maps.DeleteFunc(i, func(field string, _ any) bool { _, ok := defaults[field]; return ok })
		maps.DeleteFunc(tags[n], func(key string, _ any) bool { _, ok := allTags[key]; return ok })
		if len(tags[n]) == 0 {
			delete(i, "tags")
		}
	}
	if len(allTags) > 0 {
		defaults["tags"] = allTags
	}
	return defaults
}

// shared returns the entries that are equal in all maps.
func shared(all []map[string]any) map[string]any {
	common := maps.Clone(all[0])
	for _, m := range all[1:] {
		maps.DeleteFunc(common, func(k string, v any) bool { other, ok := m[k]; return !ok || !reflect.DeepEqual(v, other) })
	}
	return common
}

// orgAccess returns an org access as an object.
func (r renderer) orgAccess(a orgAccess) map[string]any {
	a.GitHub = &v1alpha1.OrgGitHub{Organization: a.organization}
	if a.id != "" {
		a.GitHub.OrganizationID = &a.id
	}
	if p := aws.Partition(*a.Region); p != aws.PartitionStandard {
		a.Partition = &p
	}
	a.OIDCProvider = &v1alpha1.OIDCProvider{Mode: new(v1alpha1.OIDCProviderExisting)}
	a.DeletionPolicy = new(v1alpha1.DeletionOrphan)
	none := &v1alpha1.OrgRole{Enabled: new(false)}
	a.Push, a.Pull = cmp.Or(a.Push, none), cmp.Or(a.Pull, none)
	if len(a.replication.Rules)+len(a.replication.From) > 0 {
		a.registry.Replication = &a.replication
	}
	if a.registry != (v1alpha1.Registry{}) {
		a.Registry = &a.registry
	}
	name := strings.ReplaceAll(strings.ToLower(a.organization), "_", "-")
	return r.object(v1alpha1.XEcrOrgAccessKind, name, "", untyped(a.EcrOrgAccessParameters), a.notes)
}

// orgAccessNamespace is the namespace of a namespaced org access.
const orgAccessNamespace = "platform"

// object returns an object of the generation that is written, with its notes.
func (r renderer) object(kind, name, namespace string, spec map[string]any, n notes) map[string]any {
	apiVersion := v1alpha1.Group + "/" + v1alpha1.Version
	if r.namespaced {
		apiVersion = mv1alpha1.Group + "/" + mv1alpha1.Version
		if kind == v1alpha1.XEcrOrgAccessKind {
			kind, namespace = mv1alpha1.EcrOrgAccessKind, orgAccessNamespace
		}
	}
	metadata := map[string]any{"name": name}
	if namespace != "" {
		metadata["namespace"] = namespace
	}
	return map[string]any{comments: n, "apiVersion": apiVersion, "kind": kind, "metadata": metadata, "spec": spec}
}

// untyped returns a struct of the API as a map of its fields.
func untyped[T any](v T) map[string]any {
	m, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&v)
	if err != nil {
		// Structs of strings, integers and lists always have an untyped form.
		panic(fmt.Sprintf("cannot convert %v: %v", v, err))
	}
	return m
}

// manifest returns objects as YAML, with their comments.
func manifest(objects ...map[string]any) string {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	for _, o := range objects {
		if err := e.Encode(node(o, "")); err != nil {
			// Maps, lists and scalars always have a YAML form.
			panic(fmt.Sprintf("cannot encode %v: %v", o, err))
		}
	}
	return b.String()
}

// node returns a value as YAML. Lists of management policies and of tag patterns or prefixes stay on one line.
func node(v any, field string) *yaml.Node {
	n := &yaml.Node{}
	switch v := v.(type) {
	case map[string]any:
		n.Kind = yaml.MappingNode
		for _, k := range slices.SortedFunc(maps.Keys(v), compareFields) {
			if k == comments {
				n.HeadComment = comment(v[k].(notes))
				continue
			}
			n.Content = append(n.Content, node(k, ""), node(v[k], k))
		}
	case []any:
		n.Kind = yaml.SequenceNode
		for _, item := range v {
			n.Content = append(n.Content, node(item, ""))
		}
	default:
		if err := n.Encode(v); err != nil {
			panic(fmt.Sprintf("cannot encode %v: %v", v, err))
		}
	}
	if n.Kind == yaml.SequenceNode && slices.Contains([]string{"managementPolicies", "tagPatternList", "tagPrefixList"}, field) {
		n.Style = yaml.FlowStyle
	}
	return n
}

// compareFields compares field names by the order in which they are written.
func compareFields(a, b string) int {
	rank := func(field string) int {
		if at := slices.Index(order, field); at >= 0 {
			return at
		}
		return len(order)
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b))
}

// width is the maximum width of comments, in bytes without their indentation.
const width = 100

// comment returns notes as YAML comments. Further lines of a note are indented.
func comment(n notes) string {
	var lines []string
	for _, note := range n {
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
