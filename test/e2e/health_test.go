package e2e_test

import (
	"context"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// health are the states in which GitOps tools judge an object that no other behaviour has: see recorded.
var health = []behaviour{
	{
		name:   "health of what is paused",
		reason: "Argo CD and Flux see conditions only: what they are shown must be what their health checks were tested on",
		run: func(s *scene) {
			c := s.registry("app").settle(`images: [{name: api}]`)
			c.rests()
			s.patch(c.object(), `{"metadata":{"annotations":{"crossplane.io/paused":"true"}}}`)
			c.says("Synced", "False", "ReconcilePaused")
			c.recorded("paused")
		},
	},
	{
		name:   "health of what is being deleted",
		reason: "a deletion takes its time, and is neither well nor a failure",
		run: func(s *scene) {
			c := s.registry("app").settle(`images: [{name: api}]`)
			hold := client.RawPatch(types.JSONPatchType, []byte(`[{"op":"add","path":"/metadata/finalizers/-","value":"e2e.ecr.ontopix.io/hold"}]`))
			s.must(s.lab.Client.Patch(s.Context(), c.object(), hold))
			s.Cleanup(func() {
				release := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`))
				_ = s.lab.Client.Patch(context.Background(), c.object(), release)
			})
			c.delete()
			c.says("Ready", "False", "Deleting")
			c.recorded("being-deleted")
		},
	},
}
