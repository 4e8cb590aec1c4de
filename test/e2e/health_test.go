package e2e_test

import (
	"context"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// health are states that no other behaviour has, and in which GitOps tools judge an object: see recorded.
var health = []behaviour{
	{
		name:   "a paused claim",
		reason: "Argo CD and Flux judge only conditions, so their health checks are tested on those that a control plane shows.",
		run: func(s *scene) {
			c := s.registry("app").settle(`images: [{name: api}]`)
			c.rests()
			s.patch(c.object(), `{"metadata":{"annotations":{"crossplane.io/paused":"true"}}}`)
			c.says("Synced", "False", "ReconcilePaused")
			c.recorded("paused")
		},
	},
	{
		name:   "a claim that is being deleted",
		reason: "A deletion takes time, and is neither healthy nor a failure.",
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
