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
	// settings are the names of the files with the settings.
	settings []string

	// namespaced writes composite resources of Crossplane 2 instead of claims.
	namespaced bool
}

// load reads the YAML that the command would write for objects.
func (r renderer) load(objects ...map[string]any) (*local.Set, error) {
	in := cli.Streams{In: strings.NewReader(manifest(objects...))}
	return local.Load(in, []string{"-"}, local.Options{Settings: r.settings})
}

// region returns the region of the settings; empty if they have none.
func (r renderer) region(ctx context.Context) (string, error) {
	inForce, err := r.inForce(ctx, claim{namespace: "probe", name: "probe", project: "probe", withoutRegion: true})
	return inForce.region, err
}

// inForce returns a repository of a claim that writes no setting for it.
func (r renderer) inForce(ctx context.Context, c claim) (repository, error) {
	const probe = "probe"
	c.images = []*image{{Image: v1alpha1.Image{Name: probe}}}
	o, err := r.rendered(ctx, r.claim(&c, false))
	if err != nil {
		return repository{}, err
	}
	found, _ := repositoryOf(o, probe)
	return found, nil
}

// rendered renders an object without the guardrails of the settings.
func (r renderer) rendered(ctx context.Context, object map[string]any) (local.Outcome, error) {
	set, err := r.load(object)
	if err != nil {
		return local.Outcome{}, err
	}
	if len(set.Composites) != 1 {
		return local.Outcome{Refused: true, Findings: set.Findings}, nil
	}
	return set.Run(ctx, set.Composites[0].WithoutGuardrails())
}

// refusals returns the messages with which the function would refuse objects, guardrails included.
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

// repositoryOf returns the repository that is rendered for an image.
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
		policy: local.ForProvider(o.Desired["policy/"+name], "policy"),
	}
	if len(v.EncryptionConfiguration) > 0 {
		r.encryption, r.kmsKey = v.EncryptionConfiguration[0].EncryptionType, v.EncryptionConfiguration[0].KMSKey
	}
	for key, u := range o.Desired {
		hash, ok := strings.CutPrefix(key, "lifecycle/"+name+"/")
		if ok && !strings.Contains(hash, "/") {
			r.lifecycle = local.ForProvider(u, "policy")
		}
	}
	return r, true
}

// prove renders a claim as if it were managed, and compares each repository with the source. It drops settings that
// would change AWS, and notes the reason.
func (r renderer) prove(ctx context.Context, c *claim) error {
	// Each round drops at least one field of an image.
	for range len(c.images)*8 + 1 {
		o, err := r.rendered(ctx, r.claim(c, false))
		if err != nil {
			return err
		}
		drop := c.dropDifferent
		if o.Refused {
			drop = c.dropRefused
		}
		if !drop(o) {
			break
		}
	}
	if len(c.images) < 2 {
		return nil
	}
	// Share settings as defaults only if the claim then renders the same.
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

// dropRefused drops the fields that the API refuses, and reports whether it dropped any.
func (c *claim) dropRefused(o local.Outcome) bool {
	changed := false
	for _, f := range o.Errors() {
		m := imagePath.FindStringSubmatch(f.Path)
		if m == nil {
			c.note("%s", f.Message())
			continue
		}
		n, _ := strconv.Atoi(m[1])
		if i := c.images[min(n, len(c.images)-1)]; i.drop(m[2]) {
			i.note("its %s is left out: %s", m[2], f.Message())
			changed = true
		} else if !changed {
			i.note("%s", f.Message())
		}
	}
	return changed
}

// drop drops a setting, and reports whether that changed anything.
func (i *image) drop(field string) bool {
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

// dropDifferent drops the policies that would differ from the source, and reports whether it dropped any. If none
// differs any more, it notes all other differences.
func (c *claim) dropDifferent(o local.Outcome) bool {
	changed := false
	for _, i := range c.images {
		got, ok := repositoryOf(o, i.Name)
		if !ok {
			i.note("nothing is rendered for it")
			continue
		}
		if why := difference(iam.RepositoryPolicy, got.policy, i.source.policy); why != "" {
			changed = i.drop("pull") || changed
			if !i.keepsPolicy {
				i.note("its repository policy stays as it is in AWS: `pull` would write a different one: %s", why)
			}
			i.keepsPolicy = true
		}
		if source := i.source.lifecycle; got.lifecycle != "" && (source == "" || !sameRules(source, got.lifecycle)) && i.drop("lifecycle") {
			i.note("its lifecycle policy stays as it is in AWS: the API cannot express all of it")
			changed = true
		}
	}
	if changed {
		return true
	}
	for _, i := range c.images {
		if got, ok := repositoryOf(o, i.Name); ok {
			i.noteChanges(got)
		}
	}
	return false
}

// noteChanges notes what would change when the repository is managed.
func (i *image) noteChanges(got repository) {
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
		rendered, ok := got.tags[k]
		switch {
		case unwritten(k), ok && rendered == s.tags[k]:
		case ok:
			i.note("its tag %s=%s becomes %s=%s, which is set for you", k, s.tags[k], k, rendered)
		case tagFault(k, s.tags[k]) == "":
			i.note("its tag %s=%s would be removed", k, s.tags[k])
		}
	}
	for _, k := range slices.Sorted(maps.Keys(got.tags)) {
		if _, has := s.tags[k]; !has && s.tags != nil && !slices.Contains(setTags, k) {
			i.note("the settings of the platform add the tag %s=%s", k, got.tags[k])
		}
	}
}
