package report_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/ontopix/crossplane-ecr/internal/cli/clitest"
	"github.com/ontopix/crossplane-ecr/internal/cli/report"
)

const fleet = "../../../docs/kubectl-ecr/testdata/fleet.yaml"

// recordings has objects of live control planes.
const recordings = "../../../test/deploy/testdata/health"

// run returns the report on a text, from -o json.
func run(t *testing.T, text string, args ...string) report.Report {
	t.Helper()
	got := clitest.RunWith(t, text, append([]string{"report", "-", "-o", "json", "--at", "2026-11-26"}, args...)...)
	if got.Code != 0 {
		t.Fatalf("exit code %d: %s", got.Code, got.Err)
	}
	var r report.Report
	if err := json.Unmarshal([]byte(got.Out), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// recorded returns an object of the recordings, with a namespace if it has one.
func recorded(t *testing.T, file, namespace string, change ...func(*unstructured.Unstructured)) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(recordings, file))
	if err != nil {
		t.Fatal(err)
	}
	u := &unstructured.Unstructured{}
	if err := yaml.Unmarshal(raw, &u.Object); err != nil {
		t.Fatal(err)
	}
	u.SetNamespace(namespace)
	for _, c := range change {
		c(u)
	}
	text, err := yaml.Marshal(u.Object)
	if err != nil {
		t.Fatal(err)
	}
	return "---\n" + string(text)
}

// set sets a field of a recorded object.
func set(value any, path ...string) func(*unstructured.Unstructured) {
	return func(u *unstructured.Unstructured) { _ = unstructured.SetNestedField(u.Object, value, path...) }
}

// TestStates reports objects in the states in which live control planes showed them.
func TestStates(t *testing.T) {
	const (
		refused = `spec.images[0].pull.accounts[0] "111111111111": pull may not be granted to this account; allowed: 210987654321 (the platform team's rule pull)`
		paused  = "paused by the annotation crossplane.io/paused: changes are not carried out, and guardrails are not checked"
	)
	type want struct {
		Valid, Compliant, Ready, Synced string
		Paused, Deleting                bool
		Message                         string
	}
	cases := map[string]struct {
		reason     string
		claim      want
		namespaced want
	}{
		"ready": {
			reason:     "A ready object has no message.",
			claim:      want{"True", "True", "True", "True", false, false, ""},
			namespaced: want{"True", "True", "True", "True", false, false, ""},
		},
		"being-made": {
			reason:     "A condition without a message has a reason.",
			claim:      want{"True", "True", "False", "True", false, false, "Creating"},
			namespaced: want{"True", "True", "False", "True", false, false, "Creating"},
		},
		"first-refusal": {
			reason:     "The report shows that a composite resource is not synced, although its claim does not.",
			claim:      want{"False", "Unknown", "False", "False", false, false, refused},
			namespaced: want{"False", "Unknown", "Unknown", "False", false, false, refused},
		},
		"refused-edit": {
			reason:     "A refusal is the message, although Ready is True.",
			claim:      want{"False", "Unknown", "True", "False", false, false, refused},
			namespaced: want{"False", "Unknown", "True", "False", false, false, refused},
		},
		"warning": {
			reason:     "A warning of a guardrail is the message.",
			claim:      want{"True", "False", "True", "True", false, false, `spec.defaults.tags: the tag "cost-center" is required (the platform team's rule requiredTags)`},
			namespaced: want{"True", "False", "True", "True", false, false, `spec.defaults.tags: the tag "cost-center" is required (the platform team's rule requiredTags)`},
		},
		"paused": {
			reason:     "A paused object is not compliant: nothing checks it.",
			claim:      want{"True", "False", "True", "False", true, false, paused},
			namespaced: want{"True", "False", "True", "False", true, false, paused},
		},
		"being-deleted": {
			reason:     "A deleted object is not ready.",
			claim:      want{"True", "True", "False", "True", false, true, "deletion began at 2026-01-01T00:00:00Z"},
			namespaced: want{"True", "True", "False", "True", false, true, "deletion began at 2026-01-01T00:00:00Z"},
		},
	}
	of := func(t *testing.T, r report.Report) want {
		t.Helper()
		if len(r.Objects) != 1 {
			t.Fatalf("%d rows: %+v", len(r.Objects), r.Objects)
		}
		o := r.Objects[0]
		if o.Name != "registry" || o.Namespace != "shop" || o.Kind != "ProjectRegistry" {
			t.Errorf("the row is about %s %s/%s", o.Kind, o.Namespace, o.Name)
		}
		return want{o.Valid, o.Compliant, o.Ready, o.Synced, o.Paused, o.Deleting, o.Message}
	}
	for state, tc := range cases {
		t.Run(state, func(t *testing.T) {
			for _, version := range []string{"1.20", "2.4"} {
				text := recorded(t, version+"/claims/"+state+".yaml", "shop", set("registry-x", "spec", "resourceRef", "name"))
				if state != "being-deleted" {
					text += recorded(t, version+"/claims/"+state+"-composite.yaml", "", set("registry-x", "metadata", "name"),
						set("shop", "spec", "claimRef", "namespace"), set("registry", "spec", "claimRef", "name"))
				}
				if diff := cmp.Diff(tc.claim, of(t, run(t, text))); diff != "" {
					t.Errorf("%s\nclaim, Crossplane %s: -want +got\n%s", tc.reason, version, diff)
				}
			}
			if diff := cmp.Diff(tc.namespaced, of(t, run(t, recorded(t, "2.4/namespaced/"+state+".yaml", "shop")))); diff != "" {
				t.Errorf("%s\nnamespaced: -want +got\n%s", tc.reason, diff)
			}
		})
	}
}

