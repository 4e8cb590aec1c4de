package lab

import (
	"strings"

	"github.com/ontopix/crossplane-ecr/test/e2e/cloud"
)

// Snapshot returns everything that the stand-in's account has of a project; nothing with the real provider.
func (l *Lab) Snapshot(project string) map[string]cloud.Thing {
	things := map[string]cloud.Thing{}
	if l.Cloud == nil {
		return things
	}
	for _, kind := range []string{"Repository", "LifecyclePolicy", "RepositoryPolicy"} {
		for _, k := range l.Cloud.Keys(kind) {
			if !strings.HasPrefix(k.ID, project+"/") {
				continue
			}
			if thing, ok := l.Cloud.Look(k); ok {
				things[k.String()] = thing
			}
		}
	}
	return things
}
