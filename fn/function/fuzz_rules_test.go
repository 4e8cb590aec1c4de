package function_test

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/util/validation"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
	"github.com/ontopix/crossplane-ecr/internal/iam"
)

// check has a request answered as Crossplane does, and checks the rules that hold for all answers.
func (w world) check(t *testing.T) {
	t.Helper()
	// An answer shares the desired state of its request, so a request is used once.
	req := w.request()
	rsp := fntest.Answer(t, req, w.cluster, today())
	last := w.request()
	last.RequiredResources = req.GetRequiredResources()
	before := clone(last)
	if again := run(t, last); !proto.Equal(rsp, again) {
		t.Errorf("two answers to one request differ")
	}
	if !proto.Equal(before, last) {
		t.Errorf("the function changed its request")
	}
	checkSize(t, rsp, proto.Size(last))
	checkConditions(t, rsp)
	checkPassedOn(t, last, rsp)
	if fntest.Fatal(rsp) != "" {
		return
	}
	if got := at(rsp.GetDesired().GetComposite().GetResource(), "status", "foreign").GetStringValue(); got != "kept" {
		t.Errorf("what another function says in the status is gone")
	}
	w.checkImages(t, rsp)
	w.checkDeletion(t, rsp)
	w.checkGrants(t, rsp)
	w.checkNames(t, rsp)
}

// Bounds of an answer, in bytes, not counting the desired resources of other functions and the observed ones that are
// rendered again.
const (
	maxAnswer  = 4 << 20
	maxMessage = 32 << 10
)

func checkSize(t *testing.T, rsp *fnv1.RunFunctionResponse, request int) {
	t.Helper()
	wire, err := proto.Marshal(rsp)
	if err != nil {
		t.Errorf("the answer cannot be sent: %v", err)
	}
	if len(wire) > maxAnswer+request {
		t.Errorf("the answer has %d bytes", len(wire))
	}
	for _, r := range rsp.GetResults() {
		if len(r.GetMessage()) > maxMessage {
			t.Errorf("a result has %d bytes", len(r.GetMessage()))
		}
	}
}

// reason matches the reason of a condition.
var reason = regexp.MustCompile(`^[A-Z][A-Za-z]*$`)

// checkConditions checks that every answer has the same three conditions, and that they report a refusal: a Fatal
// result alone does not reach a claim.
func checkConditions(t *testing.T, rsp *fnv1.RunFunctionResponse) {
	t.Helper()
	var types []string
	for _, c := range rsp.GetConditions() {
		types = append(types, c.GetType())
		if !reason.MatchString(c.GetReason()) || c.GetTarget() != fnv1.Target_TARGET_COMPOSITE_AND_CLAIM || len(c.GetMessage()) > maxMessage {
			t.Errorf("Crossplane would not accept the condition: %v", c)
		}
	}
	if !slices.Equal(types, []string{v1alpha1.ConditionValid, v1alpha1.ConditionCompliant, v1alpha1.ConditionStalled}) {
		t.Errorf("the answer has the conditions %q\n%s", types, fntest.Summary(rsp))
	}
	valid, fatal := fntest.Condition(rsp, v1alpha1.ConditionValid), fntest.Fatal(rsp)
	opposite := map[string]string{"True": "False", "False": "True"}
	status, words, _ := strings.Cut(valid, " ")
	if got, want := fntest.Condition(rsp, v1alpha1.ConditionStalled), opposite[status]+" "+words; got != want {
		t.Errorf("Stalled is not the opposite of Valid: %s", got)
	}
	if fatal != "" && (!strings.HasPrefix(valid, "False ") || !strings.HasSuffix(valid, fatal)) {
		t.Errorf("it is refused, and the condition does not say why: %s", fntest.Summary(rsp))
	}
	if strings.Contains(valid, "InternalError") {
		t.Errorf("the function failed: %s", valid)
	}
	if ttl := rsp.GetMeta().GetTtl().AsDuration(); ttl != time.Minute && (ttl != 10*time.Minute || fatal != "") {
		t.Errorf("the answer holds for %s\n%s", ttl, fntest.Summary(rsp))
	}
}

// ours are the prefixes of the composition resource names of this function.
var ours = []string{"repository/", "lifecycle/", "policy/", "push-", "pull-", "oidc-provider", "registry-policy", "scanning", "replication", "connection"}

// checkPassedOn checks that an answer passes on what other functions of the pipeline desire, even if it refuses. Only
// an answer that is too large, or an internal error, passes on nothing, and it is Fatal.
func checkPassedOn(t *testing.T, req *fnv1.RunFunctionRequest, rsp *fnv1.RunFunctionResponse) {
	t.Helper()
	if rsp.GetDesired() == nil {
		if fntest.Fatal(rsp) == "" {
			t.Errorf("an answer that desires nothing is not Fatal")
		}
		return
	}
	if !proto.Equal(req.GetContext(), rsp.GetContext()) {
		t.Errorf("the context is not passed on")
	}
	for key, want := range req.GetDesired().GetResources() {
		own := slices.ContainsFunc(ours, func(p string) bool { return strings.HasPrefix(key, p) })
		if got, ok := rsp.GetDesired().GetResources()[key]; !ok || !own && !proto.Equal(want, got) {
			t.Errorf("what another function desires as %q is not passed on: %v", key, got)
		}
	}
}

