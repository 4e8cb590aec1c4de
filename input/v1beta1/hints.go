package v1beta1

// The methods below return what to do instead of writing an unknown field, by the name of that field. A field of
// another object of the settings needs no hint: the message says where it belongs.

// Hints returns hints on unknown fields of the settings.
func (Settings) Hints() map[string]string {
	return map[string]string{"orgAccessRef": "write orgAccess: its value is the name alone"}
}

// Hints returns hints on unknown guardrails: settings, where a rule about them is meant.
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

// Hints returns hints on unknown guardrails of lifecycle policies.
func (LifecycleGuardrails) Hints() map[string]string {
	return map[string]string{"keepImages": "write maxImages", "untaggedExpiryDays": "write maxUntaggedDays"}
}

// Hints returns hints on unknown fields of the guardrail of pull.
func (PullGuardrail) Hints() map[string]string {
	return map[string]string{"principals": "write accounts: a principal counts by its account"}
}
