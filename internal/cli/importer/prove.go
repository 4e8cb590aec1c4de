package importer

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/ontopix/crossplane-ecr/internal/cli"
	"github.com/ontopix/crossplane-ecr/internal/cli/local"
	"github.com/ontopix/crossplane-ecr/internal/iam"
)

// A renderer renders objects as the function would with the platform team's settings.
type renderer struct {
	// settings are the files with them.
	settings []string

	// namespaced is true if composite resources of Crossplane 2 are written in place of claims.
	namespaced bool
}

// load reads objects as they are written.
func (r renderer) load(text string) (*local.Set, error) {
	return local.Load(cli.Streams{In: strings.NewReader(text)}, []string{"-"}, local.Options{Settings: r.settings})
}

// region returns the one that the settings name; "" if they name none.
func (r renderer) region(ctx context.Context) (string, error) {
	probe := claim{namespace: "probe", name: "probe", project: "probe", withoutRegion: true, images: []image{{name: "probe"}}}
	o, err := r.rendered(ctx, probe.object(false))
	if err != nil {
		return "", err
	}
	found, _ := repositoryOf(o, "probe")
	return found.region, nil
}

// rendered returns what becomes of an object where no guardrail refuses it.
func (r renderer) rendered(ctx context.Context, object map[string]any) (local.Outcome, error) {
	set, err := r.load(r.manifest(object))
	if err != nil {
		return local.Outcome{}, err
	}
	if len(set.Composites) != 1 {
		return local.Outcome{Refused: true, Findings: set.Findings}, nil
	}
	c, err := set.Composites[0].WithoutGuardrails()
	if err != nil {
		return local.Outcome{}, err
	}
	return set.Run(ctx, c)
}

// refusals returns what the function would refuse of an object, with its guardrails.
func (r renderer) refusals(ctx context.Context, objects ...map[string]any) ([]string, error) {
	set, err := r.load(r.manifest(objects...))
	if err != nil {
		return nil, err
	}
	var all []string
	for _, c := range set.Composites {
		o, err := set.Run(ctx, c)
		if err != nil {
			return nil, err
		}
		for _, f := range o.Findings {
			if f.Level == local.Error {
				all = append(all, f.Message())
			}
		}
	}
	return all, nil
}

// repositoryOf reads what an outcome makes of an image, in the words of a source.
func repositoryOf(o local.Outcome, name string) (repository, bool) {
	u := o.Desired["repository/"+name]
	if u == nil {
		return repository{}, false
	}
	var v struct {
		Region     string            `json:"region"`
		Mutability string            `json:"imageTagMutability"`
		Filters    []filter          `json:"imageTagMutabilityExclusionFilter"`
		Tags       map[string]string `json:"tags"`
		Scanning   struct {
			ScanOnPush bool `json:"scanOnPush"`
		} `json:"imageScanningConfiguration"`
		Encryption []struct {
			Type   string `json:"encryptionType"`
			KMSKey string `json:"kmsKey"`
		} `json:"encryptionConfiguration"`
	}
	if err := forProvider(u, &v); err != nil {
		return repository{}, false
	}
	r := repository{
		name: u.GetAnnotations()["crossplane.io/external-name"], region: v.Region, mutability: v.Mutability, filters: texts(v.Filters),
		scanOnPush: &v.Scanning.ScanOnPush, tags: v.Tags,
	}
	if len(v.Encryption) > 0 {
		r.encryption, r.kmsKey = v.Encryption[0].Type, v.Encryption[0].KMSKey
	}
	for key, u := range o.Desired {
		hash, ok := strings.CutPrefix(key, "lifecycle/"+name+"/")
		if ok && !strings.Contains(hash, "/") {
			r.lifecycle = policyOf(u)
		}
	}
	r.policy = policyOf(o.Desired["policy/"+name])
	return r, true
}

func forProvider(u *unstructured.Unstructured, v any) error {
	spec, _, _ := unstructured.NestedMap(u.Object, "spec", "forProvider")
	return into(spec, v)
}

func policyOf(u *unstructured.Unstructured) *document {
	if u == nil {
		return nil
	}
	text, _, _ := unstructured.NestedString(u.Object, "spec", "forProvider", "policy")
	return &document{text: text}
}

// prove renders a claim as it would be managed, and compares each repository with what the source has. What the API says
// otherwise is taken out, and listed with the reason.
func (r renderer) prove(ctx context.Context, c *claim) error {
	// Each round takes at least one field out of an image.
	for range len(c.images)*8 + 1 {
		o, err := r.rendered(ctx, c.object(false))
		if err != nil {
			return err
		}
		var changed bool
		if o.Refused {
			changed = c.refused(o)
		} else {
			changed = c.differs(o)
		}
		if !changed {
			break
		}
	}
	// What holds for all is proven anew where it is written once.
	short := c.hoist()
	before, err := r.rendered(ctx, c.object(false))
	if err != nil || before.Refused {
		return err
	}
	after, err := r.rendered(ctx, short.object(false))
	if err == nil && reflect.DeepEqual(before.Desired, after.Desired) {
		*c = short
	}
	return err
}

