package standin_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/ontopix/crossplane-ecr/internal/fake/cloud"
)

var (
	app          = cloud.Key{Kind: "Repository", Region: "eu-west-1", ID: "team/app"}
	appLifecycle = cloud.Key{Kind: "LifecyclePolicy", Region: "eu-west-1", ID: "team/app"}
	appPolicy    = cloud.Key{Kind: "RepositoryPolicy", Region: "eu-west-1", ID: "team/app"}
)

// repo returns a Repository for team/app, with more fields of forProvider in YAML.
func repo(name, policies, forProvider string) string {
	return fmt.Sprintf(`
apiVersion: ecr.aws.upbound.io/v1beta2
kind: Repository
metadata:
  name: %s
  labels: {exists: "true"}
  annotations: {crossplane.io/external-name: team/app}
spec:
  managementPolicies: %s
  providerConfigRef: {name: default}
  forProvider: {region: eu-west-1%s}
`, name, policies, forProvider)
}

// lifecycle returns a LifecyclePolicy for team/app.
func lifecycle(name, policies, policy string) string {
	return fmt.Sprintf(`
apiVersion: ecr.aws.upbound.io/v1beta1
kind: LifecyclePolicy
metadata: {name: %s}
spec:
  managementPolicies: %s
  providerConfigRef: {name: default}
  forProvider: {region: eu-west-1, repository: team/app, policy: '%s'}
`, name, policies, policy)
}

const (
	write     = "[Observe, Create, Update]"
	writeLate = "[Observe, Create, Update, LateInitialize]"
	all       = "[Observe, Create, Update, LateInitialize, Delete]"
)

func TestRepositoryIsCreatedKeptAndAdopted(t *testing.T) {
	b := newBench(t)
	b.apply(repo("one", write, `, tags: {team: a}`))
	b.ready("Repository", "one")

	u := b.get("Repository", "one")
	tags, _, _ := unstructured.NestedStringMap(u.Object, "spec", "forProvider", "tags")
	want := map[string]string{"team": "a", "crossplane-kind": "repository.ecr.aws.upbound.io", "crossplane-name": "one", "crossplane-providerconfig": "default"}
	if diff := cmp.Diff(want, tags); diff != "" {
		t.Errorf("the provider adds three tags to the spec: -want, +got:\n%s", diff)
	}
	arn, _, _ := unstructured.NestedString(u.Object, "status", "atProvider", "arn")
	if diff := cmp.Diff("arn:aws:ecr:eu-west-1:123456789012:repository/team/app", arn); diff != "" {
		t.Errorf("atProvider has the ARN: -want, +got:\n%s", diff)
	}
	first, _ := b.cloud.Look(app)

	b.delete("Repository", "one")
	b.gone("Repository", "one")
	if _, ok := b.cloud.Look(app); !ok {
		t.Error("without Delete the repository stays in AWS")
	}

	b.apply(repo("two", write, `, imageTagMutability: IMMUTABLE`))
	b.ready("Repository", "two")
	b.attribute(app, "imageTagMutability", "IMMUTABLE")
	second, _ := b.cloud.Look(app)
	if first.Since != second.Since {
		t.Error("an object of another name adopts the existing repository")
	}
	if tags, _ := second.Attributes["tags"].(map[string]any); tags["team"] != nil {
		t.Error("adoption enforces the tag map exactly: a tag that the spec does not have is removed")
	}
}

func TestRepositoryRefusesAnotherEncryption(t *testing.T) {
	b := newBench(t)
	b.apply(repo("one", write, ``))
	b.ready("Repository", "one")
	b.apply(repo("one", write, `, encryptionConfiguration: [{encryptionType: KMS}]`))
	b.says("Repository", "one", "Synced", "False", `cannot change the value of the argument "encryption_configuration.0.encryption_type" from "AES256" to "KMS"`)
	b.says("Repository", "one", "Ready", "True", "")
	b.apply(repo("one", write, ``))
	b.ready("Repository", "one")
}

