package importer

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
)

// A state is what `terraform show -json` prints of a state, or of a plan with its prior state.
// https://developer.hashicorp.com/terraform/internals/json-format
type state struct {
	Values     *values `json:"values"`
	PriorState *state  `json:"prior_state"`
}

type values struct {
	RootModule module `json:"root_module"`
}

type module struct {
	Resources    []resource `json:"resources"`
	ChildModules []module   `json:"child_modules"`
}

type resource struct {
	Address string          `json:"address"`
	Mode    string          `json:"mode"`
	Type    string          `json:"type"`
	Values  json.RawMessage `json:"values"`
}

// errRawState refuses a state file itself: its form is internal to Terraform, and changes.
var errRawState = errors.New("a raw state file: give what `terraform show -json` prints (or `tofu show -json`)")

// terraform reads a state, and reports whether the object is one.
func (p *pieces) terraform(file string, object map[string]any) (bool, error) {
	_, hasVersion := object["terraform_version"]
	_, hasLineage := object["lineage"]
	_, hasFormat := object["format_version"]
	switch {
	case hasLineage && hasVersion:
		return true, fmt.Errorf("%s: %w", file, errRawState)
	case !hasFormat:
		return false, nil
	}
	var s state
	if err := into(object, &s); err != nil {
		return true, fmt.Errorf("%s: not what `terraform show -json` prints: %w", file, err)
	}
	if s.Values == nil && s.PriorState != nil {
		s = *s.PriorState
	}
	if s.Values == nil {
		p.note(file, "the state has no values: there is nothing to import")
		return true, nil
	}
	p.module(s.Values.RootModule)
	return true, nil
}

func (p *pieces) module(m module) {
	for _, r := range m.Resources {
		if err := p.resource(r); err != nil {
			p.note(r.Address, "cannot be read: %v", err)
		}
	}
	for _, child := range m.ChildModules {
		p.module(child)
	}
}

// resourceValues are the values of resources of all types that are read.
type resourceValues struct {
	ARN        string            `json:"arn"`
	Name       string            `json:"name"`
	RegistryID string            `json:"registry_id"`
	Region     string            `json:"region"`
	Tags       map[string]string `json:"tags"`
	TagsAll    map[string]string `json:"tags_all"`
	Policy     string            `json:"policy"`

	// of aws_ecr_repository and its policies
	Repository     string   `json:"repository"`
	Mutability     string   `json:"image_tag_mutability"`
	Filters        []filter `json:"image_tag_mutability_exclusion_filter"`
	ForceDelete    bool     `json:"force_delete"`
	ScanningConfig []struct {
		ScanOnPush bool `json:"scan_on_push"`
	} `json:"image_scanning_configuration"`
	EncryptionConfig []struct {
		Type   string `json:"encryption_type"`
		KMSKey string `json:"kms_key"`
	} `json:"encryption_configuration"`

	// of a registry
	ScanType string `json:"scan_type"`
	Rule     []struct {
		Frequency string   `json:"scan_frequency"`
		Filters   []filter `json:"repository_filter"`
	} `json:"rule"`
	Replication []struct {
		Rule []struct {
			Destinations []struct {
				Region     string `json:"region"`
				RegistryID string `json:"registry_id"`
			} `json:"destination"`
			Filters []filter `json:"repository_filter"`
		} `json:"rule"`
	} `json:"replication_configuration"`

	// of IAM
	Path       string `json:"path"`
	Trust      string `json:"assume_role_policy"`
	MaxSession int64  `json:"max_session_duration"`
	Boundary   string `json:"permissions_boundary"`
	Inline     []struct {
		Name   string `json:"name"`
		Policy string `json:"policy"`
	} `json:"inline_policy"`
	ManagedARNs []string `json:"managed_policy_arns"`
	Role        string   `json:"role"`
	PolicyARN   string   `json:"policy_arn"`
	URL         string   `json:"url"`
}

type filter struct {
	Filter string `json:"filter"`
}

