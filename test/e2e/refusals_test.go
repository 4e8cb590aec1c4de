package e2e_test

import (
	"context"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

func refusals() []behaviour {
	return []behaviour{
		{
			name:   "admission refuses what the schema can refuse",
			reason: "the sooner a mistake is told, the cheaper it is: kubectl apply fails",
			run:    admissionRefuses,
		},
		{
			name:   "a mistake is corrected before it is made",
			reason: "a project, region or account that changes would leave every repository behind, unless there is none",
			run:    mistakesCorrected,
		},
		{
			name:   "a namespace that is not the project's",
			reason: "a project belongs to the namespace of its name; nobody else may have its repositories",
			run:    otherNamespace,
		},
		{
			name:   "another provider config",
			reason: "whoever writes claims must not choose the account and the rights that they are fulfilled with",
			run:    anotherProviderConfig,
		},
		{
			name:   "a pinned revision",
			reason: "a claim that stays on an old revision would stay without the platform team's newer settings",
			run:    pinnedRevision,
		},
		{
			name:   "another composition",
			reason: "a Composition of somebody's own would get around every guardrail",
			run:    anotherComposition,
		},
		{
			name:   "a claim on an XR of somebody else",
			only:   claimed,
			reason: "a claim that could bind another's composite resource would own its repositories",
			run:    strangersComposite,
		},
	}
}

// refused checks that the API server refuses a spec, in words that hold a text.
func (c claim) refused(spec, text string) {
	c.Helper()
	err := c.try(spec)
	if err == nil {
		c.Errorf("admitted: %s", spec)
		return
	}
	if !strings.Contains(err.Error(), text) {
		c.Errorf("%s\nis refused, but %q is not in: %v", spec, text, err)
	}
}

func admissionRefuses(s *scene) {
	c := s.registry("app")
	// One of each kind of rule that a schema has. What all of them refuse, the tables of test/cases have.
	for spec, text := range map[string]string{
		`{}`:                                 "spec.images",
		`images: [{name: API}]`:              "spec.images[0].name",
		`images: [{name: api}, {name: api}]`: "duplicate",
		`images: [{name: api, lifecycle: {keepImages: 5, rules: []}}]`: "rules",
	} {
		c.refused(spec, text)
	}
	if c.get() != nil {
		s.Error("nothing of it was admitted")
	}
}

func mistakesCorrected(s *scene) {
	c := s.registry("app")
	c.apply(`{images: [{name: api}], region: xx-west-1}`)
	c.says("Valid", "False", "InvalidSpec", "spec.region")
	c.apply(`{images: [{name: api}], region: eu-west-1}`)
	c.ready()
	c.apply(`{images: [{name: api}], region: eu-central-1}`)
	c.says("Valid", "False", "InvalidSpec", "spec.region", "AWS cannot move them")
	c.apply(`{images: [{name: api}], region: eu-west-1}`)
	c.ready()
	s.exists(s.repository("api"))
}

func otherNamespace(s *scene) {
	stranger := "stranger-of-" + s.project
	if err := s.lab.Namespace(s.Context(), stranger); err != nil {
		s.Fatal(err)
	}
	c := s.registryIn(stranger, "app")
	c.apply(`{images: [{name: api}], project: ` + s.project + `}`)
	c.says("Valid", "False", "GuardrailViolation", "spec.project", s.project)
	s.notInCloud(s.repository("api"))
}

func anotherProviderConfig(s *scene) {
	c := s.registry("app")
	c.apply(`{images: [{name: api}], providerConfigRef: {name: admin}}`)
	c.says("Valid", "False", "GuardrailViolation", "spec.providerConfigRef", "admin")
	s.notInCloud(s.repository("api"))
}

func pinnedRevision(s *scene) {
	c := s.registry("app")
	c.apply(`{images: [{name: api}], compositionUpdatePolicy: Manual}`)
	c.says("Valid", "False", "GuardrailViolation", "compositionUpdatePolicy")
	s.notInCloud(s.repository("api"))

	selects := s.registry("selects")
	selects.apply(`{images: [{name: api}], compositionRevisionSelector: {matchLabels: {channel: old}}}`)
	s.stays("nothing is made", func() error {
		if _, ok, err := s.lab.Look(s.Context(), s.repository("api")); ok || err != nil {
			return fmt.Errorf("it is there: %v %v", ok, err)
		}
		return nil
	})
}

func anotherComposition(s *scene) {
	// Somebody's own Composition of the same kind, which would do nothing at all.
	other := &unstructured.Unstructured{Object: map[string]any{"spec": parse(s.T, `
compositeTypeRef: {apiVersion: `+s.apiVersion()+`, kind: `+s.xrKind+`}
mode: Pipeline
pipeline: [{step: nothing, functionRef: {name: somebodys-function}}]
`)}}
	other.SetAPIVersion("apiextensions.crossplane.io/v1")
	other.SetKind("Composition")
	other.SetName("somebodys" + s.suffix)
	if err := s.lab.Apply(s.Context(), other); err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { _ = s.lab.Client.Delete(context.Background(), other) })

	for name, spec := range map[string]string{
		"by-name":     `{images: [{name: by-name}], compositionRef: {name: ` + other.GetName() + `}}`,
		"by-selector": `{images: [{name: by-selector}], compositionSelector: {matchLabels: {mine: "true"}}}`,
	} {
		c := s.registry(name)
		c.apply(spec)
		c.ready()
		s.exists(s.repository(name))
		// 1.20 leaves the claim's wish in compositionRef. What was composed with is what the revision says.
		s.eventually("the XRD enforces its Composition", func() error {
			if got := revision(c.composite()); !strings.HasPrefix(got, s.composition+"-") {
				return fmt.Errorf("composed with revision %s, want %s-…", got, s.composition)
			}
			return nil
		})
		s.stays("it does", func() error {
			if got := revision(c.composite()); !strings.HasPrefix(got, s.composition+"-") {
				return fmt.Errorf("composed with revision %s, want %s-…", got, s.composition)
			}
			return nil
		})
		c.ready()
	}
}