// checkImages checks that every accepted image is rendered: Crossplane deletes the repository of any other. If an image
// is not rendered, the answer must say so, or count it among the advice that is left out.
func (w world) checkImages(t *testing.T, rsp *fnv1.RunFunctionResponse) {
	t.Helper()
	waits, left := map[string]bool{}, 0
	for _, v := range at(rsp.GetDesired().GetComposite().GetResource(), "status", "advice").GetListValue().GetValues() {
		path, message := at(v.GetStructValue(), "path").GetStringValue(), at(v.GetStructValue(), "message").GetStringValue()
		if strings.Contains(message, "being deleted") || strings.Contains(message, "is made once it is gone") {
			waits[path] = true
		} else if path == "spec" {
			_, _ = fmt.Sscanf(message, "and %d more", &left)
		}
	}
	for i, v := range at(w.xr, "spec", "images").GetListValue().GetValues() {
		name, path := at(v.GetStructValue(), "name").GetStringValue(), fmt.Sprintf("spec.images[%d]", i)
		if rsp.GetDesired().GetResources()["repository/"+name] != nil || waits[path] || strings.Contains(fntest.Condition(rsp, "Valid"), path) {
			continue
		}
		if left--; left < 0 {
			t.Errorf("%s %q is accepted and not rendered\n%s", path, name, fntest.Summary(rsp))
		}
	}
}

// checkDeletion checks that a repository can be deleted only if the platform team allows it and the spec asks for it:
// neither a rendered object nor one that is dropped may delete it otherwise.
func (w world) checkDeletion(t *testing.T, rsp *fnv1.RunFunctionResponse) {
	t.Helper()
	written := append([]*structpb.Struct{w.input}, w.cluster...)
	says := func(all []*structpb.Struct, name string, is func(*structpb.Value) bool) bool {
		return slices.ContainsFunc(all, func(s *structpb.Struct) bool { return says(s, name, is) })
	}
	allowed := says(written, "allowDelete", (*structpb.Value).GetBoolValue) || says(written, "exceptions", func(v *structpb.Value) bool { return len(v.GetListValue().GetValues()) > 0 })
	asked := says(append(written, w.xr), "deletionPolicy", func(v *structpb.Value) bool { return v.GetStringValue() == "Delete" })
	most := at(w.xr, "spec", "managementPolicies").GetListValue()
	allowed = allowed && (most == nil || slices.Contains(policies(w.xr, "spec"), "Delete"))
	for key, d := range rsp.GetDesired().GetResources() {
		o := d.GetResource()
		if at(o, "kind").GetStringValue() == "Repository" && mayDelete(o) && (!allowed || !asked) {
			t.Errorf("%s may be deleted, and nobody asked for it and allowed it: %s", key, policies(o, "spec"))
		}
	}
	if !strings.HasSuffix(at(w.xr, "kind").GetStringValue(), "ProjectRegistry") {
		return // it has no repositories
	}
	for key, o := range w.observed {
		if _, stays := rsp.GetDesired().GetResources()[key]; stays || !strings.HasPrefix(key, "repository/") || at(o, "metadata", "deletionTimestamp") != nil {
			continue
		}
		if at(o, "kind").GetStringValue() == "Repository" && mayDelete(o) && !allowed {
			t.Errorf("%s is deleted with its object, and nobody allowed it", key)
		}
	}
}

func policies(o *structpb.Struct, path ...string) []string {
	var p []string
	for _, v := range at(o, append(path, "managementPolicies")...).GetListValue().GetValues() {
		p = append(p, v.GetStringValue())
	}
	return p
}

func mayDelete(o *structpb.Struct) bool {
	p := policies(o, "spec")
	return slices.Contains(p, "Delete") || slices.Contains(p, "*")
}

// says reports whether an object has a field of that name with such a value anywhere.
func says(s *structpb.Struct, name string, is func(*structpb.Value) bool) bool {
	return slices.ContainsFunc(places(s, nil), func(p place) bool {
		v, ok := p.value.GetStructValue().GetFields()[name]
		return ok && is(v)
	}) || s.GetFields()[name] != nil && is(s.GetFields()[name])
}

// checkNames checks that the API server accepts the names and labels of new resources, and that no two resources have
// the same name. An observed resource keeps its name.
func (w world) checkNames(t *testing.T, rsp *fnv1.RunFunctionResponse) {
	t.Helper()
	names := map[string]string{}
	for key, d := range rsp.GetDesired().GetResources() {
		if w.observed[key] != nil || key == foreign {
			continue
		}
		kind, name := at(d.GetResource(), "kind").GetStringValue(), at(d.GetResource(), "metadata", "name").GetStringValue()
		if faults := validation.IsDNS1123Subdomain(name); len(faults) > 0 {
			t.Errorf("%s: the name %q: %s", key, name, faults)
		}
		for label, v := range at(d.GetResource(), "metadata", "labels").GetStructValue().GetFields() {
			if faults := validation.IsValidLabelValue(v.GetStringValue()); len(faults) > 0 {
				t.Errorf("%s: the label %s: %s", key, label, faults)
			}
		}
		if other, taken := names[kind+" "+name]; taken {
			t.Errorf("%s and %s have the name %s", key, other, name)
		}
		names[kind+" "+name] = key
	}
}

