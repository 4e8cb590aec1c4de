package preview_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ontopix/crossplane-ecr/internal/cli/clitest"
)

const (
	data      = "../../../docs/kubectl-ecr/testdata/preview/"
	claim     = data + "claim.yaml"
	images    = data + "images.json"
	manifests = data + "manifests.json"
	inForce   = data + "in-force.json"
)

// A report is the JSON form.
type report struct {
	Repository string
	Images     []struct {
		Digest, Verdict, HeldBy, Follows string
		Rule                             int
		Priority                         int64
		Certain                          bool
		ExpiresAt                        *string
	}
	Changes *struct{ Goes, Stays []string }
}

// verdicts returns the first letter, the verdict and the rule of each image, the newest first.
func (r report) verdicts() string {
	var words []string
	for _, im := range r.Images {
		w := fmt.Sprintf("%c:%s:%d", strings.TrimPrefix(im.Digest, "sha256:")[0], im.Verdict, im.Rule)
		if !im.Certain {
			w += "?"
		}
		words = append(words, w)
	}
	return strings.Join(words, " ")
}

func run(t *testing.T, args ...string) report {
	t.Helper()
	got := clitest.Run(t, append([]string{"preview", "-o", "json", "--at", "2026-11-26"}, args...)...)
	if got.Code != 0 {
		t.Fatalf("preview %q: %+v", args, got)
	}
	var r report
	if err := json.Unmarshal([]byte(got.Out), &r); err != nil {
		t.Fatalf("%v\n%s", err, got.Out)
	}
	return r
}

func TestPreview(t *testing.T) {
	cases := map[string]struct {
		reason string
		args   []string
		want   string
	}{
		"Claim":     {"Without manifests, untagged images beside an index are not certain.", []string{claim, "--images", images}, "a:keep:2 b:expire:1? e:expire:1? c:keep:2 f:expire:1? d:expire:2"},
		"Manifests": {"The index holds one of them.", []string{claim, "--images", images, "--manifests", manifests}, "a:keep:2 b:held:1 e:expire:1 c:keep:2 f:expire:1 d:expire:2"},
		"Policy":    {"ECR's own policy, as the AWS CLI prints it.", []string{inForce, "--images", images, "--manifests", manifests}, "a:keep:0 b:held:1 e:expire:1 c:keep:0 f:expire:1? d:keep:0"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			r := run(t, tc.args...)
			if diff := cmp.Diff(tc.want, r.verdicts()); diff != "" || r.Repository != "shop/web" {
				t.Errorf("%s\npreview %q: repository %s: -want, +got:\n%s", tc.reason, tc.args, r.Repository, diff)
			}
		})
	}
}

// Without settings, the namespace of an org access is taken as allowed: the registry has a lifecycle policy to preview.
func TestOrgAccessOfOtherNamespace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "registry.yaml")
	text := `apiVersion: ecr.m.ontopix.io/v1alpha1
kind: ProjectRegistry
metadata: {name: shop, namespace: shop}
spec:
  region: eu-west-1
  orgAccessRef: {name: octo, namespace: platform}
  github: {repositories: [web], branches: [main]}
  images: [{name: web, lifecycle: {keepImages: 2, untaggedExpiryDays: 7}}]
`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	want := "a:keep:2 b:held:1 e:expire:1 c:keep:2 f:expire:1 d:expire:2"
	if diff := cmp.Diff(want, run(t, path, "--images", images, "--manifests", manifests).verdicts()); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

func TestChanges(t *testing.T) {
	d := "sha256:" + strings.Repeat("d", 64)
	if r := run(t, claim, "--images", images, "--manifests", manifests, "--in-force", inForce); len(r.Changes.Goes) != 1 || r.Changes.Goes[0] != d || len(r.Changes.Stays) > 0 {
		t.Errorf("want %s to go and nothing to stay, got %+v", d, r.Changes)
	}
	if r := run(t, inForce, "--images", images, "--in-force", "none"); len(r.Changes.Goes) != 3 {
		t.Errorf("without a policy nothing goes, want 3 images to go, got %+v", r.Changes)
	}
}

