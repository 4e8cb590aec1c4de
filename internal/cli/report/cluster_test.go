package report_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/ontopix/crossplane-ecr/internal/cli/clitest"
	"github.com/ontopix/crossplane-ecr/internal/cli/report"
)

// An apiServer answers as one does: discovery of a group, lists of a namespace or of all, by a label, page by page.
type apiServer struct {
	resources []resource
	forbidden []string // names of resources that may not be listed
	objects   []unstructured.Unstructured
	asked     []string
}

type resource struct {
	apiVersion, name, kind string
	namespaced             bool
}

// everything has the resources that a report reads of a cluster with both packages.
var everything = []resource{
	{"ecr.ontopix.io/v1alpha1", "projectregistries", "ProjectRegistry", true},
	{"ecr.ontopix.io/v1alpha1", "projectregistries/status", "ProjectRegistry", true},
	{"ecr.ontopix.io/v1alpha1", "xprojectregistries", "XProjectRegistry", false},
	{"ecr.ontopix.io/v1alpha1", "xecrorgaccesses", "XEcrOrgAccess", false},
	{"ecr.m.ontopix.io/v1alpha1", "projectregistries", "ProjectRegistry", true},
	{"apiextensions.crossplane.io/v1", "compositions", "Composition", false},
	{"apiextensions.crossplane.io/v1beta1", "environmentconfigs", "EnvironmentConfig", false},
}

