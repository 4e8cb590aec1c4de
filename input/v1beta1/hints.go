package v1beta1

// The methods below tell what people write in place of the fields that there are, and what to do
// instead. A field that another object of the settings has needs no hint: the message says where it
// belongs.

// Hints by the name of a field that the settings do not have.
func (Settings) Hints() map[string]string {
	return map[string]string{"orgAccessRef": "write orgAccess: its value is the name alone"}
}

// Hints by the name of a field that guardrails do not have: settings, where a rule about them is meant.
func (Guardrails) Hints() map[string]string {
	return map[string]string{
		"scanOnPush":         "write requireScanOnPush",
		"encryption":         "write requireKMS, or kmsKeys",
		"kmsKey":             "write kmsKeys",
		"keepImages":         "write maxImages below lifecycle",
		"untaggedExpiryDays": "write maxUntaggedDays below lifecycle",
		"tags":               "write requiredTags",
		"deletionPolicy":     "write allowDelete",
		"forceDelete":        "write allowForceDelete",
		"region":             "write regions",
		"providerConfigRef":  "write providerConfigs, or write it beside guardrails",
	}
}

// Hints by the name of a field that the guardrails of lifecycle policies do not have.
func (LifecycleGuardrails) Hints() map[string]string {
	return map[string]string{"keepImages": "write maxImages", "untaggedExpiryDays": "write maxUntaggedDays"}
}

// Hints by the name of a field that the guardrail of pull does not have.
func (PullGuardrail) Hints() map[string]string {
	return map[string]string{"principals": "write accounts: a principal counts by its account"}
}