// TestUsage checks the messages for input that cannot be previewed.
func TestUsage(t *testing.T) {
	file := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	refused := file("claim.yaml", "apiVersion: ecr.ontopix.io/v1alpha1\nkind: ProjectRegistry\nmetadata: {name: r, namespace: shop}\nspec: {region: eu-west-1, images: [{name: Web}]}\n")
	twice := file("policy.json", `{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":0},"action":{"type":"expire"}}]}`)
	others := file("others.json", `{"imageDetails":[{"repositoryName":"else/where","imageDigest":"sha256:1","imagePushedAt":1}]}`)
	page := func(token string) string {
		return file("page.json", `{"imageDetails":[{"repositoryName":"shop/web","imageDigest":"sha256:1","imagePushedAt":1}],"`+token+`":"x"}`)
	}
	cases := map[string]struct {
		reason string
		args   []string
		code   int
		want   string
	}{
		"NoImages":      {"Images must come from somewhere.", []string{claim}, 2, "say where the images are: --images FILE or --aws"},
		"NoClaim":       {"Something must be previewed.", []string{"--images", images}, 2, "one CLAIM or POLICY, got 0"},
		"TwoClaims":     {"Only one can be previewed.", []string{claim, claim, "--images", images}, 2, "one CLAIM or POLICY, got 2"},
		"FirstPage":     {"A page with a token does not have all images.", []string{claim, "--images", page("nextToken")}, 0, "has only some of the images"},
		"MaxItems":      {"The AWS CLI spells its own token in another way.", []string{claim, "--images", page("NextToken")}, 0, "has only some of the images"},
		"NoTime":        {"The message shows how to write a time.", []string{claim, "--images", file("time.json", `{"imageDetails":[{"imageDigest":"sha256:1","imagePushedAt":"noon"}]}`)}, 2, "write it as 2026-11-26T12:00:00Z"},
		"RefusedClaim":  {"A refused claim shows its faults.", []string{refused, "--images", images}, 1, "spec.images[0].name"},
		"RefusedPolicy": {"A policy that AWS refuses shows its faults.", []string{twice, "--images", images}, 1, "rules[0].selection.countNumber"},
		"OtherImages":   {"The images are of another repository.", []string{claim, "--images", others}, 2, "name one of api, web with --image"},
		"AnotherImage":  {"The named image has another repository.", []string{claim, "--images", images, "--image", "api"}, 2, "has no image of repository shop/api, only of shop/web"},
		"NoSuchImage":   {"The claim must have the named image.", []string{claim, "--images", images, "--image", "db"}, 2, "api, web"},
		"ListImages":    {"The output of another command is refused.", []string{claim, "--images", file("ids.json", `{"imageIds":[]}`)}, 2, "describe-images"},
		"NotJSON":       {"The images must be JSON.", []string{claim, "--images", claim}, 2, "not JSON"},
		"Date":          {"The date must be one.", []string{claim, "--images", images, "--at", "tomorrow"}, 2, "2026-11-26"},
		"Missing":       {"A file that does not exist cannot be read.", []string{claim, "--images", "nowhere.json"}, 2, "nowhere.json"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := clitest.Run(t, append([]string{"preview"}, tc.args...)...)
			if got.Code != tc.code || !strings.Contains(got.Out+got.Err, tc.want) || tc.code == 2 && got.Out != "" {
				t.Errorf("%s\npreview %q: want code %d and %q, got %+v", tc.reason, tc.args, tc.code, tc.want, got)
			}
		})
	}
}

// TestHostile checks that digests and tags stay text.
func TestHostile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "images.json")
	text := `{"imageDetails":[{"imageDigest":"sha256:<img src=x>","imageTags":["<script>alert(1)</script>","\u001b[31m\u009b\u202e"],"imagePushedAt":"2026-01-01T00:00:00Z"}]}`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, form := range []string{"text", "html", "json"} {
		got := clitest.Run(t, "preview", inForce, "--images", path, "--at", "2026-11-26", "-o", form)
		if got.Code != 0 || strings.ContainsAny(got.Out, "\x1b\u009b\u202e") {
			t.Errorf("-o %s prints control characters: %+v", form, got)
		}
		if form == "html" && (strings.Contains(got.Out, "<script") || strings.Contains(got.Out, "<img") || !strings.Contains(got.Out, "&lt;script&gt;")) {
			t.Errorf("-o html does not escape: %s", got.Out)
		}
		if form == "html" && strings.Contains(got.Out, "http") && strings.Contains(got.Out, "src=\"http") {
			t.Errorf("-o html needs the network")
		}
	}
}

// TestAccount reads from an account with a test server as its ECR.
func TestAccount(t *testing.T) {
	page := func(file string) map[string]any {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var m map[string]any
		if err := json.Unmarshal(raw, &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	push := func(letter, tag string, at float64, mediaType string) map[string]any {
		m := map[string]any{"repositoryName": "shop/web", "imageDigest": "sha256:" + strings.Repeat(letter, 64), "imagePushedAt": at, "imageManifestMediaType": mediaType}
		if tag != "" {
			m["imageTags"] = []string{tag}
		}
		return m
	}
	var calls []string
	clitest.ECR(t, "", func(operation string, body *json.Decoder) (int, any) {
		calls = append(calls, operation)
		var in struct{ RepositoryName, NextToken string }
		if err := body.Decode(&in); err != nil || in.RepositoryName != "shop/web" {
			t.Errorf("%s of repository %q: %v", operation, in.RepositoryName, err)
		}
		switch {
		case operation == "DescribeImages" && in.NextToken == "":
			return http.StatusOK, map[string]any{"nextToken": "more", "imageDetails": []any{push("a", "v1", 1795000000, "application/vnd.oci.image.index.v1+json")}}
		case operation == "DescribeImages":
			return http.StatusOK, map[string]any{"imageDetails": []any{push("b", "", 1780000000, ""), push("e", "", 1780000000, "")}}
		case operation == "BatchGetImage":
			return http.StatusOK, page(manifests)
		}
		return http.StatusBadRequest, map[string]any{"__type": "LifecyclePolicyNotFoundException", "message": "none"}
	})
	r := run(t, claim, "--image", "web", "--aws")
	if got, want := r.verdicts(), "a:keep:2 b:held:1 e:expire:1"; got != want || len(r.Changes.Goes) != 1 {
		t.Errorf("want %s and one image to go, got %s and %+v", want, got, r.Changes)
	}
	if got, want := strings.Join(calls, " "), "DescribeImages DescribeImages GetLifecyclePolicy BatchGetImage"; got != want {
		t.Errorf("want the calls %s, got %s", want, got)
	}
}