// actions are the only actions that may ever be granted.
var actions = []string{
	"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:CreateRepository", "ecr:DescribeImageScanFindings", "ecr:DescribeImages",
	"ecr:GetAuthorizationToken", "ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload", "ecr:ListImages", "ecr:PutImage", "ecr:ReplicateImage", "ecr:UploadLayerPart",
	"sts:AssumeRoleWithWebIdentity",
}

// policyKinds are the kinds of resources with a policy.
var policyKinds = map[string]iam.Kind{
	"RepositoryPolicy": iam.RepositoryPolicy, "RegistryPolicy": iam.RegistryPolicy, "RolePolicy": iam.IdentityPolicy, "Role": iam.TrustPolicy,
}

// who matches the accounts and organisations that a policy names.
var who = regexp.MustCompile(`\b[0-9]{12}\b|\bo-[a-z0-9]{10,32}\b`)

// subject matches the subject of a token, with the owner of the workflow.
var subject = regexp.MustCompile(`^repo:([^/@:*]+)[/@]`)

// checkGrants checks that policies grant nothing to anybody whom nobody named: their accounts, organisations and owners
// of workflows must be written somewhere.
func (w world) checkGrants(t *testing.T, rsp *fnv1.RunFunctionResponse) {
	t.Helper()
	written := "\n"
	for _, s := range append([]*structpb.Struct{w.xr, w.input}, w.cluster...) {
		for _, p := range places(s, nil) {
			written += p.value.GetStringValue() + "\n"
		}
	}
	project := at(rsp.GetDesired().GetComposite().GetResource(), "status", "project").GetStringValue()
	for key, d := range rsp.GetDesired().GetResources() {
		kind, ok := policyKinds[at(d.GetResource(), "kind").GetStringValue()]
		// A policy that is only observed, or will be dropped, stays as it is.
		if !ok || !slices.Contains(policies(d.GetResource(), "spec"), "Create") {
			continue
		}
		parameters := at(d.GetResource(), "spec", "forProvider").GetStructValue()
		text := cmp.Or(at(parameters, "policy").GetStringValue(), at(parameters, "assumeRolePolicy").GetStringValue())
		doc, err := iam.Parse(kind, text)
		if err != nil {
			t.Errorf("%s: no policy: %v\n%s", key, err, text)
			continue
		}
		for _, name := range who.FindAllString(text, -1) {
			if !strings.Contains(written, name) {
				t.Errorf("%s: %s is named by nobody\n%s", key, name, text)
			}
		}
		for _, s := range doc.Statements {
			if fault := faultOf(s, project, written); fault != "" {
				t.Errorf("%s: %s\n%s", key, fault, text)
			}
		}
	}
}

// faultOf returns what is wrong with a statement, given the lines that somebody wrote. It is empty if nothing is.
func faultOf(s iam.Statement, project, written string) string {
	// A negated operator only excludes, so it does not count as a test of who is let in.
	var admits []iam.Condition
	for _, c := range s.Condition {
		if !strings.Contains(c.Operator, "Not") {
			admits = append(admits, c)
		}
	}
	tests := func(key string) bool {
		return slices.ContainsFunc(admits, func(c iam.Condition) bool { return strings.HasSuffix(c.Key, key) && len(c.Values) > 0 })
	}
	for _, a := range s.Action {
		if !slices.Contains(actions, a) {
			return a + " is granted"
		}
	}
	for _, r := range s.Resource {
		_, name, ok := strings.Cut(r, ":repository/")
		switch login := slices.Equal(s.Action, iam.Values{"ecr:GetAuthorizationToken"}); {
		case !ok && (r != "*" || !login):
			return r + " is no repository"
		case ok && project != "" && name != project+"/*":
			return r + " is not the project's"
		}
	}
	switch p := s.Principal; {
	case s.Effect != iam.Allow:
		return "it allows nothing"
	case p == nil:
		return ""
	case p.Any && !tests("aws:PrincipalOrgID"):
		return "anyone is let in"
	case len(p.Service) > 0 && !tests("aws:SourceArn"):
		return "a service is let in for everybody"
	case len(p.Federated) > 0 && (!tests(":sub") || !tests(":aud")):
		return "any token is trusted"
	}
	for _, c := range admits {
		for _, v := range c.Values {
			owner := subject.FindStringSubmatch(v)
			if strings.HasSuffix(c.Key, ":sub") && (owner == nil || !strings.Contains(written, "\n"+owner[1]+"\n")) {
				return v + " is trusted"
			}
		}
	}
	return ""
}
