package provider

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/ontopix/crossplane-ecr/internal/fake/cloud"
)

// A Kind of managed resource, and how the provider treats it.
type Kind struct {
	schema.GroupVersionKind
	// Plural is the name of its resource.
	Plural string

	// named kinds have a name that we choose: the external-name, by default the object's own. It is written down before
	// anything is created. Of the others, AWS tells the name, and it is written down with LateInitialize alone.
	named bool
	// tagged kinds get three tags of the provider, and have exactly the tags of their spec.
	tagged bool
	// looksLate kinds are not looked at when an object appears that may only observe.
	looksLate bool
	// Owner is the field that names what the resource hangs on, by a reference or a selector if not by itself, and
	// OwnerKind is the kind of that.
	Owner, OwnerKind string
	// frozen fields cannot be changed, and make a change of any other wait for ever.
	frozen []string
	// computed fields are left alone when the spec does not give them.
	computed []string
	// lateInitialized fields are written into the spec with LateInitialize.
	lateInitialized []string
	// defaults are AWS's own for fields that the spec does not give.
	defaults map[string]any
	// check returns AWS's error for attributes that do not fit each other.
	check func(attributes map[string]any) error

	// key returns what an external-name means to AWS; the object tells the rest of it.
	key func(u *unstructured.Unstructured, externalName string) cloud.Key
	// assigned returns the external-name of what the object's spec would create, for kinds that are not named.
	assigned func(a Account, u *unstructured.Unstructured) string
	// tells returns what atProvider holds beside the attributes.
	tells func(a Account, k cloud.Key, attributes map[string]any) map[string]any
}

// An Account is the one that the provider works in.
type Account struct{ ID, Partition string }

// account is the one of package cloud.
var account = Account{ID: cloud.Account, Partition: "aws"}

// Kinds returns the kinds of both generations: cluster-scoped and namespaced ones behave alike.
func Kinds() []Kind {
	var all []Kind
	for _, k := range []Kind{repository(), lifecyclePolicy(), repositoryPolicy(), registryPolicy(), scanning(), replication()} {
		all = append(all, k.in("ecr.aws.upbound.io"), k.in("ecr.aws.m.upbound.io"))
	}
	for _, k := range []Kind{oidcProvider(), role(), rolePolicy()} {
		all = append(all, k.in("iam.aws.upbound.io"), k.in("iam.aws.m.upbound.io"))
	}
	return all
}

// in returns the kind in a group. Two cluster-scoped kinds have a second version, which differs from the stored one.
func (k Kind) in(group string) Kind {
	version := "v1beta1"
	if k.looksLate && !Namespaced(group) {
		version = "v1beta2"
	}
	k.looksLate = version == "v1beta2"
	k.GroupVersionKind = schema.GroupVersionKind{Group: group, Version: version, Kind: k.Kind}
	return k
}

// Namespaced reports whether the kinds of a group are.
func Namespaced(group string) bool { return strings.Contains(group, ".m.") }

// KindOf returns the kind of an object, and whether it is known.
func KindOf(gk schema.GroupKind) (Kind, bool) {
	all := Kinds()
	i := slices.IndexFunc(all, func(k Kind) bool { return k.GroupKind() == gk })
	if i < 0 {
		return Kind{}, false
	}
	return all[i], true
}

func repository() Kind {
	return Kind{
		GroupVersionKind: schema.GroupVersionKind{Kind: "Repository"},
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
		check: checkExclusionFilters,
		key:   regional("Repository"),
		tells: func(a Account, k cloud.Key, attributes map[string]any) map[string]any {
			at := map[string]any{
				"arn":           "arn:" + a.Partition + ":ecr:" + k.Region + ":" + a.ID + ":repository/" + k.ID,
				"repositoryUrl": a.ID + ".dkr.ecr." + k.Region + ".amazonaws.com/" + k.ID,
				"registryId":    a.ID,
				"region":        k.Region,
			}
			if encryption, ok := attributes["encryptionConfiguration"]; ok {
				at["encryptionConfiguration"] = withKey(encryption)
			}
			return at
		},
	}
}

// withKey is an encryption as AWS tells it: without a key that is the empty one.
func withKey(encryption any) any {
	list, _ := encryption.([]any)
	told := make([]any, len(list))
	for i, e := range list {
		m, _ := e.(map[string]any)
		told[i] = union(map[string]any{"kmsKey": ""}, m)
	}
	return told
}

// checkExclusionFilters refuses filters that have no mode to go with. Late initialisation brings them back, which is why a
// Repository with LateInitialize cannot leave such a mode.
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

func lifecyclePolicy() Kind {
	return Kind{
		GroupVersionKind: schema.GroupVersionKind{Kind: "LifecyclePolicy"},
		Plural:           "lifecyclepolicies",
		Owner:            "repository",
		OwnerKind:        "Repository",
		frozen:           []string{"policy"},
		key:              regional("LifecyclePolicy"),
		assigned:         ownRepository,
		tells:            ofRepository,
	}
}

