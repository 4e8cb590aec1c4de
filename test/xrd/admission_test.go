package xrd

import (
	"context"
	"os"
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/admission/plugin/cel"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	"k8s.io/apiserver/pkg/admission/plugin/webhook/matchconditions"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/apiserver/pkg/cel/environment"
	"sigs.k8s.io/yaml"
)

// policies returns the shipped admission policies by name. Each must have a binding that denies.
func policies(t *testing.T) map[string]*admissionv1.ValidatingAdmissionPolicy {
	t.Helper()
	raw, err := os.ReadFile("../../deploy/kustomize/base/admission.yaml")
	if err != nil {
		t.Fatal(err)
	}
	all, bound := map[string]*admissionv1.ValidatingAdmissionPolicy{}, map[string]bool{}
	for _, doc := range strings.Split(string(raw), "\n---\n") {
		var p admissionv1.ValidatingAdmissionPolicy
		var b admissionv1.ValidatingAdmissionPolicyBinding
		if yaml.UnmarshalStrict([]byte(doc), &p) == nil && p.Kind == "ValidatingAdmissionPolicy" {
			all[p.Name] = &p
		} else if err := yaml.UnmarshalStrict([]byte(doc), &b); err != nil {
			t.Fatal(err)
		} else if len(b.Spec.ValidationActions) == 1 && b.Spec.ValidationActions[0] == admissionv1.Deny {
			bound[b.Spec.PolicyName] = true
		}
	}
	for name := range all {
		if !bound[name] {
			t.Errorf("%s has no binding that denies", name)
		}
	}
	return all
}

// compile compiles a policy as the API server does.
func compile(t *testing.T, p *admissionv1.ValidatingAdmissionPolicy) validating.Validator {
	t.Helper()
	env, err := cel.NewCompositionEnv(cel.VariablesTypeName, environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion()))
	if err != nil {
		t.Fatal(err)
	}
	vars := cel.OptionalVariableDeclarations{HasAuthorizer: true}
	compiler := cel.NewCompositedCompilerFromTemplate(env)
	var variables []cel.NamedExpressionAccessor
	for _, v := range p.Spec.Variables {
		variables = append(variables, &validating.Variable{Name: v.Name, Expression: v.Expression})
	}
	compiler.CompileAndStoreVariables(variables, vars, environment.NewExpressions)
	var conditions, validations []cel.ExpressionAccessor
	for i := range p.Spec.MatchConditions {
		conditions = append(conditions, (*matchconditions.MatchCondition)(&p.Spec.MatchConditions[i]))
	}
	for _, v := range p.Spec.Validations {
		validations = append(validations, &validating.ValidationCondition{Expression: v.Expression, Message: v.Message, Reason: v.Reason})
	}
	evaluator := func(all []cel.ExpressionAccessor) cel.ConditionEvaluator {
		e := compiler.CompileCondition(all, vars, environment.NewExpressions)
		for _, err := range e.CompilationErrors() {
			t.Errorf("%s: %v", p.Name, err)
		}
		return e
	}
	matcher := matchconditions.NewMatcher(evaluator(conditions), p.Spec.FailurePolicy, "policy", "validate", p.Name)
	none := make([]cel.ExpressionAccessor, len(validations))
	return validating.NewValidator(evaluator(validations), matcher, evaluator(nil), compiler.CompileCondition(none, vars, environment.NewExpressions), p.Spec.FailurePolicy)
}