// resource reads a resource of ECR or IAM, and ignores others.
func (p *pieces) resource(r resource) error {
	ecr := strings.HasPrefix(r.Type, "aws_ecr")
	if !ecr && !strings.HasPrefix(r.Type, "aws_iam_") || r.Mode == "data" && r.Type != "aws_iam_policy" {
		return nil
	}
	var v resourceValues
	if r.Type == "aws_ecr_repository_creation_template" || r.Type == "aws_ecr_pull_through_cache_rule" {
		r.Values = nil // They have values with the same names but other types.
	}
	if r.Values != nil {
		if err := json.Unmarshal(r.Values, &v); err != nil {
			return err
		}
	}
	of := part{origin: r.Address, account: v.RegistryID, region: v.Region, repository: v.Repository}
	at := registry{origin: r.Address, account: v.RegistryID, region: v.Region}
	switch r.Type {
	case "aws_ecr_repository":
		return p.terraformRepository(r.Address, v)
	case "aws_ecr_lifecycle_policy":
		of.lifecycle = v.Policy
		p.parts = append(p.parts, of)
	case "aws_ecr_repository_policy":
		of.policy = v.Policy
		p.parts = append(p.parts, of)
	case "aws_ecr_registry_policy":
		at.policy = v.Policy
		p.registries = append(p.registries, at)
	case "aws_ecr_registry_scanning_configuration":
		at.scanning = &v1alpha1.RegistryScanning{Type: v1alpha1.ScanType(v.ScanType)}
		for _, rule := range v.Rule {
			at.scanning.Rules = append(at.scanning.Rules,
				v1alpha1.ScanningRule{Frequency: v1alpha1.ScanFrequency(rule.Frequency), Filters: texts(rule.Filters)})
		}
		p.registries = append(p.registries, at)
	case "aws_ecr_replication_configuration":
		for _, c := range v.Replication {
			for _, r := range c.Rule {
				rule := v1alpha1.ReplicationRule{Prefixes: texts(r.Filters)}
				for _, d := range r.Destinations {
					rule.Destinations = append(rule.Destinations, v1alpha1.ReplicationDestination{Region: d.Region, AccountID: &d.RegistryID})
				}
				at.replication = append(at.replication, rule)
			}
		}
		p.registries = append(p.registries, at)
	default:
		if ecr {
			p.note(r.Address, "this API has no field for a resource of type %s: it stays as it is", r.Type)
			return nil
		}
		p.terraformIAM(r, v)
	}
	return nil
}

func (p *pieces) terraformRepository(address string, v resourceValues) error {
	r := repository{
		origin: address, account: v.RegistryID, region: v.Region, name: v.Name,
		mutability: v.Mutability, filters: texts(v.Filters), tags: v.tags(),
	}
	if arn, ok := aws.ParseARN(v.ARN); ok {
		r.account, r.region = arn.Account, arn.Region
	}
	if r.account == "" || r.region == "" {
		return errors.New("it has neither an arn nor a registry_id and a region: refresh the state")
	}
	// A list is empty if the resource does not configure it: Terraform's provider does not read it then.
	if len(v.ScanningConfig) > 0 {
		r.scanOnPush = &v.ScanningConfig[0].ScanOnPush
	}
	if len(v.EncryptionConfig) > 0 {
		r.encryption, r.kmsKey = v.EncryptionConfig[0].Type, v.EncryptionConfig[0].KMSKey
	}
	if v.ForceDelete {
		p.note(address, "force_delete is Terraform's alone: repositories are kept unless deletionPolicy: Delete and forceDelete are written")
	}
	p.repositories = append(p.repositories, r)
	return nil
}

// tags returns tags_all, which includes the provider's default_tags, or else tags.
func (v resourceValues) tags() map[string]string {
	switch {
	case v.TagsAll != nil:
		return v.TagsAll
	case v.Tags != nil:
		return v.Tags
	}
	return map[string]string{}
}

func (p *pieces) terraformIAM(r resource, v resourceValues) {
	switch r.Type {
	case "aws_iam_role":
		p.roles = append(p.roles, role{
			origin: r.Address, arn: v.ARN, name: v.Name, path: v.Path, maxSession: v.MaxSession,
			boundary: v.Boundary, tags: v.tags(), trust: v.Trust,
		})
		for _, i := range v.Inline {
			p.rolePolicies = append(p.rolePolicies, rolePolicy{origin: r.Address, role: v.Name, name: i.Name, text: i.Policy})
		}
		for _, arn := range v.ManagedARNs {
			p.rolePolicies = append(p.rolePolicies, rolePolicy{origin: r.Address, role: v.Name, name: arn})
		}
	case "aws_iam_role_policy":
		p.rolePolicies = append(p.rolePolicies, rolePolicy{origin: r.Address, role: v.Role, name: v.Name, text: v.Policy})
	case "aws_iam_role_policy_attachment":
		p.rolePolicies = append(p.rolePolicies, rolePolicy{origin: r.Address, role: v.Role, name: v.PolicyARN})
	case "aws_iam_policy":
		p.managed = append(p.managed, rolePolicy{origin: r.Address, name: v.ARN, text: v.Policy})
	case "aws_iam_openid_connect_provider":
		p.providers = append(p.providers, provider{r.Address, v.URL})
	}
}

func texts(filters []filter) []string {
	var all []string
	for _, f := range filters {
		all = append(all, f.Filter)
	}
	return all
}

// into converts an object to a typed value.
func into(object map[string]any, v any) error {
	raw, err := json.Marshal(object)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, v)
}