func repositoryPolicy() Kind {
	return Kind{
		GroupVersionKind: schema.GroupVersionKind{Kind: "RepositoryPolicy"},
		Plural:           "repositorypolicies",
		Owner:            "repository",
		OwnerKind:        "Repository",
		key:              regional("RepositoryPolicy"),
		assigned:         ownRepository,
		tells:            ofRepository,
	}
}

func registryPolicy() Kind { return registryLevel("RegistryPolicy", "registrypolicies") }

func scanning() Kind {
	return registryLevel("RegistryScanningConfiguration", "registryscanningconfigurations")
}

func replication() Kind {
	k := registryLevel("ReplicationConfiguration", "replicationconfigurations")
	k.looksLate = true
	return k
}

// registryLevel is a kind of which there is one in an account and region.
func registryLevel(name, plural string) Kind {
	return Kind{
		GroupVersionKind: schema.GroupVersionKind{Kind: name},
		Plural:           plural,
		key:              regional(name),
		assigned:         func(a Account, _ *unstructured.Unstructured) string { return a.ID },
		tells: func(a Account, k cloud.Key, _ map[string]any) map[string]any {
			return map[string]any{"registryId": a.ID, "region": k.Region}
		},
	}
}

func oidcProvider() Kind {
	return Kind{
		GroupVersionKind: schema.GroupVersionKind{Kind: "OpenIDConnectProvider"},
		Plural:           "openidconnectproviders",
		tagged:           true,
		frozen:           []string{"url"},
		computed:         []string{"url", "clientIdList", "thumbprintList"},
		key:              global("OpenIDConnectProvider"),
		assigned: func(a Account, u *unstructured.Unstructured) string {
			return "arn:" + a.Partition + ":iam::" + a.ID + ":oidc-provider/" + strings.TrimPrefix(field("url")(u), "https://")
		},
		tells: func(_ Account, k cloud.Key, _ map[string]any) map[string]any {
			_, url, _ := strings.Cut(k.ID, ":oidc-provider/")
			return map[string]any{"arn": k.ID, "url": url} // AWS tells the URL without its scheme.
		},
	}
}

func role() Kind {
	return Kind{
		GroupVersionKind: schema.GroupVersionKind{Kind: "Role"},
		Plural:           "roles",
		named:            true,
		tagged:           true,
		frozen:           []string{"path"},
		defaults:         map[string]any{"path": "/", "maxSessionDuration": int64(3600)},
		key:              global("Role"),
		tells: func(a Account, k cloud.Key, attributes map[string]any) map[string]any {
			path, given := attributes["path"].(string)
			if !given {
				path = "/"
			}
			return map[string]any{"arn": "arn:" + a.Partition + ":iam::" + a.ID + ":role" + path + k.ID, "path": path}
		},
	}
}

func rolePolicy() Kind {
	return Kind{
		GroupVersionKind: schema.GroupVersionKind{Kind: "RolePolicy"},
		Plural:           "rolepolicies",
		named:            true,
		Owner:            "role",
		OwnerKind:        "Role",
		key: func(u *unstructured.Unstructured, externalName string) cloud.Key {
			return cloud.Key{Kind: "RolePolicy", ID: field("role")(u) + ":" + externalName}
		},
		tells: func(_ Account, k cloud.Key, _ map[string]any) map[string]any {
			role, _, _ := strings.Cut(k.ID, ":")
			return map[string]any{"role": role}
		},
	}
}

// ownRepository returns the repository that the object names.
func ownRepository(_ Account, u *unstructured.Unstructured) string { return field("repository")(u) }

// externalName returns the external-name that an object gets that has none.
func (k Kind) externalName(a Account, u *unstructured.Unstructured) string {
	if k.named {
		return u.GetName()
	}
	return k.assigned(a, u)
}

// atProvider returns what AWS tells of a thing.
func (k Kind) atProvider(a Account, key cloud.Key, attributes map[string]any) map[string]any {
	at := union(attributes, k.tells(a, key, attributes))
	at["id"] = key.ID
	if tags, ok := attributes["tags"]; ok {
		at["tagsAll"] = tags
	}
	return at
}

// ofRepository is what atProvider holds of what hangs on a repository.
func ofRepository(a Account, k cloud.Key, _ map[string]any) map[string]any {
	return map[string]any{"repository": k.ID, "registryId": a.ID, "region": k.Region}
}

// regional returns the key of a kind that exists once per region and external-name.
func regional(name string) func(*unstructured.Unstructured, string) cloud.Key {
	return func(u *unstructured.Unstructured, externalName string) cloud.Key {
		return cloud.Key{Kind: name, Region: field("region")(u), ID: externalName}
	}
}

// global returns the key of a kind that exists once per external-name.
func global(name string) func(*unstructured.Unstructured, string) cloud.Key {
	return func(_ *unstructured.Unstructured, externalName string) cloud.Key {
		return cloud.Key{Kind: name, ID: externalName}
	}
}

// field reads a text of spec.forProvider.
func field(name string) func(*unstructured.Unstructured) string {
	return func(u *unstructured.Unstructured) string {
		s, _, _ := unstructured.NestedString(u.Object, "spec", "forProvider", name)
		return s
	}
}
