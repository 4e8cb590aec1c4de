package lab

import (
	"maps"
	"strings"

	"github.com/ontopix/crossplane-ecr/internal/fake/cloud"
)

// Account returns all things of some kinds in the stand-in's account; with the real provider it is empty.
func (l *Lab) Account(kinds ...string) map[cloud.Key]cloud.Thing {
	things := map[cloud.Key]cloud.Thing{}
	if l.Cloud == nil {
		return things
	}
	for _, kind := range kinds {
		for _, k := range l.Cloud.Keys(kind) {
			if thing, ok := l.Cloud.Look(k); ok {
				things[k] = thing
			}
		}
	}
	return things
}

// Snapshot returns a project's repositories, lifecycle policies and repository policies in the account.
func (l *Lab) Snapshot(project string) map[cloud.Key]cloud.Thing {
	things := l.Account("Repository", "LifecyclePolicy", "RepositoryPolicy")
	maps.DeleteFunc(things, func(k cloud.Key, _ cloud.Thing) bool { return !strings.HasPrefix(k.ID, project+"/") })
	return things
}
