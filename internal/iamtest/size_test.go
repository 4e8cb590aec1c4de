package iamtest

import (
	"strings"
	"testing"
)

func TestSizes(t *testing.T) {
	const text = "{\n\t\"Sid\": \"a b\\\" c\",\r\n  \"x\" : [ 1 , \"é\" ]\n}"
	const compact = `{"Sid":"a b\" c","x":[1,"é"]}`
	cases := map[string]struct {
		reason string
		got    int
		want   int
	}{
		"Trust":        {reason: pageQuotas + "only inline and managed policies are counted without white space", got: TrustPolicySize(text), want: 43},
		"TrustCompact": {reason: pageQuotas + "characters, not bytes: é is one", got: TrustPolicySize(compact), want: 29},
		"Inline":       {reason: pageQuotas + "IAM doesn't count white space", got: InlinePolicySize(text), want: 29},
		"InlineSum":    {reason: pageQuotas + "the sum size of all inline policies", got: InlinePolicySize(text, compact), want: 58},
		"Managed":      {reason: pageQuotas + "IAM doesn't count white space", got: ManagedPolicySize(text), want: 29},
		"Repository":   {reason: "ECR API Reference, SetRepositoryPolicy: the length of policyText", got: ResourcePolicySize(text), want: 43},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if d := diff(tc.want, tc.got); d != "" {
				t.Errorf("%s: -want, +got:\n%s", tc.reason, d)
			}
		})
	}
}

func TestCheckSize(t *testing.T) {
	cases := map[string]struct {
		kind  Kind
		limit int
		// spaces says whether white space counts.
		spaces bool
	}{
		"Trust":      {kind: TrustPolicy, limit: 2048, spaces: true},
		"Inline":     {kind: IdentityPolicy, limit: 10240},
		"Repository": {kind: RepositoryPolicy, limit: 10240, spaces: true},
		"Registry":   {kind: RegistryPolicy, limit: 10240, spaces: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			full := strings.Repeat("x", tc.limit)
			if err := CheckSize(tc.kind, full); err != nil {
				t.Errorf("%d characters: %v", tc.limit, err)
			}
			if err := CheckSize(tc.kind, full+"x"); err == nil {
				t.Errorf("%d characters: want an error", tc.limit+1)
			}
			if d := diff(tc.spaces, CheckSize(tc.kind, full+" ") != nil); d != "" {
				t.Errorf("a space more: -want an error, +got:\n%s", d)
			}
		})
	}
	if err := CheckSize(ResourcePolicy, "{}"); err == nil {
		t.Error("a policy of another service: want an error, its limit is unknown")
	}
}