// TestAdmission shows what the shipped admission policies let each user do.
func TestAdmission(t *testing.T) {
	const (
		team       = "jane"
		platform   = "platform"
		crossplane = "system:serviceaccount:crossplane-system:crossplane"
	)
	xr := func(spec string) string {
		return `{"apiVersion": "ecr.m.ontopix.io/v1alpha1", "kind": "ProjectRegistry", "metadata": {"name": "a", "namespace": "shop"}, "spec": ` + spec + `}`
	}
	paused := func(annotations string) string {
		return `{"apiVersion": "ecr.m.ontopix.io/v1alpha1", "kind": "ProjectRegistry", "metadata": {"name": "a", "namespace": "shop", "annotations": ` + annotations + `}, "spec": {}}`
	}
	const refs = `{"crossplane": {"resourceRefs": [{"apiVersion": "v1", "kind": "ConfigMap", "name": "fake"}]}}`
	cases := map[string]struct {
		reason, policy, who string
		old, object         string
		denied              bool
	}{
		"Create":            {reason: "A team creates a registry.", policy: "ecr-resource-refs", who: team, object: xr(`{"images": []}`)},
		"CreateWithRefs":    {reason: "A team creates no registry with resourceRefs.", policy: "ecr-resource-refs", who: team, object: xr(refs), denied: true},
		"AddRefs":           {reason: "A team adds no resourceRefs later.", policy: "ecr-resource-refs", who: team, old: xr(`{"crossplane": {}}`), object: xr(refs), denied: true},
		"DropRefs":          {reason: "A team removes no resourceRefs, which would hide objects.", policy: "ecr-resource-refs", who: team, old: xr(refs), object: xr(`{}`), denied: true},
		"KeepRefs":          {reason: "A team changes other fields of a registry with resourceRefs.", policy: "ecr-resource-refs", who: team, old: xr(refs), object: xr(strings.Replace(refs, "{", `{"region": "eu-west-1", `, 1))},
		"CrossplanesRefs":   {reason: "Crossplane writes resourceRefs.", policy: "ecr-resource-refs", who: crossplane, old: xr(`{}`), object: xr(refs)},
		"PlatformsRefs":     {reason: "The platform team writes resourceRefs to restore a backup.", policy: "ecr-resource-refs", who: platform, object: xr(refs)},
		"Pause":             {reason: "A team does not pause a registry.", policy: "ecr-pause", who: team, old: paused(`{}`), object: paused(`{"crossplane.io/paused": "true"}`), denied: true},
		"CreatePaused":      {reason: "A team creates no paused registry.", policy: "ecr-pause", who: team, object: paused(`{"crossplane.io/paused": "true"}`), denied: true},
		"Unpause":           {reason: "A team may resume a paused registry.", policy: "ecr-pause", who: team, old: paused(`{"crossplane.io/paused": "true"}`), object: paused(`{"crossplane.io/paused": "false"}`)},
		"EditPaused":        {reason: "A team may edit a registry that the platform team paused.", policy: "ecr-pause", who: team, old: paused(`{"crossplane.io/paused": "true"}`), object: paused(`{"crossplane.io/paused": "true", "a": "b"}`)},
		"Seldom":            {reason: "A team does not have its registry reconciled only once in ten years.", policy: "ecr-pause", who: team, old: paused(`{"crossplane.io/poll-interval": "1h"}`), object: paused(`{"crossplane.io/poll-interval": "87600h"}`), denied: true},
		"CreateSeldom":      {reason: "A team creates no registry with a poll interval.", policy: "ecr-pause", who: team, object: paused(`{"crossplane.io/poll-interval": "87600h"}`), denied: true},
		"EditSeldom":        {reason: "A team may edit a registry with the platform team's poll interval.", policy: "ecr-pause", who: team, old: paused(`{"crossplane.io/poll-interval": "1h"}`), object: paused(`{"crossplane.io/poll-interval": "1h", "a": "b"}`)},
		"AsOften":           {reason: "A team may remove the poll interval.", policy: "ecr-pause", who: team, old: paused(`{"crossplane.io/poll-interval": "1h"}`), object: paused(`{}`)},
		"NoAnnotations":     {reason: "Most objects have no annotations.", policy: "ecr-pause", who: team, object: xr(`{}`)},
		"PlatformPauses":    {reason: "The platform team may pause a registry.", policy: "ecr-pause", who: platform, old: paused(`{}`), object: paused(`{"crossplane.io/paused": "true"}`)},
		"Claim":             {reason: "A new claim gets a composite resource of its own.", policy: "ecr-claims-bind-nothing", who: team, object: xr(`{"images": []}`)},
		"ClaimBinds":        {reason: "A new claim takes over no composite resource.", policy: "ecr-claims-bind-nothing", who: team, object: xr(`{"resourceRef": {"name": "ontopix"}}`), denied: true},
		"ClaimBindsLater":   {reason: "A claim takes over no composite resource later.", policy: "ecr-claims-bind-nothing", who: team, old: xr(`{"images": []}`), object: xr(`{"resourceRef": {"name": "ontopix"}}`), denied: true},
		"ClaimBindsAnother": {reason: "A claim does not replace its composite resource with another.", policy: "ecr-claims-bind-nothing", who: team, old: xr(`{"resourceRef": {"name": "shop"}}`), object: xr(`{"resourceRef": {"name": "ontopix"}}`), denied: true},
		"BoundClaim":        {reason: "A claim with a composite resource can be changed.", policy: "ecr-claims-bind-nothing", who: team, old: xr(`{"resourceRef": {"name": "shop"}}`), object: xr(`{"resourceRef": {"name": "shop"}, "region": "eu-west-1"}`)},
		"CrossplaneBinds":   {reason: "Crossplane binds a claim to its composite resource.", policy: "ecr-claims-bind-nothing", who: crossplane, old: xr(`{"images": []}`), object: xr(`{"resourceRef": {"name": "shop"}}`)},
		"PlatformsBackup":   {reason: "The platform team restores a bound claim from a backup.", policy: "ecr-claims-bind-nothing", who: platform, object: xr(`{"resourceRef": {"name": "ontopix"}}`)},
		"ClusterScoped":     {reason: "The composite resource of a claim has no namespace to check permissions in.", policy: "ecr-pause", who: team, object: `{"apiVersion": "ecr.ontopix.io/v1alpha1", "kind": "XProjectRegistry", "metadata": {"name": "a"}, "spec": {}}`},
		"CrossplanePausing": {reason: "Crossplane copies a claim's annotations to its composite resource.", policy: "ecr-pause", who: crossplane, object: paused(`{"crossplane.io/paused": "true"}`)},
	}
	all := policies(t)
	bypass := authorizer.AuthorizerFunc(func(_ context.Context, a authorizer.Attributes) (authorizer.Decision, string, error) {
		if a.GetUser().GetName() == platform && a.GetVerb() == "bypass" && a.GetAPIGroup() == "ecr.ontopix.io" && a.GetResource() == "admission" {
			return authorizer.DecisionAllow, "", nil
		}
		return authorizer.DecisionNoOpinion, "", nil
	})
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			validator := compile(t, all[tc.policy])
			decode := func(text string) runtime.Object {
				if text == "" {
					return nil
				}
				u := &unstructured.Unstructured{}
				if err := u.UnmarshalJSON([]byte(text)); err != nil {
					t.Fatal(err)
				}
				return u
			}
			operation := admission.Create
			if tc.old != "" {
				operation = admission.Update
			}
			gvk := schema.GroupVersionKind{Group: "ecr.m.ontopix.io", Version: "v1alpha1", Kind: "ProjectRegistry"}
			gvr := gvk.GroupVersion().WithResource("projectregistries")
			attributes := admission.NewAttributesRecord(decode(tc.object), decode(tc.old), gvk, decode(tc.object).(*unstructured.Unstructured).GetNamespace(), "a", gvr, "", operation, nil, false, &user.DefaultInfo{Name: tc.who})
			versioned := &admission.VersionedAttributes{Attributes: attributes, VersionedKind: gvk, VersionedObject: decode(tc.object), VersionedOldObject: decode(tc.old)}
			result := validator.Validate(t.Context(), gvr, versioned, nil, nil, celconfig.RuntimeCELCostBudget, bypass)
			denied := false
			for _, d := range result.Decisions {
				denied = denied || d.Action == validating.ActionDeny
				if d.Evaluation == validating.EvalError {
					t.Errorf("%s\n%s: %s", tc.reason, tc.policy, d.Message)
				}
			}
			if denied != tc.denied {
				t.Errorf("%s\n%s denies: got %t, want %t", tc.reason, tc.policy, denied, tc.denied)
			}
		})
	}
}