// TestRows shows which objects are one row, with which message.
func TestRows(t *testing.T) {
	claim := func(name string, change ...func(*unstructured.Unstructured)) string {
		return recorded(t, "2.4/claims/ready.yaml", "shop", append(change, set(name, "metadata", "name"))...)
	}
	composite := func(name, of string, change ...func(*unstructured.Unstructured)) string {
		return recorded(t, "2.4/claims/ready-composite.yaml", "", append(change, set(name, "metadata", "name"),
			set("shop", "spec", "claimRef", "namespace"), set(of, "spec", "claimRef", "name"))...)
	}
	cases := map[string]struct {
		reason string
		text   string
		want   []string // kind, name and message
	}{
		"Nothing":  {"A report may be empty.", "", nil},
		"Foreign":  {"Other objects are skipped.", "kind: Pod\napiVersion: v1\n", nil},
		"Twice":    {"An object that was read twice is one row.", claim("a") + claim("a"), []string{"ProjectRegistry shop/a"}},
		"NoRef":    {"A claim may be bound without naming its composite resource yet.", claim("a") + composite("a-1", "a"), []string{"ProjectRegistry shop/a"}},
		"Another":  {"A composite resource to which the claim is not bound has its own row.", claim("a", set("a-2", "spec", "resourceRef", "name")) + composite("a-1", "a"), []string{"ProjectRegistry shop/a", "XProjectRegistry shop/a-1"}},
		"Alone":    {"A composite resource has the namespace of its claim.", composite("a-1", "a"), []string{"XProjectRegistry shop/a-1"}},
		"Unbound":  {"A composite resource without a claim has no namespace.", recorded(t, "2.4/claims/ready-composite.yaml", ""), []string{"XProjectRegistry registry"}},
		"Both":     {"Objects of both generations are two rows.", claim("a") + strings.Replace(claim("a"), "ecr.ontopix.io", "ecr.m.ontopix.io", 1), []string{"ProjectRegistry shop/a", "ProjectRegistry shop/a"}},
		"Manifest": {"An object may have no status.", "apiVersion: ecr.ontopix.io/v1alpha1\nkind: ProjectRegistry\nmetadata: {name: a}\n", []string{"ProjectRegistry team/a: has no condition yet: Crossplane has not composed it"}},
		"PausedXR": {
			"A composite resource may be paused, and its claim not.",
			claim("a") + composite("a-1", "a", set("true", "metadata", "annotations", "crossplane.io/paused")),
			[]string{"ProjectRegistry shop/a: its composite resource a-1 is paused by the annotation crossplane.io/paused: changes are not carried out, and guardrails are not checked"},
		},
		"AWS": {
			"An error of AWS is the message, rather than what is not ready.",
			recorded(t, "2.4/claims/out-of-sync.yaml", "shop", set([]any{map[string]any{"path": "spec.images[0]", "message": "Repository a is not in sync: AccessDenied"}}, "status", "advice")),
			[]string{"ProjectRegistry shop/registry: spec.images[0]: Repository a is not in sync: AccessDenied"},
		},
		"Waiting": {
			"The message names the images that are not ready.",
			recorded(t, "2.4/namespaced/being-made.yaml", "shop", set([]any{
				map[string]any{"image": "api", "name": "shop/api", "ready": true}, map[string]any{"image": "web", "name": "shop/web", "ready": false},
			}, "status", "repositories")),
			[]string{"ProjectRegistry shop/registry: not ready: web"},
		},
		"WaitingForMany": {
			"The message names at most five images.",
			recorded(t, "2.4/namespaced/being-made.yaml", "shop", set([]any{
				map[string]any{"image": "a"}, map[string]any{"image": "b"}, map[string]any{"image": "c"}, map[string]any{"image": "d"},
				map[string]any{"image": "e"}, map[string]any{"image": "f"}, map[string]any{"image": "g"},
			}, "status", "repositories")),
			[]string{"ProjectRegistry shop/registry: not ready: a, b, c, d, e, 2 more"},
		},
		"Unsynced": {
			"If the function cannot be reached, only the composite resource says so.",
			claim("a") + composite("a-1", "a", set([]any{map[string]any{"type": "Synced", "status": "False", "reason": "ReconcileError", "message": "cannot run Composition pipeline"}}, "status", "conditions")),
			[]string{"ProjectRegistry shop/a: cannot run Composition pipeline"},
		},
		"NoStatus": {
			"A condition has one of three values, whatever the object has.",
			claim("a", set([]any{map[string]any{"type": "Ready", "status": "yes"}}, "status", "conditions")),
			[]string{"ProjectRegistry shop/a: is not ready"},
		},
		"Malformed": {
			"A status that cannot be read is the message.", claim("a", set("fine", "status")),
			[]string{"ProjectRegistry shop/a: the status of ProjectRegistry a cannot be read: .status accessor error: fine is of the type string, expected map[string]interface{}"},
		},
		"OrgAccess": {
			"An org access has a row too.",
			strings.Replace(recorded(t, "2.4/claims/ready-composite.yaml", ""), "XProjectRegistry", "XEcrOrgAccess", 1),
			[]string{"XEcrOrgAccess registry"},
		},
		"Worst": {
			"The worst row comes first.",
			claim("a") + recorded(t, "2.4/claims/warning.yaml", "shop", set("b", "metadata", "name")) + recorded(t, "2.4/claims/refused-edit.yaml", "shop", set("c", "metadata", "name")),
			[]string{
				`ProjectRegistry shop/c: spec.images[0].pull.accounts[0] "111111111111": pull may not be granted to this account; allowed: 210987654321 (the platform team's rule pull)`,
				`ProjectRegistry shop/b: spec.defaults.tags: the tag "cost-center" is required (the platform team's rule requiredTags)`,
				"ProjectRegistry shop/a",
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, o := range run(t, tc.text, "-n", "team").Objects {
				line := o.Kind + " " + o.ID()
				if o.Message != "" {
					line += ": " + o.Message
				}
				got = append(got, line)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want +got\n%s", tc.reason, diff)
			}
		})
	}
}

