package importer

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
)

// An answer is one that the AWS CLI prints, of whichever of its commands.
type answer struct {
	RegistryID     string `json:"registryId"`
	RepositoryName string `json:"repositoryName"`

	Repositories []struct {
		ARN        string   `json:"repositoryArn"`
		Name       string   `json:"repositoryName"`
		Mutability string   `json:"imageTagMutability"`
		Filters    []filter `json:"imageTagMutabilityExclusionFilters"`
		Scanning   *struct {
			ScanOnPush bool `json:"scanOnPush"`
		} `json:"imageScanningConfiguration"`
		Encryption struct {
			Type   string `json:"encryptionType"`
			KMSKey string `json:"kmsKey"`
		} `json:"encryptionConfiguration"`
	} `json:"repositories"`
	LifecyclePolicyText string `json:"lifecyclePolicyText"`
	PolicyText          string `json:"policyText"`
	Tags                []tag  `json:"tags"`
	Scanning            *struct {
		Type  string `json:"scanType"`
		Rules []struct {
			Frequency string   `json:"scanFrequency"`
			Filters   []filter `json:"repositoryFilters"`
		} `json:"rules"`
	} `json:"scanningConfiguration"`
	Replication *struct {
		Rules []struct {
			Destinations []struct {
				Region     string `json:"region"`
				RegistryID string `json:"registryId"`
			} `json:"destinations"`
			Filters []filter `json:"repositoryFilters"`
		} `json:"rules"`
	} `json:"replicationConfiguration"`
	CacheRules []struct {
		Prefix string `json:"ecrRepositoryPrefix"`
	} `json:"pullThroughCacheRules"`
	Templates []struct {
		Prefix string `json:"prefix"`
	} `json:"repositoryCreationTemplates"`

	Role             *cliRole        `json:"Role"`
	Roles            []cliRole       `json:"Roles"`
	RoleName         string          `json:"RoleName"`
	PolicyName       string          `json:"PolicyName"`
	PolicyDocument   json.RawMessage `json:"PolicyDocument"`
	PolicyNames      []string        `json:"PolicyNames"`
	AttachedPolicies []struct {
		ARN string `json:"PolicyArn"`
	} `json:"AttachedPolicies"`
	PolicyVersion *struct {
		Document json.RawMessage `json:"Document"`
	} `json:"PolicyVersion"`
	URL     string   `json:"Url"`
	Clients []string `json:"ClientIDList"`
}

type tag struct {
	Key   string `json:"Key"`
	Value string `json:"Value"`
}

type cliRole struct {
	ARN        string          `json:"Arn"`
	Name       string          `json:"RoleName"`
	Path       string          `json:"Path"`
	Trust      json.RawMessage `json:"AssumeRolePolicyDocument"`
	MaxSession int64           `json:"MaxSessionDuration"`
	Boundary   struct {
		ARN string `json:"PermissionsBoundaryArn"`
	} `json:"PermissionsBoundary"`
	Tags []tag `json:"Tags"`
}

