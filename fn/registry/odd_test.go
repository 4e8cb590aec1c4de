package registry_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/types/known/structpb"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// TestOddValues shows that no odd value in a request makes the function panic.
func TestOddValues(t *testing.T) {
	odd := map[string]*structpb.Value{
		"Null":   structpb.NewNullValue(),
		"Number": structpb.NewNumberValue(-1e300),
		"Text":   structpb.NewStringValue("\x00\u2028${x}"),
		"Bool":   structpb.NewBoolValue(true),
		"List":   structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{structpb.NewNullValue(), nil}}),
		"Object": structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{"": nil}}),
		"Nil":    nil,
		"Empty":  {},
		"Hollow": structpb.NewStructValue(nil),
		"Bare":   structpb.NewListValue(nil),
	}
	whole := `{region: eu-west-1, project: shop, managementPolicies: [Observe], providerConfigRef: {name: default}, orgAccessRef: {name: octo},
		github: {repositories: [web], branches: [main]}, defaults: {tags: {a: b}, lifecycle: {rules: [{selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 3}, action: {type: expire}}]}},
		images: [{name: web, imageTagMutability: IMMUTABLE_WITH_EXCLUSION, imageTagMutabilityExclusionFilters: [x], scanOnPush: true, encryption: {type: KMS}, lifecycle: {keepImages: 3, untaggedExpiryDays: 3},
		pull: {accounts: ["111111111111"], organizationIds: [], principals: [], lambda: true}, deletionPolicy: Orphan, forceDelete: false, tags: {c: d}}]}`
	input := `{region: eu-west-1, orgAccess: octo, orgAccessNamespace: shop, providerConfigRef: {name: default}, platformConfig: {name: ecr-platform, optional: true}, tagsFromLabels: [x], defaults: {tags: {a: b}},
		guardrails: {imageTagMutability: [IMMUTABLE_WITH_EXCLUSION], requireScanOnPush: true, requireKMS: true, kmsKeys: [], lifecycle: {required: true, maxImages: 3, maxUntaggedDays: 3}, regions: [eu-west-1], maxRepositories: 3, requiredTags: [], pull: {accounts: []},
		allowDelete: false, providerConfigs: [], tenancy: Any, projects: [{project: x, namespaces: []}], warn: [pull, kmsKeys], orgAccessNamespaces: [shop], exceptions: [{project: x, guardrail: pull, until: "2026-01-01", reason: r}]}}`
	fntest.Both(t, func(t *testing.T, g managed.Generation) {
		r := fntest.Request{
			XR:    fntest.Registry{Spec: whole, Status: `{project: shop, retained: [{image: x}], repositories: [], conditions: [{type: Valid}]}`}.XR(t, g),
			Input: input,
			Observed: map[string]string{
				"repository/web":  `{kind: Repository, metadata: {name: a, annotations: {crossplane.io/external-name: b}, ownerReferences: [{controller: true}]}, spec: {managementPolicies: [Observe], forProvider: {region: eu-west-1}}, status: {atProvider: {arn: x, tags: {a: b}, encryptionConfiguration: [{encryptionType: KMS}]}, conditions: [{type: Synced}]}}`,
				"lifecycle/web/x": `{kind: LifecyclePolicy, spec: {forProvider: {policy: "{}"}}, status: {atProvider: {policy: "[]"}}}`,
				"lifecycle/":      `{}`, "lifecycle/x": `{}`, "repository/": `{}`, "policy/web": `{}`, "push-role": `{}`, "push-policy": `{}`,
			},
		}
		if g.Namespaced {
			r.XR = strings.Replace(r.XR, "managementPolicies:\n  - Observe\n", "", 1)
		}
		cluster := fntest.Objects(t, fntest.OrgAccess(g, "shop", "octo"))
		if f := fntest.Fatal(fntest.Answer(t, fntest.Build(t, r), cluster, fntest.Today)); f != "" {
			t.Fatalf("a request without odd values is refused: %s", f)
		}
		for name, value := range odd {
			t.Run(name, func(t *testing.T) {
				total := places(fntest.Build(t, r), nil, -1)
				if total < 120 {
					t.Errorf("only %d places are tested", total)
				}
				for n := range total {
					req := fntest.Build(t, r)
					places(req, value, n)
					rsp := fntest.Answer(t, req, cluster, fntest.Today)
					if c := fntest.Condition(rsp, "Valid"); strings.Contains(c, "InternalError") {
						t.Errorf("place %d: %s", n, c)
					}
				}
			})
		}
	})
}

// places replaces one value in a request by another, and returns the number of values.
func places(req *fnv1.RunFunctionRequest, value *structpb.Value, at int) (n int) {
	var walk func(s *structpb.Struct)
	var item func(v *structpb.Value, put func(*structpb.Value))
	item = func(v *structpb.Value, put func(*structpb.Value)) {
		if n == at {
			put(value)
		}
		n++
		walk(v.GetStructValue())
		for i, e := range v.GetListValue().GetValues() {
			item(e, func(v2 *structpb.Value) { v.GetListValue().Values[i] = v2 })
		}
	}
	walk = func(s *structpb.Struct) {
		for _, k := range slices.Sorted(maps.Keys(s.GetFields())) {
			item(s.GetFields()[k], func(v *structpb.Value) { s.Fields[k] = v })
		}
	}
	walk(req.GetInput())
	walk(req.GetObserved().GetComposite().GetResource())
	for _, k := range slices.Sorted(maps.Keys(req.GetObserved().GetResources())) {
		walk(req.GetObserved().GetResources()[k].GetResource())
	}
	return n
}