func TestRegionAndExternalNameOfALivingObjectAreFrozen(t *testing.T) {
	b := newBench(t)
	b.apply(repo("one", write, ``))
	b.ready("Repository", "one")
	// The other repository exists, so that only the change of the name can be refused.
	if err := b.cloud.Put(t.Context(), cloud.Key{Kind: "Repository", Region: "eu-west-1", ID: "team/other"}, map[string]any{}); err != nil {
		t.Fatal(err)
	}
	u := b.get("Repository", "one")
	u.SetAnnotations(map[string]string{"crossplane.io/external-name": "team/other"})
	if err := kube.Client.Update(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	b.says("Repository", "one", "Synced", "False", `cannot change the value of the argument "name" from "team/app" to "team/other"`)
}

func TestLateInitializationBlocksTheWayBackFromExclusion(t *testing.T) {
	filters := `, imageTagMutability: MUTABLE_WITH_EXCLUSION, imageTagMutabilityExclusionFilter: [{filter: "v*", filterType: WILDCARD}]`
	b := newBench(t)
	b.apply(repo("one", write, filters))
	b.ready("Repository", "one")
	b.apply(repo("one", write, `, imageTagMutability: IMMUTABLE`))
	b.attribute(app, "imageTagMutability", "IMMUTABLE")
	b.ready("Repository", "one")

	b.apply(repo("one", writeLate, filters))
	b.attribute(app, "imageTagMutability", "MUTABLE_WITH_EXCLUSION")
	b.apply(repo("one", writeLate, `, imageTagMutability: IMMUTABLE`))
	b.says("Repository", "one", "Synced", "False", "image_tag_mutability_exclusion_filter can only be used when")
}

func TestLifecyclePolicyIsReplacedNotUpdated(t *testing.T) {
	b := newBench(t)
	b.apply(repo("one", write, ``))
	b.ready("Repository", "one")
	b.apply(lifecycle("old", writeLate, `{"rules":[{"rulePriority":1}]}`))
	b.ready("LifecyclePolicy", "old")
	if got := b.get("LifecyclePolicy", "old").GetAnnotations()["crossplane.io/external-name"]; got != "team/app" {
		t.Errorf("with LateInitialize the external-name is kept: got %q", got)
	}

	b.apply(lifecycle("old", writeLate, `{"rules": [ {"rulePriority": 1.0, "description": null} ]}`))
	b.stays("the same policy in another form is no change", func() error {
		if got := b.cloud.Journal(func(k cloud.Key) bool { return k == appLifecycle }); len(got) != 1 {
			return fmt.Errorf("journal: %v", got)
		}
		return nil
	})

	b.apply(lifecycle("old", writeLate, `{"rules":[{"rulePriority":2}]}`))
	b.says("LifecyclePolicy", "old", "Synced", "False", `cannot change the value of the argument "policy"`)
	b.says("LifecyclePolicy", "old", "Ready", "True", "")
	b.attribute(appLifecycle, "policy", `{"rules":[{"rulePriority":1}]}`)

	b.apply(lifecycle("new", writeLate, `{"rules":[{"rulePriority":3}]}`))
	b.ready("LifecyclePolicy", "new")
	b.attribute(appLifecycle, "policy", `{"rules":[{"rulePriority":3}]}`)
	b.delete("LifecyclePolicy", "old")
	b.gone("LifecyclePolicy", "old")
	b.stays("deleting the old object without Delete changes nothing", func() error {
		if thing, ok := b.cloud.Look(appLifecycle); !ok || thing.Attributes["policy"] != `{"rules":[{"rulePriority":3}]}` {
			return fmt.Errorf("%v %v", ok, thing)
		}
		return nil
	})

	b.apply(lifecycle("new", all, `{"rules":[{"rulePriority":3}]}`))
	b.ready("LifecyclePolicy", "new")
	b.delete("LifecyclePolicy", "new")
	b.gone("LifecyclePolicy", "new")
	if _, ok := b.cloud.Look(appLifecycle); ok {
		t.Error("deleting an object with Delete deletes the policy")
	}
}

func TestOnlyLateInitializationSurvivesARestart(t *testing.T) {
	b := newBench(t)
	b.apply(repo("one", write, ``))
	b.ready("Repository", "one")
	b.apply(lifecycle("forgetful", write, `{"rules":[{"rulePriority":1}]}`))
	b.ready("LifecyclePolicy", "forgetful")
	b.apply(lifecycle("late", writeLate, `{"rules":[{"rulePriority":2}]}`))
	b.ready("LifecyclePolicy", "late")
	b.attribute(appLifecycle, "policy", `{"rules":[{"rulePriority":2}]}`)
	b.restart()
	b.attribute(appLifecycle, "policy", `{"rules":[{"rulePriority":1}]}`)
}

func TestDeletingAForgottenPolicyLeavesItInAWS(t *testing.T) {
	b := newBench(t)
	b.apply(repo("one", write, ``))
	b.ready("Repository", "one")
	b.apply(lifecycle("forgetful", "[Observe, Create, Update, Delete]", `{"rules":[]}`))
	b.ready("LifecyclePolicy", "forgetful")
	if err := b.provider.Stop(); err != nil {
		t.Fatal(err)
	}
	b.delete("LifecyclePolicy", "forgetful")
	if err := b.provider.Start(); err != nil {
		t.Fatal(err)
	}
	b.gone("LifecyclePolicy", "forgetful")
	if _, ok := b.cloud.Look(appLifecycle); !ok {
		t.Error("without an external-name the policy is not found, and so not deleted")
	}
}

func TestAFailedCreationWaits(t *testing.T) {
	b := newBench(t)
	b.apply(lifecycle("early", writeLate, `{"rules":[]}`))
	b.says("LifecyclePolicy", "early", "Ready", "False", "")
	b.says("LifecyclePolicy", "early", "Synced", "True", "")
	b.says("LifecyclePolicy", "early", "Synced", "False", "RepositoryNotFoundException")
	b.apply(repo("one", write, ``))
	b.ready("LifecyclePolicy", "early")
}

func TestSelectorsWaitAndKeepToTheirController(t *testing.T) {
	const byLabel = `
apiVersion: ecr.aws.upbound.io/v1beta1
kind: RepositoryPolicy
metadata:
  name: %s
  annotations: {crossplane.io/external-name: team/app}
  ownerReferences: [%s]
spec:
  managementPolicies: [Observe, Create, Update, Delete]
  providerConfigRef: {name: default}
  forProvider:
    region: eu-west-1
    policy: '{"Version":"2012-10-17"}'
    repositorySelector: {matchControllerRef: true, matchLabels: {exists: "true"}}
`
	b := newBench(t)
	mine, strangers := b.controller("default"), b.controller("kube-system")
	b.apply(fmt.Sprintf(byLabel, "mine", mine) + "---" + fmt.Sprintf(byLabel, "strangers", strangers))
	for _, name := range []string{"mine", "strangers"} {
		b.says("RepositoryPolicy", name, "Synced", "False", "cannot resolve references: mg.Spec.ForProvider.Repository: no resources matched selector")
		if got := b.get("RepositoryPolicy", name).GetFinalizers(); len(got) != 0 {
			t.Errorf("an object that created nothing has no finalizer: got %v", got)
		}
	}
	if got := b.cloud.Journal(func(cloud.Key) bool { return true }); len(got) != 0 {
		t.Errorf("want nothing created, got %v", got)
	}

	b.apply(strings.Replace(repo("one", write, ``), "metadata:", "metadata:\n  ownerReferences: ["+mine+"]", 1))
	b.ready("RepositoryPolicy", "mine")
	b.delete("RepositoryPolicy", "strangers")
	b.gone("RepositoryPolicy", "strangers")
	if _, ok := b.cloud.Look(appPolicy); !ok {
		t.Error("an object that never resolved deletes nothing, despite its Delete and external-name")
	}
}

func TestDeletionOfARepositoryWithImages(t *testing.T) {
	b := newBench(t)
	b.apply(repo("one", "[Observe, Create, Update, Delete]", ``))
	b.ready("Repository", "one")
	if err := b.cloud.Push(app, 3); err != nil {
		t.Fatal(err)
	}
	b.delete("Repository", "one")
	b.says("Repository", "one", "Synced", "False", "RepositoryNotEmptyException")
	b.says("Repository", "one", "Ready", "False", "")
	b.apply(repo("one", "[Observe, Create, Update, Delete]", `, forceDelete: true`))
	b.gone("Repository", "one")
	if _, ok := b.cloud.Look(app); ok {
		t.Error("forceDelete deletes the repository with its images")
	}
}

func TestObserveOnly(t *testing.T) {
	b := newBench(t)
	b.apply(repo("missing", "[Observe]", ``))
	b.stays("a new object of a kind with two versions is not reconciled at once", func() error {
		if s := b.get("Repository", "missing").Object["status"]; s != nil {
			return fmt.Errorf("status %v", s)
		}
		return nil
	})
	if err := b.provider.Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.says("Repository", "missing", "Synced", "False", "observe failed: external resource does not exist")

	if err := b.cloud.Put(t.Context(), app, map[string]any{"imageTagMutability": "MUTABLE", "tags": map[string]any{"by": "hand"}}); err != nil {
		t.Fatal(err)
	}
	b.ready("Repository", "missing")
	if got := b.cloud.Journal(func(cloud.Key) bool { return true }); len(got) != 1 {
		t.Errorf("observing changes nothing: %v", got)
	}
	if got := b.get("Repository", "missing").GetFinalizers(); len(got) != 0 {
		t.Errorf("an object that only observes has no finalizer: %v", got)
	}
	b.apply(`
apiVersion: ecr.aws.upbound.io/v1beta1
kind: LifecyclePolicy
metadata: {name: look, annotations: {crossplane.io/external-name: team/app}}
spec: {managementPolicies: [Observe], providerConfigRef: {name: default}, forProvider: {region: eu-west-1}}
`)
	b.says("LifecyclePolicy", "look", "Synced", "False", "external resource does not exist")
}

func TestDriftIsUndoneAtThePoll(t *testing.T) {
	b := newBench(t)
	b.apply(repo("one", write, `, imageTagMutability: IMMUTABLE`))
	b.ready("Repository", "one")
	first, _ := b.cloud.Look(app)
	if err := b.cloud.Change(app, func(map[string]any) map[string]any { return nil }); err != nil {
		t.Fatal(err)
	}
	if err := b.provider.Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.eventually("a repository deleted by hand is created again", func() error {
		if again, ok := b.cloud.Look(app); !ok || again.Since == first.Since {
			return errors.New("it is not")
		}
		return nil
	})
}

func TestRolesAndTheirPolicies(t *testing.T) {
	b := newBench(t)
	b.apply(`
apiVersion: iam.aws.upbound.io/v1beta1
kind: RolePolicy
metadata: {name: push}
spec:
  managementPolicies: [Observe, Create, Update, LateInitialize, Delete]
  providerConfigRef: {name: default}
  forProvider: {policy: '{"Statement":[]}', roleRef: {name: pusher}}
---
apiVersion: iam.aws.upbound.io/v1beta1
kind: Role
metadata: {name: pusher, annotations: {crossplane.io/external-name: ecr-push}}
spec:
  managementPolicies: [Observe, Create, Update, LateInitialize, Delete]
  providerConfigRef: {name: default}
  forProvider: {assumeRolePolicy: '{"Statement":[]}', path: /ecr/}
`)
	b.ready("Role", "pusher")
	b.ready("RolePolicy", "push")
	policy := cloud.Key{Kind: "RolePolicy", ID: "ecr-push:push"}
	b.attribute(policy, "policy", `{"Statement":[]}`)
	arn, _, _ := unstructured.NestedString(b.get("Role", "pusher").Object, "status", "atProvider", "arn")
	if diff := cmp.Diff("arn:aws:iam::123456789012:role/ecr/ecr-push", arn); diff != "" {
		t.Errorf("the ARN holds the path: -want, +got:\n%s", diff)
	}
	b.delete("Role", "pusher")
	b.gone("Role", "pusher")
	if _, ok := b.cloud.Look(policy); ok {
		t.Error("a role is deleted with its inline policies")
	}
}

func TestOIDCProviderIsObservedByItsARN(t *testing.T) {
	const arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
	b := newBench(t)
	b.apply(`
apiVersion: iam.aws.upbound.io/v1beta1
kind: OpenIDConnectProvider
metadata: {name: github, annotations: {crossplane.io/external-name: "` + arn + `"}}
spec: {managementPolicies: [Observe], providerConfigRef: {name: default}, forProvider: {}}
`)
	b.says("OpenIDConnectProvider", "github", "Synced", "False", "external resource does not exist")
	if err := b.cloud.Put(t.Context(), cloud.Key{Kind: "OpenIDConnectProvider", ID: arn}, map[string]any{"clientIdList": []any{"sts.amazonaws.com"}}); err != nil {
		t.Fatal(err)
	}
	b.ready("OpenIDConnectProvider", "github")
	url, _, _ := unstructured.NestedString(b.get("OpenIDConnectProvider", "github").Object, "status", "atProvider", "url")
	if diff := cmp.Diff("token.actions.githubusercontent.com", url); diff != "" {
		t.Errorf("AWS returns the URL without its scheme: -want, +got:\n%s", diff)
	}
}

func TestAWSOutOfReach(t *testing.T) {
	b := newBench(t)
	b.apply(repo("one", write, ``))
	b.ready("Repository", "one")
	lift := b.cloud.Inject(cloud.Fault{Op: cloud.Read, Err: errors.New("dial tcp: i/o timeout")})
	if err := b.provider.Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.says("Repository", "one", "Synced", "False", "observe failed: failed to observe the resource: dial tcp: i/o timeout")
	b.says("Repository", "one", "Ready", "True", "")
	lift()
	b.ready("Repository", "one")
}

func TestKilledBetweenCreatingAndRecordingIt(t *testing.T) {
	b := newBench(t)
	lift := b.cloud.Inject(cloud.Fault{Op: cloud.Create})
	defer lift()
	b.apply(repo("one", write, ``))
	b.eventually("the creation has begun", func() error {
		if b.get("Repository", "one").GetAnnotations()["crossplane.io/external-create-pending"] == "" {
			return errors.New("it has not")
		}
		return nil
	})
	if err := b.provider.Stop(); err != nil {
		t.Fatal(err)
	}
	lift()
	if err := b.provider.Start(); err != nil {
		t.Fatal(err)
	}
	b.says("Repository", "one", "Synced", "False", "cannot determine creation result - remove the crossplane.io/external-create-pending annotation if it is safe to proceed")
}

func TestTwoObjectsOfOneRepositoryFight(t *testing.T) {
	b := newBench(t)
	b.apply(repo("one", write, `, imageTagMutability: IMMUTABLE`))
	b.ready("Repository", "one")
	b.apply(repo("two", write, `, imageTagMutability: MUTABLE`))
	b.ready("Repository", "two")
	b.eventually("both update it again and again", func() error {
		if err := b.provider.Poll(t.Context()); err != nil {
			return err
		}
		entries := b.cloud.Journal(func(k cloud.Key) bool { return k == app })
		updates := len(slices.DeleteFunc(entries, func(e cloud.Entry) bool { return e.Op != cloud.Update }))
		if updates < 3 {
			return fmt.Errorf("%d updates", updates)
		}
		return nil
	})
	b.ready("Repository", "one")
	b.ready("Repository", "two")
}