func strangersComposite(s *scene) {
	c := s.registry("app")
	c.apply(`images: [{name: api}]`)
	c.ready()
	xr := c.composite()

	stranger := "stranger-of-" + s.project
	if err := s.lab.Namespace(s.Context(), stranger); err != nil {
		s.Fatal(err)
	}
	thief := s.registryIn(stranger, "app")
	thief.apply(fmt.Sprintf(`{images: [{name: api}], resourceRef: {apiVersion: ecr.ontopix.io/v1alpha1, kind: XProjectRegistry, name: %s}}`, xr.GetName()))
	s.eventually("the stranger's claim is refused", func() error {
		u := thief.get()
		text := conditions(u)
		if !strings.Contains(text, "Synced=False") && !strings.Contains(text, "Valid=False") {
			return fmt.Errorf("it says %s", text)
		}
		return nil
	})
	s.stays("the composite resource is its owner's", func() error {
		live := s.get(xr)
		if live == nil || live.GetUID() != xr.GetUID() {
			return fmt.Errorf("it was replaced")
		}
		if got, _, _ := unstructured.NestedString(live.Object, "spec", "claimRef", "namespace"); got != s.project {
			return fmt.Errorf("its claim is in namespace %s", got)
		}
		return nil
	})
	c.ready()
	// Giving up the attempt harms nobody either.
	if err := s.lab.Client.Delete(s.Context(), thief.object()); client.IgnoreNotFound(err) != nil {
		s.Fatal(err)
	}
	s.stays("the repository's objects are there", func() error {
		if s.get(xr) == nil {
			return fmt.Errorf("the composite resource is gone")
		}
		return nil
	})
	c.ready()
}