// ServeHTTP implements http.Handler.
func (s *apiServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.asked = append(s.asked, r.Method+" "+r.URL.Path)
	group, version, rest := "", "", ""
	if parts := strings.SplitN(strings.TrimPrefix(r.URL.Path, "/apis/"), "/", 3); len(parts) > 1 {
		group, version, rest = parts[0], parts[1], strings.Join(parts[2:], "")
	}
	gv, namespace, name := group+"/"+version, "", rest
	if below, ok := strings.CutPrefix(rest, "namespaces/"); ok {
		namespace, name, _ = strings.Cut(below, "/")
	}
	list := metav1.APIResourceList{TypeMeta: metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"}, GroupVersion: gv}
	for _, x := range s.resources {
		switch {
		case x.apiVersion != gv:
		case rest == "":
			list.APIResources = append(list.APIResources, metav1.APIResource{Name: x.name, Kind: x.kind, Namespaced: x.namespaced, Verbs: metav1.Verbs{"list"}})
		case x.name == name && slices.Contains(s.forbidden, name):
			fail(w, http.StatusForbidden, metav1.StatusReasonForbidden, name+` is forbidden: User "me" cannot list it`)
			return
		case x.name == name:
			answer(w, s.page(x, namespace, r.URL.Query().Get("labelSelector"), r.URL.Query().Get("continue")))
			return
		}
	}
	if len(list.APIResources) == 0 {
		fail(w, http.StatusNotFound, metav1.StatusReasonNotFound, "the server could not find the requested resource")
		return
	}
	answer(w, list)
}

// page returns one object of a list, with the token of the next page.
func (s *apiServer) page(x resource, namespace, label, from string) map[string]any {
	var items []any
	for _, o := range s.objects {
		key, value, _ := strings.Cut(label, "=")
		if o.GetAPIVersion() == x.apiVersion && o.GetKind() == x.kind &&
			(namespace == "" || o.GetNamespace() == namespace) && (label == "" || o.GetLabels()[key] == value) {
			items = append(items, o.Object)
		}
	}
	n := 0
	_, _ = fmt.Sscan(from, &n)
	next := ""
	if n+1 < len(items) {
		next = fmt.Sprint(n + 1)
	}
	return map[string]any{
		"apiVersion": x.apiVersion, "kind": x.kind + "List", "metadata": map[string]any{"continue": next},
		"items": append([]any{}, items[min(n, len(items)):min(n+1, len(items))]...),
	}
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func fail(w http.ResponseWriter, code int, reason metav1.StatusReason, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(metav1.Status{
		TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: metav1.StatusFailure,
		Code: int32(code), Reason: reason, Message: message,
	})
}

// kubeconfig writes a kubeconfig with the contexts prod, which is current and has the namespace shop, and empty.
func kubeconfig(t *testing.T, server string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config")
	text := fmt.Sprintf(`{apiVersion: v1, kind: Config, current-context: prod,
clusters: [{name: c, cluster: {server: %q}}], users: [{name: u, user: {}}],
contexts: [{name: prod, context: {cluster: c, user: u, namespace: shop}}, {name: empty, context: {cluster: c, user: u}}]}`, server)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// fleetObjects returns the objects of the page's example with Crossplane's labels, a namespaced registry and an org access.
func fleetObjects(t *testing.T) []unstructured.Unstructured {
	t.Helper()
	raw, err := os.ReadFile(fleet)
	if err != nil {
		t.Fatal(err)
	}
	var list struct{ Items []map[string]any }
	if err := yaml.Unmarshal(raw, &list); err != nil {
		t.Fatal(err)
	}
	var objects []unstructured.Unstructured
	for _, item := range append(list.Items,
		map[string]any{"apiVersion": "ecr.m.ontopix.io/v1alpha1", "kind": "ProjectRegistry", "metadata": map[string]any{"name": "new", "namespace": "shop"}},
		map[string]any{"apiVersion": "ecr.ontopix.io/v1alpha1", "kind": "XEcrOrgAccess", "metadata": map[string]any{"name": "ontopix"}}) {
		u := unstructured.Unstructured{Object: item}
		if u.GetKind() == "XProjectRegistry" {
			u.SetLabels(map[string]string{"crossplane.io/claim-namespace": "shop"})
		}
		objects = append(objects, u)
	}
	return objects
}

// TestCluster shows what a report reads of a cluster.
func TestCluster(t *testing.T) {
	claims := everything[:4]
	cases := map[string]struct {
		reason    string
		resources []resource
		forbidden []string
		args      []string
		code      int
		err       string
		source    string
		want      []string
		exception bool
		notes     []string
	}{
		"Namespace": {
			reason: "The default is the namespace of the context, with the composite resources of its claims.", resources: everything,
			source: "context prod, namespace shop", want: []string{"ProjectRegistry shop/new", "ProjectRegistry shop/registry"}, exception: true,
		},
		"Another": {
			reason: "-n chooses another namespace.", resources: everything, args: []string{"-n", "bank"},
			source: "context prod, namespace bank", want: []string{"ProjectRegistry bank/registry"}, exception: true,
		},
		"Default": {
			reason: "The namespace of a context without one is default.", resources: everything, args: []string{"--context", "empty"},
			source: "context empty, namespace default", exception: true, notes: []string{"there is no registry and no org access here"},
		},
		"All": {
			reason: "-A reads all namespaces of both generations, and cluster-scoped objects.", resources: everything, args: []string{"-A"},
			source: "context prod", exception: true,
			want: []string{"ProjectRegistry bank/registry", "ProjectRegistry media/registry", "XEcrOrgAccess ontopix", "ProjectRegistry shop/new", "ProjectRegistry search/registry", "ProjectRegistry shop/registry", "ProjectRegistry agents/registry"},
		},
		"OneGeneration": {
			reason: "A cluster may have only one of the packages.", resources: claims, args: []string{"-n", "shop"},
			source: "context prod, namespace shop", want: []string{"ProjectRegistry shop/registry"},
			notes: []string{"exceptions are not known: there are no settings here, neither an EnvironmentConfig nor a Composition"},
		},
		"Team": {
			reason: "A team sees its claims although it may not list composite resources and settings.", resources: everything,
			forbidden: []string{"xprojectregistries", "xecrorgaccesses", "environmentconfigs", "compositions"},
			source:    "context prod, namespace shop", want: []string{"ProjectRegistry shop/new", "ProjectRegistry shop/registry"},
			notes: []string{
				`xprojectregistries.ecr.ontopix.io are left out: xprojectregistries is forbidden: User "me" cannot list it`,
				`xecrorgaccesses.ecr.ontopix.io are left out: xecrorgaccesses is forbidden: User "me" cannot list it`,
				`compositions.apiextensions.crossplane.io are left out: compositions is forbidden: User "me" cannot list it`,
				`environmentconfigs.apiextensions.crossplane.io are left out: environmentconfigs is forbidden: User "me" cannot list it`,
				"exceptions are not known: there are no settings here, neither an EnvironmentConfig nor a Composition",
			},
		},
		"Nothing": {
			reason: "If no kind may be listed there is no report.", resources: claims, forbidden: []string{"projectregistries", "xprojectregistries", "xecrorgaccesses"},
			code: 2, err: `cannot read the cluster: xecrorgaccesses is forbidden: User "me" cannot list it`,
		},
		"NotInstalled": {
			reason: "A cluster without the packages is an error.", resources: everything[5:],
			code: 2, err: "the cluster has none of the kinds of ecr.ontopix.io and ecr.m.ontopix.io: are the packages installed?",
		},
		"NoContext": {
			reason: "The context must exist.", args: []string{"--context", "moon"}, code: 2, err: `context "moon" does not exist`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := &apiServer{resources: tc.resources, forbidden: tc.forbidden, objects: fleetObjects(t)}
			server := httptest.NewServer(s)
			defer server.Close()
			args := append([]string{"report", "-o", "json", "--at", "2026-11-26", "--kubeconfig", kubeconfig(t, server.URL)}, tc.args...)
			got := clitest.Run(t, args...)
			if got.Code != tc.code || !strings.Contains(got.Err, tc.err) {
				t.Fatalf("%s\nexit code %d, want %d: %s", tc.reason, got.Code, tc.code, got.Err)
			}
			if i := slices.IndexFunc(s.asked, func(a string) bool { return !strings.HasPrefix(a, "GET ") }); i >= 0 {
				t.Errorf("%s\na report only reads: %s", tc.reason, s.asked[i])
			}
			if tc.code != 0 {
				return
			}
			var r report.Report
			if err := json.Unmarshal([]byte(got.Out), &r); err != nil {
				t.Fatal(err)
			}
			var objects []string
			for _, o := range r.Objects {
				objects = append(objects, o.Kind+" "+o.ID())
			}
			if diff := cmp.Diff(tc.want, objects); diff != "" {
				t.Errorf("%s\n-want +got\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(tc.notes, r.Notes); diff != "" {
				t.Errorf("%s\nnotes: -want +got\n%s", tc.reason, diff)
			}
			if (len(r.Exceptions) > 0) != tc.exception || r.Source != tc.source {
				t.Errorf("%s\n%d exceptions of %q, want %t of %q", tc.reason, len(r.Exceptions), r.Source, tc.exception, tc.source)
			}
		})
	}
}

// If the cluster cannot be reached, only an error is printed.
func TestClusterGone(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	got := clitest.Run(t, "report", "--kubeconfig", kubeconfig(t, server.URL))
	if got.Code != 2 || got.Out != "" || !strings.Contains(got.Err, "cannot read the cluster: ") {
		t.Errorf("exit code %d: %s", got.Code, got.Err)
	}
}
