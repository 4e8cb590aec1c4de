package guardrail

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/aws"
	"github.com/ontopix/crossplane-ecr/fn/lifecycle"
	"github.com/ontopix/crossplane-ecr/fn/settings"
	inputv1beta1 "github.com/ontopix/crossplane-ecr/input/v1beta1"
)

// guardrails are all guardrails, in the order in which they are told. To add one:
// its field in input/v1beta1, an entry here, a case in its test.
var guardrails = []guardrail{
	{path: "tenancy", strict: true, binding: true, whole: tenancy},
	{path: "projects", strict: true, binding: true, whole: projects},
	{path: "orgAccessNamespaces", strict: true, binding: true, whole: orgAccessNamespaces},
	{path: "allowPinnedRevisions", strict: true, whole: pinnedRevisions},
	{path: "providerConfigs", strict: true, binding: true, whole: providerConfigs},
	{path: "regions", whole: regions},
	{path: "maxRepositories", whole: maxRepositories},
	{path: "imageTagMutability", each: imageTagMutability},
	{path: "requireScanOnPush", each: requireScanOnPush},
	{path: "requireKMS", each: requireKMS},
	{path: "kmsKeys", each: kmsKeys},
	{path: "lifecycle.required", each: lifecycleRequired},
	{path: "lifecycle.maxImages", each: lifecycleMaxImages},
	{path: "lifecycle.maxUntaggedDays", each: lifecycleMaxUntaggedDays},
	{path: "pull", each: pull},
	{path: "allowDelete", strict: true, whole: managementDelete, each: allowDelete},
	{path: "allowForceDelete", strict: true, each: allowForceDelete},
	{path: "requiredTags", each: requiredTags},
}

func projects(g *inputv1beta1.Guardrails, s *Subject) []Finding {
	owner := ownerOf(g, s.Project)
	if !s.XR.Claimed() || owner == nil || slices.Contains(owner.Namespaces, s.XR.Namespace) {
		return nil
	}
	return []Finding{{
		Path:  field.NewPath("spec", "project"),
		Value: s.Project,
		Rule:  fmt.Sprintf("the project does not belong to namespace %q", s.XR.Namespace),
	}}
}

func tenancy(g *inputv1beta1.Guardrails, s *Subject) []Finding {
	if !s.XR.Claimed() || s.Project == "" || s.Project == s.XR.Namespace || ownerOf(g, s.Project) != nil {
		return nil
	}
	if g.Tenancy != nil && *g.Tenancy == inputv1beta1.TenancyAny {
		return nil
	}
	return []Finding{{
		Path:  field.NewPath("spec", "project"),
		Value: s.Project,
		Rule:  fmt.Sprintf("a project belongs to the namespace of its name, and this is namespace %q", s.XR.Namespace),
	}}
}

func ownerOf(g *inputv1beta1.Guardrails, project string) *inputv1beta1.ProjectNamespaces {
	i := slices.IndexFunc(g.Projects, func(p inputv1beta1.ProjectNamespaces) bool { return p.Project == project })
	if i < 0 {
		return nil
	}
	return &g.Projects[i]
}

func orgAccessNamespaces(g *inputv1beta1.Guardrails, s *Subject) []Finding {
	if s.Project != "" || !s.XR.Claimed() || slices.Contains(g.OrgAccessNamespaces, s.XR.Namespace) {
		return nil
	}
	return []Finding{{
		Path:  field.NewPath("metadata", "namespace"),
		Value: s.XR.Namespace,
		Rule:  "an org access may not be written in this namespace: it decides who is let in",
	}}
}

func pinnedRevisions(g *inputv1beta1.Guardrails, s *Subject) []Finding {
	if !s.XR.Claimed() || isTrue(g.AllowPinnedRevisions) {
		return nil
	}
	var found []Finding
	for _, path := range s.XR.Pinned {
		found = append(found, Finding{Path: path, Rule: "a revision of the Composition may not be pinned, since older settings would be pinned with it: leave the field out"})
	}
	return found
}

func providerConfigs(g *inputv1beta1.Guardrails, s *Subject) []Finding {
	if !s.XR.Claimed() || s.ProviderConfig == nil || *s.ProviderConfig == s.Platform.ProviderConfig(s.XR) {
		return nil
	}
	if slices.Contains(g.ProviderConfigs, s.ProviderConfig.String()) {
		return nil
	}
	return []Finding{{
		Path:  s.ProviderPath,
		Value: s.ProviderConfig.String(),
		Rule:  "this provider config may not be named here" + oneOf(g.ProviderConfigs),
	}}
}