// TestExceptions shows which exceptions a report lists, from which settings.
func TestExceptions(t *testing.T) {
	const (
		soon  = `{project: shop, guardrail: requireKMS, until: "2026-12-26", reason: soon}`
		today = `{project: shop, image: web, guardrail: requireKMS, until: "2026-11-26", reason: today}`
		later = `{project: shop, guardrail: requireKMS, until: "2026-12-27", reason: later}`
		ended = `{project: shop, guardrail: requireKMS, until: "2026-11-25", reason: ended}`
	)
	config := func(exceptions string) string {
		return "---\napiVersion: apiextensions.crossplane.io/v1beta1\nkind: EnvironmentConfig\nmetadata: {name: ecr-platform}\ndata: {guardrails: {" + exceptions + "}}\n"
	}
	composition := func(name, exceptions string) string {
		return "---\napiVersion: apiextensions.crossplane.io/v1\nkind: Composition\nmetadata: {name: " + name + "}\nspec: {pipeline: [{step: ecr, input: " +
			"{apiVersion: ecr.fn.ontopix.io/v1beta1, kind: Input, platformConfig: {name: ecr-platform}, guardrails: {" + exceptions + "}}}]}\n"
	}
	cases := map[string]struct {
		reason string
		text   string
		days   string
		want   []string
		note   string
	}{
		"None":         {"Without settings, no exceptions are known.", "", "30", nil, "exceptions are not known"},
		"Window":       {"The window includes today and the last day.", config("exceptions: [" + strings.Join([]string{later, soon, ended, today}, ",") + "]"), "30", []string{"today EnvironmentConfig ecr-platform 0", "soon EnvironmentConfig ecr-platform 30"}, ""},
		"Today":        {"A window of no days is today.", config("exceptions: [" + soon + "," + today + "]"), "0", []string{"today EnvironmentConfig ecr-platform 0"}, ""},
		"Input":        {"Exceptions of an Input hold if the EnvironmentConfig has none.", composition("a", "exceptions: ["+today+"]") + config("requireKMS: true"), "30", []string{"today Composition a 0"}, ""},
		"Replaced":     {"Exceptions of the EnvironmentConfig replace those of the Input.", composition("a", "exceptions: ["+today+"]") + config("exceptions: ["+soon+"]"), "30", []string{"soon EnvironmentConfig ecr-platform 30"}, ""},
		"Compositions": {"The Compositions of all kinds have the same Input.", composition("a", "exceptions: ["+today+"]") + composition("b", "exceptions: ["+today+"]"), "30", []string{"today Composition a 0"}, ""},
		"NoDate":       {"An end that is not a date is noted.", config(`exceptions: [{project: shop, guardrail: requireKMS, until: soon, reason: r}]`), "30", nil, `an exception ends on "soon", which is not a date`},
		"Malformed":    {"Settings that cannot be read are noted.", config(`exceptions: 1`), "30", nil, "the settings of EnvironmentConfig ecr-platform cannot be read"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			r := run(t, tc.text, "--days", tc.days)
			var got []string
			for _, e := range r.Exceptions {
				got = append(got, fmt.Sprintf("%s %s %d", e.Reason, e.Settings, e.Days))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want +got\n%s", tc.reason, diff)
			}
			if notes := strings.Join(r.Notes, "\n"); !strings.Contains(notes, tc.note) {
				t.Errorf("%s\nnotes: %s", tc.reason, notes)
			}
		})
	}
}