// awsCLI reads an answer of the AWS CLI; false if the object is none.
func (p *pieces) awsCLI(file string, object map[string]any) (bool, error) {
	has := func(key string) bool { _, ok := object[key]; return ok }
	var a answer
	if err := into(object, &a); err != nil {
		return false, nil //nolint:nilerr // Other JSON has fields of these names, too.
	}
	at := registry{origin: file, account: a.RegistryID}
	switch {
	case has("repositories"):
		return true, p.cliRepositories(file, a)
	case has("lifecyclePolicyText"):
		p.parts = append(p.parts, part{origin: file, account: a.RegistryID, repository: a.RepositoryName, lifecycle: a.LifecyclePolicyText})
	case has("policyText") && has("repositoryName"):
		p.parts = append(p.parts, part{origin: file, account: a.RegistryID, repository: a.RepositoryName, policy: a.PolicyText})
	case has("policyText"):
		at.policy = &document{file, a.PolicyText}
		p.registries = append(p.registries, at)
	case has("tags"):
		p.parts = append(p.parts, part{origin: file, tags: tagMap(a.Tags)})
	case a.Scanning != nil:
		at.scanning = &v1alpha1.RegistryScanning{Type: v1alpha1.ScanType(a.Scanning.Type)}
		for _, r := range a.Scanning.Rules {
			at.scanning.Rules = append(at.scanning.Rules, v1alpha1.ScanningRule{Frequency: v1alpha1.ScanFrequency(r.Frequency), Filters: texts(r.Filters)})
		}
		p.registries = append(p.registries, at)
	case a.Replication != nil:
		for _, r := range a.Replication.Rules {
			var to []destination
			for _, d := range r.Destinations {
				to = append(to, destination(d))
			}
			at.replication = append(at.replication, replicationRule(to, r.Filters))
		}
		p.registries = append(p.registries, at)
	case has("pullThroughCacheRules"), has("repositoryCreationTemplates"):
		for _, r := range a.CacheRules {
			p.note(file, "this API has no field for the pull through cache rule of prefix %q: it stays as it is", r.Prefix)
		}
		for _, t := range a.Templates {
			p.note(file, "this API has no field for the repository creation template of prefix %q: it stays as it is", t.Prefix)
		}
	default:
		return p.cliIAM(file, a, has), nil
	}
	return true, nil
}

// cliIAM reads an answer of `aws iam`.
func (p *pieces) cliIAM(file string, a answer, has func(string) bool) bool {
	switch {
	case a.Role != nil:
		p.cliRole(file, *a.Role)
	case has("Roles"):
		for _, r := range a.Roles {
			p.cliRole(file, r)
		}
	case has("PolicyDocument") && has("RoleName"):
		p.inline = append(p.inline, rolePolicy{file, a.RoleName, a.PolicyName, text(a.PolicyDocument)})
	case has("PolicyNames"):
		for _, name := range a.PolicyNames {
			p.inline = append(p.inline, rolePolicy{file, "", name, ""})
		}
	case has("AttachedPolicies"):
		for _, q := range a.AttachedPolicies {
			p.attached = append(p.attached, rolePolicy{file, "", q.ARN, ""})
		}
	case a.PolicyVersion != nil:
		p.versions = append(p.versions, document{file, text(a.PolicyVersion.Document)})
	case has("Url") && has("ClientIDList"):
		p.providers = append(p.providers, provider{file, a.URL, a.Clients})
	default:
		return false
	}
	return true
}

func (p *pieces) cliRepositories(file string, a answer) error {
	for _, v := range a.Repositories {
		arn, ok := aws.ParseARN(v.ARN)
		if !ok {
			return fmt.Errorf("%s: not what `aws ecr describe-repositories` prints: the repositoryArn %q is no ARN", file, v.ARN)
		}
		r := repository{
			origin: file, account: arn.Account, region: arn.Region, name: v.Name,
			mutability: v.Mutability, filters: texts(v.Filters), encryption: v.Encryption.Type, kmsKey: v.Encryption.KMSKey,
		}
		if v.Scanning != nil {
			r.scanOnPush = &v.Scanning.ScanOnPush
		}
		p.repositories = append(p.repositories, r)
	}
	return nil
}

func (p *pieces) cliRole(file string, r cliRole) {
	p.roles = append(p.roles, role{
		origin: file, arn: r.ARN, name: r.Name, path: r.Path, maxSession: r.MaxSession,
		boundary: r.Boundary.ARN, tags: tagMap(r.Tags), trust: text(r.Trust),
	})
}

// text of a policy that is printed as an object or, by some versions, as a string.
func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return strings.TrimSpace(string(raw))
}

func tagMap(tags []tag) map[string]string {
	m := make(map[string]string, len(tags))
	for _, t := range tags {
		m[t.Key] = t.Value
	}
	return m
}