// imagePath is the path of a field of an image.
var imagePath = regexp.MustCompile(`^spec\.images\[(\d+)\]\.([A-Za-z]+)`)

// refused takes the fields out that the API refuses, and reports whether it took any.
func (c *claim) refused(o local.Outcome) bool {
	changed := false
	for _, f := range o.Findings {
		if f.Level != local.Error {
			continue
		}
		m := imagePath.FindStringSubmatch(f.Path)
		if m == nil {
			c.note("%s", f.Message())
			continue
		}
		n, _ := strconv.Atoi(m[1])
		if i := &c.images[min(n, len(c.images)-1)]; i.take(m[2]) {
			i.note("its %s is left out: %s", m[2], f.Message())
			changed = true
		} else if !changed {
			i.note("%s", f.Message())
		}
	}
	return changed
}

// take takes a setting out, and reports whether there was one.
func (i *image) take(field string) bool {
	if v, ok := i.settings[field]; !ok || field == "lifecycle" && same(v, noLifecycle()) || field == "pull" && same(v, map[string]any{}) {
		return false
	}
	switch field {
	case "lifecycle":
		i.settings[field] = noLifecycle()
	case "pull":
		delete(i.settings, field)
		if i.pullInForce {
			i.settings[field] = map[string]any{}
		}
	case "imageTagMutability", "imageTagMutabilityExclusionFilters":
		delete(i.settings, "imageTagMutability")
		delete(i.settings, "imageTagMutabilityExclusionFilters")
	default:
		delete(i.settings, field)
	}
	return true
}

// differs compares what was rendered with the source. It takes the policies out that say something else, and reports
// whether it took any; what nothing can be done about is said once, when none is left to take.
func (c *claim) differs(o local.Outcome) bool {
	changed := false
	for n := range c.images {
		i := &c.images[n]
		got, ok := repositoryOf(o, i.name)
		if !ok {
			i.note("nothing is rendered for it")
			continue
		}
		if d := i.source.policy; d != nil && i.settings["pull"] != nil && !same(i.settings["pull"], map[string]any{}) || got.policy != nil {
			if why := difference(iam.RepositoryPolicy, textOf(d), textOf(got.policy)); why != "" && i.take("pull") {
				i.notePolicy(why)
				changed = true
			}
		} else if d != nil && !i.policyTold() {
			i.notePolicy(difference(iam.RepositoryPolicy, d.text, ""))
		}
		if d := i.source.lifecycle; got.lifecycle != nil && (d == nil || !sameRules(d.text, got.lifecycle.text)) && i.take("lifecycle") {
			i.note("its lifecycle policy stays as it is in AWS: the API cannot say all of it")
			changed = true
		}
	}
	if changed {
		return true
	}
	for n := range c.images {
		if got, ok := repositoryOf(o, c.images[n].name); ok {
			c.images[n].remaining(got)
		}
	}
	return false
}

// told begins what is said about a policy that is not taken over.
const told = "its repository policy stays as it is in AWS: `pull` says something else: "

func (i *image) policyTold() bool {
	return slices.ContainsFunc(i.notes, func(n string) bool { return strings.HasPrefix(n, told) })
}

func (i *image) notePolicy(why string) {
	if !i.policyTold() {
		i.note("%s%s", told, why)
	}
}

// remaining says what managing would change whatever is written.
func (i *image) remaining(got repository) {
	s := i.source
	if s.name != got.name || s.region != got.region {
		i.note("it would be rendered as %s in %s", got.name, got.region)
	}
	if s.mutability != "" && (s.mutability != got.mutability || !slices.Equal(sorted(s.filters), sorted(got.filters))) {
		i.note("its imageTagMutability would change from %s to %s", s.mutability, got.mutability)
	}
	if s.scanOnPush != nil && *s.scanOnPush != *got.scanOnPush {
		i.note("its scanOnPush would change from %t to %t", *s.scanOnPush, *got.scanOnPush)
	}
	for _, k := range slices.Sorted(maps.Keys(s.tags)) {
		now, set := got.tags[k]
		switch {
		case unwritten(k), set && now == s.tags[k]:
		case set:
			i.note("its tag %s=%s becomes %s=%s, which is set for you", k, s.tags[k], k, now)
		case !slices.ContainsFunc(i.notes, func(n string) bool { return strings.HasPrefix(n, fmt.Sprintf("the tag %s=", k)) }):
			i.note("the tag %s=%s goes", k, s.tags[k])
		}
	}
	for _, k := range slices.Sorted(maps.Keys(got.tags)) {
		if _, has := s.tags[k]; !has && s.tags != nil && !slices.Contains(setTags, k) {
			i.note("the settings of the platform add the tag %s=%s", k, got.tags[k])
		}
	}
}

func textOf(d *document) string {
	if d == nil {
		return ""
	}
	return d.text
}
