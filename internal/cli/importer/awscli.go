package importer

import (
	"encoding/json"
	"fmt"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
)

// An answer is the output of any command of the AWS CLI. The fields have the names of AWS's SDK. ECR's begin with a
// small letter in the output, which makes no difference to encoding/json.
type answer struct {
	RegistryID     string
	RepositoryName string

	Repositories []struct {
		types.Repository
		CreatedAt any // A text or a number, depending on the version of the CLI.
	}
	LifecyclePolicyText      string
	PolicyText               string
	Tags                     []types.Tag
	ScanningConfiguration    *types.RegistryScanningConfiguration
	ReplicationConfiguration *types.ReplicationConfiguration

	PullThroughCacheRules       []struct{ EcrRepositoryPrefix string }
	RepositoryCreationTemplates []struct{ Prefix string }

	Role             *cliRole
	Roles            []cliRole
	RoleName         string
	PolicyName       string
	PolicyDocument   json.RawMessage
	PolicyNames      []string
	AttachedPolicies []struct{ PolicyArn string }
	PolicyVersion    *struct{ Document json.RawMessage }
	URL              string
}

type cliRole struct {
	ARN                      string
	RoleName                 string
	Path                     string
	AssumeRolePolicyDocument json.RawMessage
	MaxSessionDuration       int64
	PermissionsBoundary      struct{ PermissionsBoundaryArn string }
	Tags                     []types.Tag
}

// awsCLI reads an answer of the AWS CLI, and reports whether the object is one.
func (p *pieces) awsCLI(file string, object map[string]any) (bool, error) {
	has := func(key string) bool { _, ok := object[key]; return ok }
	var a answer
	if err := into(object, &a); err != nil {
		return false, nil //nolint:nilerr // Other JSON has fields of these names, too.
	}
	of := part{origin: file, account: a.RegistryID, repository: a.RepositoryName}
	at := registry{origin: file, account: a.RegistryID}
	switch {
	case has("repositories"):
		for _, v := range a.Repositories {
			r, err := newRepository(file, v.Repository)
			if err != nil {
				return true, fmt.Errorf("%s: not what `aws ecr describe-repositories` prints: %w", file, err)
			}
			p.repositories = append(p.repositories, r)
		}
	case has("lifecyclePolicyText"):
		of.lifecycle = a.LifecyclePolicyText
		p.parts = append(p.parts, of)
	case has("policyText") && has("repositoryName"):
		of.policy = a.PolicyText
		p.parts = append(p.parts, of)
	case has("policyText"):
		at.policy = a.PolicyText
		p.registries = append(p.registries, at)
	case has("tags"):
		p.parts = append(p.parts, part{origin: file, tags: tagMap(a.Tags)})
	case a.ScanningConfiguration != nil:
		at.scanning = newScanning(*a.ScanningConfiguration)
		p.registries = append(p.registries, at)
	case a.ReplicationConfiguration != nil:
		at.replication = newReplication(*a.ReplicationConfiguration)
		p.registries = append(p.registries, at)
	case has("pullThroughCacheRules"), has("repositoryCreationTemplates"):
		for _, r := range a.PullThroughCacheRules {
			p.note(file, "this API has no field for the pull through cache rule of prefix %q: it stays as it is", r.EcrRepositoryPrefix)
		}
		for _, t := range a.RepositoryCreationTemplates {
			p.note(file, "this API has no field for the repository creation template of prefix %q: it stays as it is", t.Prefix)
		}
	default:
		return p.cliIAM(file, a, has), nil
	}
	return true, nil
}

// cliIAM reads an answer of `aws iam`, and reports whether the object is one.
func (p *pieces) cliIAM(file string, a answer, has func(string) bool) bool {
	switch {
	case a.Role != nil:
		p.cliRole(file, *a.Role)
	case has("Roles"):
		for _, r := range a.Roles {
			p.cliRole(file, r)
		}
	case has("PolicyDocument") && has("RoleName"):
		p.rolePolicies = append(p.rolePolicies, rolePolicy{origin: file, role: a.RoleName, name: a.PolicyName, text: text(a.PolicyDocument)})
	case has("PolicyNames"):
		for _, name := range a.PolicyNames {
			p.rolePolicies = append(p.rolePolicies, rolePolicy{origin: file, name: name})
		}
	case has("AttachedPolicies"):
		for _, q := range a.AttachedPolicies {
			p.rolePolicies = append(p.rolePolicies, rolePolicy{origin: file, name: q.PolicyArn})
		}
	case a.PolicyVersion != nil:
		p.managed = append(p.managed, rolePolicy{origin: file, text: text(a.PolicyVersion.Document)})
	case has("Url") && has("ClientIDList"):
		p.providers = append(p.providers, provider{file, a.URL})
	default:
		return false
	}
	return true
}

func (p *pieces) cliRole(file string, r cliRole) {
	p.roles = append(p.roles, role{
		origin: file, arn: r.ARN, name: r.RoleName, path: r.Path, maxSession: r.MaxSessionDuration,
		boundary: r.PermissionsBoundary.PermissionsBoundaryArn, tags: tagMap(r.Tags), trust: text(r.AssumeRolePolicyDocument),
	})
}

// text returns the text of a policy that the CLI prints as an object or, in some versions, as a string.
func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return strings.TrimSpace(string(raw))
}

func tagMap(tags []types.Tag) map[string]string {
	m := make(map[string]string, len(tags))
	for _, t := range tags {
		m[sdk.ToString(t.Key)] = sdk.ToString(t.Value)
	}
	return m
}
