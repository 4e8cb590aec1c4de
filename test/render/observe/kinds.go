package observe

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// A kind of managed resource, as the provider handles it.
type kind struct {
	// refers is the field of forProvider that names another external resource.
	refers string

	// named returns the external name of a resource that has none given.
	named func(a Account, u *unstructured.Unstructured, forProvider map[string]any) string

	// computed returns what AWS adds to the fields of forProvider.
	computed func(a Account, name string, forProvider map[string]any) map[string]any

	// tagged says that the provider adds its three tags.
	tagged bool
}

// kinds by the kind's name; the same in the cluster-scoped and the namespaced group.
var kinds = map[string]kind{
	"Repository":                    {tagged: true, named: objectName, computed: repository},
	"LifecyclePolicy":               {refers: "repository", named: field("repository"), computed: registryID},
	"RepositoryPolicy":              {refers: "repository", named: field("repository"), computed: registryID},
	"RegistryPolicy":                {named: accountID, computed: registryID},
	"Role":                          {tagged: true, named: objectName, computed: role},
	"RolePolicy":                    {refers: "role", named: objectName, computed: rolePolicy},
	"OpenIDConnectProvider":         {tagged: true, named: objectName, computed: identityProvider},
	"RegistryScanningConfiguration": {named: accountID, computed: registryID},
	"ReplicationConfiguration":      {named: accountID, computed: registryID},
}

func objectName(_ Account, u *unstructured.Unstructured, _ map[string]any) string {
	return u.GetName()
}

func accountID(a Account, _ *unstructured.Unstructured, _ map[string]any) string {
	return a.ID
}

func field(name string) func(Account, *unstructured.Unstructured, map[string]any) string {
	return func(_ Account, _ *unstructured.Unstructured, p map[string]any) string { return str(p, name) }
}

func repository(a Account, name string, p map[string]any) map[string]any {
	region := str(p, "region")
	return map[string]any{
		"arn":           fmt.Sprintf("arn:%s:ecr:%s:%s:repository/%s", a.Partition, region, a.ID, name),
		"registryId":    a.ID,
		"repositoryUrl": fmt.Sprintf("%s.dkr.ecr.%s.amazonaws.com/%s", a.ID, region, name),
	}
}

func registryID(a Account, _ string, _ map[string]any) map[string]any {
	return map[string]any{"registryId": a.ID}
}

func role(a Account, name string, p map[string]any) map[string]any {
	path := str(p, "path")
	if path == "" {
		path = "/"
	}
	return map[string]any{
		"arn":  fmt.Sprintf("arn:%s:iam::%s:role%s%s", a.Partition, a.ID, path, name),
		"path": path,
	}
}

func rolePolicy(_ Account, name string, p map[string]any) map[string]any {
	return map[string]any{"id": str(p, "role") + ":" + name}
}

// identityProvider is known by its ARN, and AWS tells its URL without https://.
func identityProvider(_ Account, name string, p map[string]any) map[string]any {
	return map[string]any{"arn": name, "url": strings.TrimPrefix(str(p, "url"), "https://")}
}