// TestFlags shows the exit codes of a report.
func TestFlags(t *testing.T) {
	cases := map[string]struct {
		reason string
		args   []string
		code   int
		err    string
	}{
		"Found":      {"The exit code is 0 whatever the report finds.", []string{fleet}, 0, ""},
		"FailOn":     {"With --fail-on it is 1 if there is any.", []string{fleet, "--fail-on", "advice,invalid"}, 1, ""},
		"FailOnNone": {"With --fail-on it is 0 if there is none.", []string{fleet, "--fail-on", "exceptions", "--at", "2026-01-01"}, 0, ""},
		"FailOnWhat": {"A name that --fail-on does not have is wrong usage.", []string{fleet, "--fail-on", "paused,sad"}, 2, `--fail-on "sad": must be one or more of invalid,paused,`},
		"Days":       {"Days must not be negative.", []string{fleet, "--days", "-1"}, 2, "--days -1: must be 0 or more"},
		"At":         {"The day must be a date or a time.", []string{fleet, "--at", "soon"}, 2, `--at "soon": must be a date or a time`},
		"Context":    {"Files have no context.", []string{fleet, "--context", "prod"}, 2, "--context is for a cluster: leave out either it or the files"},
		"NoFile":     {"A file must exist.", []string{"missing.json"}, 2, "cannot read missing.json"},
		"NoYAML":     {"A file must be YAML.", []string{"-"}, 2, "<stdin>:1:"},
		"NoCluster":  {"Without files there must be a cluster.", nil, 2, "no cluster: name files or - for standard input, or a kubeconfig"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Setenv("KUBECONFIG", filepath.Join(t.TempDir(), "none"))
			got := clitest.RunWith(t, "a: [", append([]string{"report", "--at", "2026-11-26"}, tc.args...)...)
			if got.Code != tc.code || !strings.Contains(got.Err, tc.err) {
				t.Errorf("%s\nexit code %d, want %d\n%s", tc.reason, got.Code, tc.code, got.Err)
			}
		})
	}
}

// TestTable shows how a table escapes control characters and shortens advice.
func TestTable(t *testing.T) {
	advice := make([]any, 30)
	for i := range advice {
		advice[i] = map[string]any{"path": "spec", "message": "\x1b[31mred\u202e"}
	}
	text := recorded(t, "2.4/namespaced/ready.yaml", "shop", set(advice, "status", "advice"))
	got := clitest.RunWith(t, text, "report", "-", "--at", "2026-11-26")
	for _, want := range []string{
		"1 object, 0 repositories: 30 pieces of advice\n",
		"shop       registry  True   True       True   True    30\n",
		"  shop/registry: spec: \\x1b[31mred\\u202e\n",
		"  and 10 more: -o json has all of them\n",
	} {
		if !strings.Contains(got.Out, want) {
			t.Errorf("%q is missing in\n%s", want, got.Out)
		}
	}
}

// TestPage shows that the page has everything, runs no script and loads nothing.
func TestPage(t *testing.T) {
	got := clitest.RunWith(t, recorded(t, "2.4/claims/refused-edit.yaml", "<script>"), "report", "-", fleet, "-o", "html", "--at", "2026-11-26")
	for _, want := range []string{
		"4 objects to look at", "2 objects are fine", "&lt;script&gt;/registry", "bank/registry", "the platform team&#39;s rule allowDelete",
		"moves to its own account", "9 days", "arn:aws:ecr:eu-west-1:111122223333:repository/shop/cron", "this policy may expire images", "prefers-color-scheme: dark",
	} {
		if !strings.Contains(got.Out, want) {
			t.Errorf("%q is missing", want)
		}
	}
	for _, unwanted := range []string{"<script", "http://", "https://", "ZgotmplZ"} {
		if strings.Contains(got.Out, unwanted) {
			t.Errorf("the page has %q", unwanted)
		}
	}
}
