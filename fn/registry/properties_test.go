package registry_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// randomSpecs runs a test with the dice of many random specs.
func randomSpecs(t *testing.T, test func(t *testing.T, d dice, g managed.Generation)) {
	t.Helper()
	for n := range 150 {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			d := roll(t, int64(1000+n))
			test(t, d, pick(d, managed.Claimed, managed.Namespaced))
		})
	}
}

func renderSpec(t *testing.T, g managed.Generation, spec map[string]any) *fnv1.RunFunctionResponse {
	t.Helper()
	return accepted(t, text(spec), fntest.Request{XR: fntest.Registry{Spec: text(spec)}.XR(t, g), Input: openInput})
}

func bytesOf(t *testing.T, m proto.Message) string {
	t.Helper()
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// same fails if a resource is not the same in two answers. It skips those of the image but, if there is one.
func same(t *testing.T, reason string, a, b *fnv1.RunFunctionResponse, but string) {
	t.Helper()
	keys := slices.Concat(fntest.Keys(a), fntest.Keys(b))
	for _, k := range keys {
		if but != "" && (strings.HasSuffix(k, "/"+but) || strings.HasPrefix(k, "lifecycle/"+but+"/")) {
			continue
		}
		x, y := a.GetDesired().GetResources()[k], b.GetDesired().GetResources()[k]
		if x == nil || y == nil || bytesOf(t, x) != bytesOf(t, y) {
			t.Errorf("%s\n%s is different:\n%v\n%v", reason, k, x, y)
		}
	}
}

// TestDeterministic shows that a request always has the same answer, byte for byte, and that the order of images and of
// their lists does not change what is rendered.
func TestDeterministic(t *testing.T) {
	randomSpecs(t, func(t *testing.T, d dice, g managed.Generation) {
		spec := d.spec()
		a := renderSpec(t, g, spec)
		if b := renderSpec(t, g, spec); bytesOf(t, a) != bytesOf(t, b) {
			t.Errorf("two answers to one request:\n%v\n%v", a, b)
		}
		images := slices.Clone(spec["images"].([]any))
		d.Shuffle(len(images), func(i, j int) { images[i], images[j] = images[j], images[i] })
		for n, i := range images {
			images[n] = shuffled(d, i.(map[string]any))
		}
		other := maps.Clone(spec)
		other["images"] = images
		same(t, "The order of images and lists does not matter.", a, renderSpec(t, g, other), "")
	})
}

// shuffled returns an image with its filters and grants in another order.
func shuffled(d dice, image map[string]any) map[string]any {
	shuffle := func(m map[string]any, k string) {
		if l, ok := m[k].([]any); ok {
			l = slices.Clone(l)
			d.Shuffle(len(l), func(i, j int) { l[i], l[j] = l[j], l[i] })
			m[k] = l
		}
	}
	out := maps.Clone(image)
	shuffle(out, "imageTagMutabilityExclusionFilters")
	if p, ok := out["pull"].(map[string]any); ok {
		p = maps.Clone(p)
		for k := range p {
			shuffle(p, k)
		}
		out["pull"] = p
	}
	return out
}

// TestImagesAreApart shows that adding or removing an image changes no other.
func TestImagesAreApart(t *testing.T) {
	randomSpecs(t, func(t *testing.T, d dice, g managed.Generation) {
		spec := d.spec()
		images := spec["images"].([]any)
		if len(images) < 2 {
			return // the only image cannot be removed
		}
		at := d.Intn(len(images))
		fewer := maps.Clone(spec)
		fewer["images"] = slices.Delete(slices.Clone(images), at, at+1)
		name := images[at].(map[string]any)["name"].(string)
		same(t, "Without "+name+".", renderSpec(t, g, spec), renderSpec(t, g, fewer), name)
	})
}

// A law is a guardrail, and what it means for a rendered resource.
type law struct {
	guardrail string
	holds     func(o fntest.Resource) bool
}

// laws that random settings are made of.
var laws = []law{
	{"imageTagMutability: [IMMUTABLE, IMMUTABLE_WITH_EXCLUSION]", func(o fntest.Resource) bool {
		m, _ := o.Spec.ForProvider["imageTagMutability"].(string)
		return o.Kind != "Repository" || strings.HasPrefix(m, "IMMUTABLE")
	}},
	{"requireScanOnPush: true", func(o fntest.Resource) bool {
		scan, _ := o.Spec.ForProvider["imageScanningConfiguration"].(map[string]any)
		return o.Kind != "Repository" || scan["scanOnPush"] == true
	}},
	{"requireKMS: true", func(o fntest.Resource) bool {
		return o.Kind != "Repository" || encryptionOf(o)["encryptionType"] == "KMS"
	}},
	{"kmsKeys: ['" + goodKey + "']", func(o fntest.Resource) bool { return o.Kind != "Repository" || encryptionOf(o)["kmsKey"] == goodKey }},
	{"requiredTags: [team]", func(o fntest.Resource) bool {
		tags, _ := o.Spec.ForProvider["tags"].(map[string]any)
		_, ok := tags["team"]
		return o.Kind != "Repository" || ok
	}},
	{"pull: {accounts: ['111111111111']}", func(o fntest.Resource) bool {
		policy, _ := o.Spec.ForProvider["policy"].(string)
		return o.Kind != "RepositoryPolicy" || !strings.Contains(policy, "222222222222") && !strings.Contains(policy, "o-")
	}},
	{"regions: [eu-west-1]", func(o fntest.Resource) bool {
		return o.Kind == "ConfigMap" || o.Spec.ForProvider["region"] == "eu-west-1"
	}},
	{"allowDelete: false", func(o fntest.Resource) bool {
		return o.Kind != "Repository" || !slices.Contains(o.Spec.ManagementPolicies, "Delete")
	}},
	{"allowForceDelete: false", func(o fntest.Resource) bool { return o.Spec.ForProvider["forceDelete"] != true }},
}

func encryptionOf(o fntest.Resource) map[string]any {
	l, _ := o.Spec.ForProvider["encryptionConfiguration"].([]any)
	if len(l) != 1 {
		return nil
	}
	e, _ := l[0].(map[string]any)
	return e
}

// TestAcceptedIsAllowed shows that a spec is refused if, and only if, what is rendered would break a guardrail.
func TestAcceptedIsAllowed(t *testing.T) {
	accepted := 0
	randomSpecs(t, func(t *testing.T, d dice, g managed.Generation) {
		spec := d.spec()
		if observes(spec) {
			delete(spec, "managementPolicies") // with [Observe], guardrails judge what AWS has
		}
		without := renderSpec(t, g, spec)
		var chosen []law
		guardrails := map[string]bool{}
		for _, l := range laws {
			if d.one(4) {
				chosen = append(chosen, l)
			}
		}
		b := &strings.Builder{}
		b.WriteString("guardrails:\n")
		for _, l := range chosen {
			b.WriteString("  " + l.guardrail + "\n")
			guardrails[strings.SplitN(l.guardrail, ":", 2)[0]] = true
		}
		for _, k := range []string{"allowDelete", "allowForceDelete"} {
			if !guardrails[k] {
				b.WriteString("  " + k + ": true\n")
			}
		}
		rsp := fntest.Run(t, fntest.Request{XR: fntest.Registry{Spec: text(spec)}.XR(t, g), Input: b.String()})
		refused := fntest.Fatal(rsp) != ""
		var broken []string
		for _, key := range fntest.Keys(without) {
			var o fntest.Resource
			fntest.Desired(t, without, key, &o)
			for _, l := range chosen {
				if !l.holds(o) {
					broken = append(broken, key+" breaks "+l.guardrail)
				}
			}
		}
		// A list of policies with Delete is refused by itself.
		if p, ok := spec["managementPolicies"].([]any); ok && len(p) == 4 && guardrails["allowDelete"] {
			broken = append(broken, "managementPolicies holds Delete")
		}
		if refused != (len(broken) > 0) {
			t.Errorf("refused %t, and what would be rendered breaks %q\n%s\n%s\n%s", refused, broken, fntest.Fatal(rsp), b, text(spec))
		}
		if !refused {
			accepted++
		}
	})
	if accepted < 20 {
		t.Errorf("only %d specs were accepted, which proves nothing", accepted)
	}
}
