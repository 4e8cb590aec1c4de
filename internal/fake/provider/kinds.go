package provider

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/ontopix/crossplane-ecr/internal/fake/cloud"
)

// A Kind is a kind of managed resource, with the way in which the provider treats it.
type Kind struct {
	schema.GroupVersionKind

	// Plural is the plural of the kind in its API.
	Plural string

	// Owner is the field with the name of the repository or role that the resource needs, given directly or by a reference
	// or selector. The field is named after that kind.
	Owner string

	// named kinds have a name that the spec chooses: the external-name, by default the object's own name. It is saved
	// before the resource is created. AWS names the other kinds, and their name is saved only with LateInitialize.
	named bool

	// tagged kinds get three tags from the provider, and have exactly the tags of their spec.
	tagged bool

	// looksLate kinds are not observed when an object appears that may only observe.
	looksLate bool

	// frozen fields cannot be changed. As long as one differs, no other field is updated.
	frozen []string

	// computed fields keep their value in AWS if the spec does not give them.
	computed []string

	// lateInitialized fields are written into the spec with LateInitialize.
	lateInitialized []string

	// defaults are AWS's defaults for fields that the spec does not give.
	defaults map[string]any
}

const (
	ecr = "ecr.aws.upbound.io"
	iam = "iam.aws.upbound.io"
)

var kinds = []Kind{
	{
		GroupVersionKind: schema.GroupVersionKind{Group: ecr, Kind: "Repository"},
		Plural:           "repositories",
		named:            true,
		tagged:           true,
		looksLate:        true,
		frozen:           []string{"encryptionConfiguration"},
		computed:         []string{"encryptionConfiguration"},
		lateInitialized: []string{
			"imageTagMutability", "imageTagMutabilityExclusionFilter", "imageScanningConfiguration", "encryptionConfiguration",
		},
		defaults: map[string]any{
			"imageTagMutability":      "MUTABLE",
			"encryptionConfiguration": []any{map[string]any{"encryptionType": "AES256"}},
		},
	},
	{
		GroupVersionKind: schema.GroupVersionKind{Group: ecr, Kind: "LifecyclePolicy"},
		Plural:           "lifecyclepolicies",
		Owner:            "repository",
		frozen:           []string{"policy"},
	},
	{
		GroupVersionKind: schema.GroupVersionKind{Group: ecr, Kind: "RepositoryPolicy"},
		Plural:           "repositorypolicies",
		Owner:            "repository",
	},
	{
		GroupVersionKind: schema.GroupVersionKind{Group: ecr, Kind: "RegistryPolicy"},
		Plural:           "registrypolicies",
	},
	{
		GroupVersionKind: schema.GroupVersionKind{Group: ecr, Kind: "RegistryScanningConfiguration"},
		Plural:           "registryscanningconfigurations",
	},
	{
		GroupVersionKind: schema.GroupVersionKind{Group: ecr, Kind: "ReplicationConfiguration"},
		Plural:           "replicationconfigurations",
		looksLate:        true,
	},
	{
		GroupVersionKind: schema.GroupVersionKind{Group: iam, Kind: "OpenIDConnectProvider"},
		Plural:           "openidconnectproviders",
		tagged:           true,
		frozen:           []string{"url"},
		computed:         []string{"url", "clientIdList", "thumbprintList"},
	},
	{
		GroupVersionKind: schema.GroupVersionKind{Group: iam, Kind: "Role"},
		Plural:           "roles",
		named:            true,
		tagged:           true,
		frozen:           []string{"path"},
		defaults:         map[string]any{"path": "/", "maxSessionDuration": int64(3600)},
	},
	{
		GroupVersionKind: schema.GroupVersionKind{Group: iam, Kind: "RolePolicy"},
		Plural:           "rolepolicies",
		Owner:            "role",
		named:            true,
	},
}

// Kinds returns the kinds of both generations: cluster-scoped and namespaced ones behave alike.
func Kinds() []Kind {
	var all []Kind
	for _, k := range kinds {
		namespaced := k
		k.Version, namespaced.Version = "v1beta1", "v1beta1"
		if k.looksLate {
			k.Version = "v1beta2" // It is stored as v1beta1, the only version of the namespaced generation.
		}
		namespaced.looksLate = false
		namespaced.Group = strings.Replace(k.Group, ".aws.", ".aws.m.", 1)
		all = append(all, k, namespaced)
	}
	return all
}