func regions(g *inputv1beta1.Guardrails, s *Subject) []Finding {
	if g.Regions == nil || s.Region == "" || slices.Contains(g.Regions, s.Region) {
		return nil
	}
	return []Finding{{Path: s.RegionPath, Value: s.Region, Rule: "this region is not allowed" + oneOf(g.Regions)}}
}

func maxRepositories(g *inputv1beta1.Guardrails, s *Subject) []Finding {
	if g.MaxRepositories == nil || int64(len(s.Repositories)) <= *g.MaxRepositories {
		return nil
	}
	return []Finding{{
		Path:  field.NewPath("spec", "images"),
		Value: len(s.Repositories),
		Rule:  fmt.Sprintf("a project has at most %d repositories", *g.MaxRepositories),
	}}
}

func imageTagMutability(g *inputv1beta1.Guardrails, r *Repository) []Finding {
	m := r.Mutability.Value
	if g.ImageTagMutability == nil {
		return nil
	}
	if slices.Contains(g.ImageTagMutability, m.Mode) {
		// A filter that excludes every tag makes all of them mutable.
		if m.Mode != v1alpha1.ImmutableWithExclusion || slices.Contains(g.ImageTagMutability, v1alpha1.Mutable) || !slices.ContainsFunc(m.Filters, matchesAll) {
			return nil
		}
		return []Finding{{
			Field: "imageTagMutabilityExclusionFilters",
			Layer: r.Mutability.Layer,
			Value: m.Filters,
			Rule:  "a filter that matches every tag makes all of them mutable, which is not allowed: name the tags that are meant",
		}}
	}
	allowed := make([]string, len(g.ImageTagMutability))
	for i, m := range g.ImageTagMutability {
		allowed[i] = string(m)
	}
	return []Finding{{
		Field: "imageTagMutability",
		Layer: r.Mutability.Layer,
		Value: string(r.Mutability.Value.Mode),
		Rule:  "this tag mutability is not allowed" + oneOf(allowed),
	}}
}

// matchesAll tells whether an exclusion filter matches every tag.
func matchesAll(filter string) bool { return strings.Trim(filter, "*") == "" }

func requireScanOnPush(g *inputv1beta1.Guardrails, r *Repository) []Finding {
	if !isTrue(g.RequireScanOnPush) || r.ScanOnPush.Value {
		return nil
	}
	return []Finding{{Field: "scanOnPush", Layer: r.ScanOnPush.Layer, Value: false, Rule: "repositories must scan on push"}}
}

func requireKMS(g *inputv1beta1.Guardrails, r *Repository) []Finding {
	if !isTrue(g.RequireKMS) || strings.HasPrefix(r.Encryption.Type, string(v1alpha1.EncryptionKMS)) {
		return nil
	}
	return []Finding{r.encryption("type", r.Encryption.Type, "repositories must be encrypted with KMS")}
}

func kmsKeys(g *inputv1beta1.Guardrails, r *Repository) []Finding {
	if g.KMSKeys == nil || slices.Contains(g.KMSKeys, r.Encryption.KMSKey) {
		return nil
	}
	return []Finding{r.encryption("kmsKey", r.Encryption.KMSKey, "repositories must be encrypted with an allowed key"+oneOf(g.KMSKeys))}
}

// encryption is a finding about a repository's encryption, which lasts once the
// repository exists.
func (r *Repository) encryption(name, value, rule string) Finding {
	f := Finding{Field: "encryption." + name, Layer: r.Repository.Encryption.Layer, Value: value, Rule: rule}
	if value == "" {
		f.Value = nil
	}
	if r.Exists {
		f.Path, f.Lasting = r.Layer.Path().Child(f.Field), true
		f.Rule += ", and the encryption of one that exists cannot change"
	}
	return f
}

func lifecycleRequired(g *inputv1beta1.Guardrails, r *Repository) []Finding {
	l := g.Lifecycle
	if l == nil || !isTrue(l.Required) || hasPolicy(r) {
		return nil
	}
	return []Finding{{Field: "lifecycle.rules", Layer: r.Lifecycle.Form, Rule: "repositories must have a lifecycle policy"}}
}

func lifecycleMaxImages(g *inputv1beta1.Guardrails, r *Repository) []Finding {
	if g.Lifecycle == nil || g.Lifecycle.MaxImages == nil {
		return nil
	}
	most := *g.Lifecycle.MaxImages
	if !r.Lifecycle.ByRules {
		return shorthand("keepImages", r.Lifecycle.KeepImages, most, fmt.Sprintf("at most %d images are kept", most))
	}
	if n, ok := lifecycle.KeepsAtMost(r.Lifecycle.Given); ok && n <= most {
		return nil
	}
	return []Finding{{
		Field: "lifecycle.rules",
		Layer: r.Lifecycle.Form,
		Rule:  fmt.Sprintf("at most %d images are kept: a rule must expire images by imageCountMoreThan %d or less, over any image or all tagged ones", most, most),
	}}
}

