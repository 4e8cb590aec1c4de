package registry_test

// An object is what tests look at of a desired resource.
type object struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name        string            `json:"name"`
		Namespace   string            `json:"namespace"`
		Annotations map[string]string `json:"annotations"`
		Labels      map[string]string `json:"labels"`
	} `json:"metadata"`
	Spec struct {
		ManagementPolicies []string       `json:"managementPolicies"`
		ProviderConfigRef  map[string]any `json:"providerConfigRef"`
		ForProvider        map[string]any `json:"forProvider"`
	} `json:"spec"`
}
