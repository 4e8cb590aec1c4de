package importer

import (
	"context"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
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
func (r renderer) load(objects ...map[string]any) (*local.Set, error) {
	in := cli.Streams{In: strings.NewReader(manifest(objects...))}
	return local.Load(in, []string{"-"}, local.Options{Settings: r.settings})
}

// region returns the one that the settings name; "" if they name none.
func (r renderer) region(ctx context.Context) (string, error) {
	inForce, err := r.inForce(ctx, claim{namespace: "probe", name: "probe", project: "probe", withoutRegion: true})
	return inForce.region, err
}

// inForce returns what a repository of a claim is like of which nothing is written.
func (r renderer) inForce(ctx context.Context, c claim) (repository, error) {
	const probe = "probe"
	c.images = []image{{Image: v1alpha1.Image{Name: probe}}}
	o, err := r.rendered(ctx, r.claim(&c, false))
	if err != nil {
		return repository{}, err
	}
	found, _ := repositoryOf(o, probe)
	return found, nil
}

// rendered returns what becomes of an object where no guardrail refuses it.
func (r renderer) rendered(ctx context.Context, object map[string]any) (local.Outcome, error) {
	set, err := r.load(object)
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

// refusals returns what the function would refuse of objects, with its guardrails.
func (r renderer) refusals(ctx context.Context, objects ...map[string]any) ([]string, error) {
	set, err := r.load(objects...)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, c := range set.Composites {
		o, err := set.Run(ctx, c)
		if err != nil {
			return nil, err
		}
		for _, f := range o.Errors() {
			all = append(all, f.Message())
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
		Region                            string
		ImageTagMutability                string
		ImageTagMutabilityExclusionFilter []filter
		Tags                              map[string]string
		ImageScanningConfiguration        struct{ ScanOnPush bool }
		EncryptionConfiguration           []struct{ EncryptionType, KMSKey string }
	}
	spec, _, _ := unstructured.NestedMap(u.Object, "spec", "forProvider")
	if err := into(spec, &v); err != nil {
		return repository{}, false
	}
	r := repository{
		name: u.GetAnnotations()["crossplane.io/external-name"], region: v.Region,
		mutability: v.ImageTagMutability, filters: texts(v.ImageTagMutabilityExclusionFilter),
		scanOnPush: &v.ImageScanningConfiguration.ScanOnPush, tags: v.Tags,
		policy: textOf(o.Desired["policy/"+name], "policy"),
	}
	if len(v.EncryptionConfiguration) > 0 {
		r.encryption, r.kmsKey = v.EncryptionConfiguration[0].EncryptionType, v.EncryptionConfiguration[0].KMSKey
	}
	for key, u := range o.Desired {
		hash, ok := strings.CutPrefix(key, "lifecycle/"+name+"/")
		if ok && !strings.Contains(hash, "/") {
			r.lifecycle = textOf(u, "policy")
		}
	}
	return r, true
}

// textOf returns a field of a managed resource; empty if there is none.
func textOf(u *unstructured.Unstructured, field string) string {
	if u == nil {
		return ""
	}
	text, _, _ := unstructured.NestedString(u.Object, "spec", "forProvider", field)
	return text
}

// prove renders a claim as it would be managed, and compares each repository with what the source has. What the API says
// otherwise is taken out, and listed with the reason.
func (r renderer) prove(ctx context.Context, c *claim) error {
	// Each round takes at least one field out of an image.
	for range len(c.images)*8 + 1 {
		o, err := r.rendered(ctx, r.claim(c, false))
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
	if len(c.images) < 2 {
		return nil
	}
	// What holds for all is proven anew where it is written once.
	before, err := r.rendered(ctx, r.claim(c, false))
	if err != nil || before.Refused {
		return err
	}
	c.withDefaults = true
	after, err := r.rendered(ctx, r.claim(c, false))
	c.withDefaults = err == nil && reflect.DeepEqual(before.Desired, after.Desired)
	return err
}

// imagePath is the path of a field of an image.
var imagePath = regexp.MustCompile(`^spec\.images\[(\d+)\]\.([A-Za-z]+)`)

// refused takes the fields out that the API refuses, and reports whether it took any.
func (c *claim) refused(o local.Outcome) bool {
	changed := false
	for _, f := range o.Errors() {
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
	before := i.RepositorySettings
	switch field {
	case "lifecycle":
		i.Lifecycle = noLifecycle()
	case "pull":
		if i.Pull = nil; i.pullInForce {
			i.Pull = &v1alpha1.Pull{}
		}
	case "imageTagMutability", "imageTagMutabilityExclusionFilters":
		i.ImageTagMutability, i.ImageTagMutabilityExclusionFilters = nil, nil
	case "encryption":
		i.Encryption = nil
	case "tags":
		i.Tags = nil
	}
	return !reflect.DeepEqual(before, i.RepositorySettings)
}

// differs compares what was rendered with the source. It takes the policies out that say something else, and reports
// whether it took any; what nothing can be done about is said once, when none is left to take.
func (c *claim) differs(o local.Outcome) bool {
	changed := false
	for n := range c.images {
		i := &c.images[n]
		got, ok := repositoryOf(o, i.Name)
		if !ok {
			i.note("nothing is rendered for it")
			continue
		}
		if why := difference(iam.RepositoryPolicy, i.source.policy, got.policy); why != "" {
			changed = i.take("pull") || changed
			if !i.keepsPolicy {
				i.note("its repository policy stays as it is in AWS: `pull` says something else: %s", why)
			}
			i.keepsPolicy = true
		}
		if source := i.source.lifecycle; got.lifecycle != "" && (source == "" || !sameRules(source, got.lifecycle)) && i.take("lifecycle") {
			i.note("its lifecycle policy stays as it is in AWS: the API cannot say all of it")
			changed = true
		}
	}
	if changed {
		return true
	}
	for n := range c.images {
		if got, ok := repositoryOf(o, c.images[n].Name); ok {
			c.images[n].remaining(got)
		}
	}
	return false
}

// remaining says what managing would change whatever is written.
func (i *image) remaining(got repository) {
	s := i.source
	if s.name != got.name || s.region != got.region {
		i.note("it would be rendered as %s in %s", got.name, got.region)
	}
	if s.mutability != "" && !s.mutableAs(got) {
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
		case tagFault(k, s.tags[k]) == "":
			i.note("the tag %s=%s goes", k, s.tags[k])
		}
	}
	for _, k := range slices.Sorted(maps.Keys(got.tags)) {
		if _, has := s.tags[k]; !has && s.tags != nil && !slices.Contains(setTags, k) {
			i.note("the settings of the platform add the tag %s=%s", k, got.tags[k])
		}
	}
}
