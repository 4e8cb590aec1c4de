package registry_test

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/fn/managed"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

// maxMessage is gRPC's maximum size of a message, in bytes.
const maxMessage = 4 << 20

// manyImages returns a list of images.
func manyImages(n int, fields string) string {
	b := &strings.Builder{}
	for i := range n {
		fmt.Fprintf(b, "- {name: image-%d%s}\n", i, fields)
	}
	return b.String()
}

// manyTags returns a map of tags of the maximum size, in characters of several bytes.
func manyTags(n int) string {
	b := &strings.Builder{}
	for i := range n {
		fmt.Fprintf(b, "%s%03d: %s\n", strings.Repeat("語", 125), i, strings.Repeat("語", 256))
	}
	return b.String()
}

func indent(s string) string {
	return "  " + strings.ReplaceAll(strings.TrimSuffix(s, "\n"), "\n", "\n  ")
}

// TestFits shows that every answer fits into a message, even one that refuses.
func TestFits(t *testing.T) {
	rules := &strings.Builder{}
	for i := range 29 {
		fmt.Fprintf(rules, "{description: %s, selection: {tagStatus: tagged, tagPatternList: [v%d], countType: imageCountMoreThan, countNumber: 3}, action: {type: expire}},", strings.Repeat("d", 850), i)
	}
	type test struct {
		reason string
		spec   string
		fatal  string

		// rename replaces KEY in the spec, since YAML takes no large keys.
		rename string
	}
	cases := map[string]test{
		"HundredImages": {
			reason: "The maximum number of images, each as small as possible.",
			spec:   "region: eu-west-1\nimages:\n" + manyImages(100, ""),
		},
		"LargestTags": {
			reason: "Tags that many images inherit are written once and rendered a hundred times.",
			spec:   "region: eu-west-1\ndefaults:\n  tags:\n" + indent(indent(manyTags(44))) + "\nimages:\n" + manyImages(100, ""),
			fatal:  "spec.images",
		},
		"LargestPolicies": {
			reason: "So are lifecycle rules.",
			spec:   "region: eu-west-1\ndefaults: {lifecycle: {rules: [" + rules.String() + "]}}\nimages:\n" + manyImages(100, ""),
			fatal:  "spec.images: the lifecycle and repository policies of all images have",
		},
		"MoreImages": {
			reason: "More are refused.",
			spec:   "region: eu-west-1\nimages:\n" + manyImages(5000, ""),
			fatal:  "spec.images 5000: a project registry holds at most 100 images: split the project's images over several",
		},
		"LargeKey": {
			reason: "A message repeats only so much of a tag's key.",
			spec:   "region: eu-west-1\nimages: [{name: web, tags: {KEY: v}}]",
			rename: strings.Repeat("k", 500000),
			fatal:  "a tag's key has at most 128 characters",
		},
		"LargeName": {
			reason: "And of a name.",
			spec:   "region: eu-west-1\nimages: [{name: " + strings.Repeat("k", 500000) + "}]",
			fatal:  "at most 256 are allowed",
		},
		"LargeField": {
			reason: "And of an unknown field.",
			spec:   "region: eu-west-1\nimages: [{name: web, KEY: v}]",
			rename: strings.Repeat("k", 500000),
			fatal:  "unknown field",
		},
	}
	fntest.Each(t, cases, func(t *testing.T, g managed.Generation, tc test) {
		req := fntest.Build(t, fntest.Request{XR: fntest.Registry{Spec: tc.spec}.XR(t, g)})
		if tc.rename != "" {
			renameKey(req.GetObserved().GetComposite().GetResource(), tc.rename)
		}
		rsp := fntest.Answer(t, req, nil, fntest.Today)
		if n := proto.Size(rsp); n > maxMessage {
			t.Errorf("%s\nthe answer has %d bytes, at most %d fit", tc.reason, n, maxMessage)
		}
		fatal := fntest.Fatal(rsp)
		if (fatal != "") != (tc.fatal != "") || !strings.Contains(fatal, tc.fatal) {
			t.Errorf("%s\nwant refused: %q, got: %.500s", tc.reason, tc.fatal, fatal)
		}
		if n := len(fatal); n > 16<<10 {
			t.Errorf("%s\nthe message has %d bytes", tc.reason, n)
		}
		if n := proto.Size(rsp.GetDesired().GetComposite()); n > 256<<10 {
			t.Errorf("%s\nthe status has %d bytes", tc.reason, n)
		}
	})
}

// TestAdviceFits shows that advice keeps the status small, although it quotes what AWS has and the platform team wrote.
func TestAdviceFits(t *testing.T) {
	tags := map[string]any{}
	for i := range 47 {
		tags[fmt.Sprintf("%s%02d", strings.Repeat("k", 126), i)] = strings.Repeat("v", 256)
	}
	type test struct{ reason, spec, input string }
	cases := map[string]test{
		"TakingOver": {reason: "Many tags may be removed.", spec: "{region: eu-west-1, managementPolicies: [Observe], images: [" + strings.ReplaceAll(strings.TrimPrefix(manyImages(100, ""), "- "), "\n- ", ", ") + "]}"},
		"Exception":  {reason: "A reason may be very long.", spec: "{region: eu-west-1, images: [{name: web}]}", input: "guardrails: {exceptions: [{project: shop, guardrail: requireKMS, until: \"2027-01-01\", reason: " + strings.Repeat("r", 500000) + "}]}"},
	}
	fntest.Each(t, cases, func(t *testing.T, g managed.Generation, tc test) {
		req := fntest.Build(t, fntest.Request{XR: fntest.Registry{Spec: tc.spec}.XR(t, g), Input: tc.input})
		for i := range 100 {
			o, err := structpb.NewStruct(map[string]any{"kind": "Repository", "status": map[string]any{"atProvider": map[string]any{"arn": "a", "tags": tags}}})
			if err != nil {
				t.Fatal(err)
			}
			req.Observed.Resources[fmt.Sprintf("repository/image-%d", i)] = &fnv1.Resource{Resource: o}
		}
		rsp := fntest.Answer(t, req, nil, fntest.Today)
		if f := fntest.Fatal(rsp); f != "" {
			t.Fatalf("%s\nrefused: %.500s", tc.reason, f)
		}
		if fntest.Advice(t, rsp) == "" {
			t.Errorf("%s\nthere is no advice", tc.reason)
		}
		if n := proto.Size(rsp.GetDesired().GetComposite()); n > 256<<10 {
			t.Errorf("%s\nthe status has %d bytes", tc.reason, n)
		}
	})
}

// renameKey gives the field KEY, wherever it is, another name.
func renameKey(s *structpb.Struct, name string) {
	for k, v := range s.GetFields() {
		if k == "KEY" {
			delete(s.Fields, k)
			s.Fields[name] = v
		}
		renameKey(v.GetStructValue(), name)
		for _, e := range v.GetListValue().GetValues() {
			renameKey(e.GetStructValue(), name)
		}
	}
}