func lifecycleMaxUntaggedDays(g *inputv1beta1.Guardrails, r *Repository) []Finding {
	if g.Lifecycle == nil || g.Lifecycle.MaxUntaggedDays == nil {
		return nil
	}
	most := *g.Lifecycle.MaxUntaggedDays
	if !r.Lifecycle.ByRules {
		return shorthand("untaggedExpiryDays", r.Lifecycle.UntaggedExpiryDays, most, fmt.Sprintf("untagged images expire after at most %d days", most))
	}
	if n, ok := lifecycle.ExpiresUntaggedAfter(r.Lifecycle.Given); ok && n <= most {
		return nil
	}
	return []Finding{{
		Field: "lifecycle.rules",
		Layer: r.Lifecycle.Form,
		Rule:  fmt.Sprintf("untagged images expire after at most %d days: a rule must expire untagged or any images by sinceImagePushed %d or less", most, most),
	}}
}

func shorthand(name string, v settings.From[int64], most int64, rule string) []Finding {
	if v.Value <= most {
		return nil
	}
	return []Finding{{Field: "lifecycle." + name, Layer: v.Layer, Value: v.Value, Rule: rule}}
}

func hasPolicy(r *Repository) bool { return !r.Lifecycle.ByRules || len(r.Lifecycle.Given) > 0 }

func pull(g *inputv1beta1.Guardrails, r *Repository) []Finding {
	if g.Pull == nil {
		return nil
	}
	granted := r.Pull.Value
	var found []Finding
	refuse := func(field string, i int, value, rule string) {
		found = append(found, Finding{Field: fmt.Sprintf("pull.%s[%d]", field, i), Layer: r.Pull.Layer, Value: value, Rule: rule})
	}
	for i, a := range granted.Accounts {
		if !slices.Contains(g.Pull.Accounts, a) {
			refuse("accounts", i, a, "pull may not be granted to this account"+oneOf(g.Pull.Accounts))
		}
	}
	for i, o := range granted.OrganizationIDs {
		if !slices.Contains(g.Pull.OrganizationIDs, o) {
			refuse("organizationIds", i, o, "pull may not be granted to this organization"+oneOf(g.Pull.OrganizationIDs))
		}
	}
	for i, p := range granted.Principals {
		if arn, _ := aws.ParseARN(p); !slices.Contains(g.Pull.Accounts, arn.Account) {
			refuse("principals", i, p, "pull may not be granted to a principal of this account"+oneOf(g.Pull.Accounts))
		}
	}
	return found
}

func managementDelete(g *inputv1beta1.Guardrails, s *Subject) []Finding {
	if !s.ManagementDelete || isTrue(g.AllowDelete) {
		return nil
	}
	return []Finding{{Path: field.NewPath("spec", "managementPolicies"), Value: string(v1alpha1.ManagementDelete), Rule: "repositories may not be deleted with their image: leave Delete out"}}
}

func allowDelete(g *inputv1beta1.Guardrails, r *Repository) []Finding {
	if !r.Deletable || isTrue(g.AllowDelete) {
		return nil
	}
	return []Finding{{Field: "deletionPolicy", Layer: r.DeletionPolicy.Layer, Value: string(r.DeletionPolicy.Value), Rule: "repositories may not be deleted with their image: use Orphan"}}
}

func allowForceDelete(g *inputv1beta1.Guardrails, r *Repository) []Finding {
	if !r.ForceDelete.Value || isTrue(g.AllowForceDelete) {
		return nil
	}
	return []Finding{{Field: "forceDelete", Layer: r.ForceDelete.Layer, Value: true, Rule: "repositories may not be deleted with images in them"}}
}

func requiredTags(g *inputv1beta1.Guardrails, r *Repository) []Finding {
	var found []Finding
	for _, k := range g.RequiredTags {
		if _, ok := r.Tags[k]; !ok && !slices.Contains(settings.Own, k) {
			found = append(found, Finding{Field: "tags", Rule: fmt.Sprintf("the tag %q is required", k)})
		}
	}
	return found
}

func isTrue(b *bool) bool { return b != nil && *b }

// maxAllowed is how much of what is allowed is told.
const maxAllowed = 10

// oneOf tells what is allowed.
func oneOf(allowed []string) string {
	if len(allowed) == 0 {
		return "; none is"
	}
	if more := len(allowed) - maxAllowed; more > 0 {
		return fmt.Sprintf("; allowed: %s and %d more", strings.Join(allowed[:maxAllowed], ", "), more)
	}
	return "; allowed: " + strings.Join(allowed, ", ")
}