// Namespaced reports whether the kinds of a group are namespaced.
func Namespaced(group string) bool { return strings.Contains(group, ".m.") }

// KindOf returns the Kind of an object, and whether the provider knows it.
func KindOf(gk schema.GroupKind) (Kind, bool) {
	all := Kinds()
	i := slices.IndexFunc(all, func(k Kind) bool { return k.GroupKind() == gk })
	if i < 0 {
		return Kind{}, false
	}
	return all[i], true
}

// An Account is the AWS account of the provider.
type Account struct{ ID, Partition string }

// account is the account of package cloud.
var account = Account{ID: cloud.Account, Partition: "aws"}

// externalName returns the external-name of an object that does not give one.
func (k Kind) externalName(a Account, u *unstructured.Unstructured) string {
	switch {
	case k.named:
		return u.GetName()
	case k.Owner != "":
		return field(u, k.Owner)
	case k.Kind == "OpenIDConnectProvider":
		return "arn:" + a.Partition + ":iam::" + a.ID + ":oidc-provider/" + strings.TrimPrefix(field(u, "url"), "https://")
	default: // AWS names the settings of a registry after its account.
		return a.ID
	}
}

// key returns the key in AWS of an external-name, completed from the object's spec.
func (k Kind) key(u *unstructured.Unstructured, externalName string) cloud.Key {
	key := cloud.Key{Kind: k.Kind, ID: externalName}
	if strings.HasPrefix(k.Group, "ecr.") {
		key.Region = field(u, "region")
	}
	if k.Kind == "RolePolicy" {
		key.ID = field(u, "role") + ":" + externalName
	}
	return key
}

// atProvider returns status.atProvider of a thing: its attributes, and what follows from its key.
func (k Kind) atProvider(a Account, key cloud.Key, attributes map[string]any) map[string]any {
	at := map[string]any{"id": key.ID}
	maps.Copy(at, attributes)
	if tags, ok := attributes["tags"]; ok {
		at["tagsAll"] = tags
	}
	if key.Region != "" {
		at["registryId"], at["region"] = a.ID, key.Region
	}
	switch k.Kind {
	case "Repository":
		at["arn"] = "arn:" + a.Partition + ":ecr:" + key.Region + ":" + a.ID + ":repository/" + key.ID
		at["repositoryUrl"] = a.ID + ".dkr.ecr." + key.Region + ".amazonaws.com/" + key.ID
		if encryption, ok := attributes["encryptionConfiguration"]; ok {
			at["encryptionConfiguration"] = withKey(encryption)
		}
	case "LifecyclePolicy", "RepositoryPolicy":
		at["repository"] = key.ID
	case "OpenIDConnectProvider":
		_, url, _ := strings.Cut(key.ID, ":oidc-provider/")
		at["arn"], at["url"] = key.ID, url // AWS returns the URL without its scheme.
	case "Role":
		path, _ := attributes["path"].(string)
		at["path"] = cmp.Or(path, "/")
		at["arn"] = "arn:" + a.Partition + ":iam::" + a.ID + ":role" + cmp.Or(path, "/") + key.ID
	case "RolePolicy":
		at["role"], _, _ = strings.Cut(key.ID, ":")
	}
	return at
}

// withKey returns an encryption as AWS returns it: with an empty key if it has none.
func withKey(encryption any) any {
	list, _ := encryption.([]any)
	out := make([]any, len(list))
	for i, e := range list {
		m, _ := e.(map[string]any)
		out[i] = union(map[string]any{"kmsKey": ""}, m)
	}
	return out
}

// checkExclusionFilters refuses a repository's filters without a mode that uses them. Late initialisation restores the
// filters, so that a Repository with LateInitialize cannot change to a mode without filters.
func checkExclusionFilters(attributes map[string]any) error {
	filters, _ := attributes["imageTagMutabilityExclusionFilter"].([]any)
	mode, _ := attributes["imageTagMutability"].(string)
	if len(filters) > 0 && !strings.HasSuffix(mode, "_WITH_EXCLUSION") {
		return &cloud.Error{
			Code: "InvalidParameterException",
			Message: "image_tag_mutability_exclusion_filter can only be used when image_tag_mutability is set to " +
				"IMMUTABLE_WITH_EXCLUSION or MUTABLE_WITH_EXCLUSION",
		}
	}
	return nil
}

// field returns a text field of spec.forProvider.
func field(u *unstructured.Unstructured, name string) string {
	s, _, _ := unstructured.NestedString(u.Object, "spec", "forProvider", name)
	return s
}
