package managed_test

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/ontopix/crossplane-ecr/fn/managed"
)

// FuzzName shows that the API server accepts every name, even with a suffix, and that two things have two names.
func FuzzName(f *testing.F) {
	f.Add("default", "eu-west-1", "team/api", "default", "eu-west-1", "team-api")
	f.Add("default", "eu-west-1", "", "default", "", "eu-west-1")
	f.Add("", "", "---", "", "", "...")
	f.Add("a", "b", strings.Repeat("a/", 200), "a", "b", strings.Repeat("a/", 201))
	f.Add("ProviderConfig", "team", "Ünïcode", "ProviderConfig", "team", "ünïcode")
	f.Fuzz(func(t *testing.T, a1, a2, a3, b1, b2, b3 string) {
		a, b := managed.Name(a1, a2, a3), managed.Name(b1, b2, b3)
		if faults := validation.IsDNS1123Subdomain(a + "-01234567"); len(faults) > 0 {
			t.Errorf("Name(%q, %q, %q) is %q: %s", a1, a2, a3, a, faults)
		}
		if a != managed.Name(a1, a2, a3) {
			t.Errorf("Name(%q, %q, %q) differs between calls", a1, a2, a3)
		}
		if strings.Contains(a1+a2+a3+b1+b2+b3, "\n") {
			return // no part contains a newline, which joins them
		}
		if same := a1 == b1 && a2 == b2 && a3 == b3; (a == b) != same {
			t.Errorf("Name(%q, %q, %q) and Name(%q, %q, %q) are %q and %q", a1, a2, a3, b1, b2, b3, a, b)
		}
	})
}

// FuzzObjectName shows that the objects of two generations, and of provider configs of one name in two namespaces,
// never have the same name.
func FuzzObjectName(f *testing.F) {
	f.Add("default", "team", "other", "eu-west-1", "team/api")
	f.Add("", "", "a", "", "")
	f.Fuzz(func(t *testing.T, name, namespace, other, region, repository string) {
		if strings.Contains(name+namespace+other+region+repository, "\n") || namespace == other {
			t.Skip()
		}
		seen := map[string]managed.ProviderConfig{}
		for _, c := range []managed.ProviderConfig{
			{Name: name},
			{Name: name, Kind: managed.ClusterProviderConfigKind},
			{Name: name, Kind: managed.ProviderConfigKind, Namespace: namespace},
			{Name: name, Kind: managed.ProviderConfigKind, Namespace: other},
		} {
			got := c.ObjectName(region, repository)
			if first, ok := seen[got]; ok {
				t.Errorf("%+v and %+v name one object %q", first, c, got)
			}
			seen[got] = c
		}
	})
}
