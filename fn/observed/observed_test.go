package observed_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ontopix/crossplane-ecr/fn/composite"
	"github.com/ontopix/crossplane-ecr/fn/observed"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

func TestResource(t *testing.T) {
	type want struct{ Ready, Exists, Deleting, MayDelete, Outlives, Writes bool }

	tests := map[string]struct {
		reason string
		object string
		want   want
	}{
		"New": {
			reason: "An object that the provider has not observed is not ready, and AWS is not known to have its thing.",
			object: `{}`,
			want:   want{Outlives: true, Writes: true},
		},
		"Ready": {
			reason: "An object is ready if AWS has what it asks for. With all policies, that is deleted with the object.",
			object: `{"spec":{"managementPolicies":["*"]},"status":{"atProvider":{"arn":"arn:aws:ecr:x"},` +
				`"conditions":[{"type":"Synced","status":"True"},{"type":"Ready","status":"True"}]}}`,
			want: want{Ready: true, Exists: true, MayDelete: true, Writes: true},
		},
		"UpdateRefused": {
			reason: "An update that AWS refuses leaves Ready as it was, so Synced counts as well.",
			object: `{"spec":{"managementPolicies":["Observe","Create","Update"]},"status":{"atProvider":{"arn":"arn:aws:ecr:x"},` +
				`"conditions":[{"type":"Synced","status":"False"},{"type":"Ready","status":"True"}]}}`,
			want: want{Exists: true, Outlives: true, Writes: true},
		},
		"ObserveOnly": {
			reason: "With Observe alone nothing is written, and nothing is deleted in AWS.",
			object: `{"spec":{"managementPolicies":["Observe"]},"status":{"conditions":[{"type":"Ready","status":"True"}]}}`,
			want:   want{Ready: true, Outlives: true},
		},
		"Deleting": {
			reason: "An object that is being deleted is not ready, whatever its condition says.",
			object: `{"metadata":{"deletionTimestamp":"2026-01-01T00:00:00Z"},"spec":{"managementPolicies":["Observe","Create"]},` +
				`"status":{"conditions":[{"type":"Ready","status":"True"}]}}`,
			want: want{Deleting: true, Writes: true},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			r := observed.From(fntest.Object(t, tc.object))
			got := want{r.Ready(), r.Exists(), r.Deleting(), r.MayDelete(), r.Outlives(), r.Writes()}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestComplaint(t *testing.T) {
	tests := map[string]struct{ reason, status, message, want string }{
		"InSync": {reason: "The message of a synced object is no complaint.", status: "True", message: "fine"},
		"Waiting": {
			reason: "Waiting for another object is no complaint, and passes.",
			status: "False", message: "cannot resolve references: no resources matched selector",
		},
		"RequestID": {
			reason: "The request ID is left out, or the status would change for ever.",
			status: "False", message: "denied, RequestID: 0a-1B, api error",
			want: "Repository r is not in sync: denied, api error",
		},
		"Long": {
			reason: "A long message is truncated.",
			status: "False", message: strings.Repeat("x", 500),
			want: "Repository r is not in sync: " + strings.Repeat("x", 400) + "…",
		},
		"Stopped": {
			reason: "If a person must act, the message says how, with the kind's group and the namespace.",
			status: "False", message: "cannot determine creation result",
			want: "Repository r is not in sync: cannot determine creation result. The provider was stopped while it created it. What it creates has a " +
				"known name, so it is safe to go on: kubectl annotate repository.ecr.aws.m.upbound.io r -n shop crossplane.io/external-create-pending-",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			r := observed.From(fntest.Object(t, `{"apiVersion":"ecr.aws.m.upbound.io/v1beta1","kind":"Repository","metadata":{"name":"r","namespace":"shop"},"status":{"conditions":[`+
				`{"type":"Synced","status":"`+tc.status+`","message":"`+tc.message+`"}]}}`))
			if diff := cmp.Diff(tc.want, r.Complaint()); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestControlledBy(t *testing.T) {
	owner := func(fields string) string {
		return `{"metadata":{"ownerReferences":[{"kind":"X","name":"shop",` + fields + `}]}}`
	}
	tests := map[string]struct {
		reason, object, uid string
		want                bool
	}{
		"None":  {reason: "An object without an owner has no controller.", object: `{}`, uid: "1"},
		"Owner": {reason: "An owner that is not a controller does not count.", object: owner(`"uid":"1"`), uid: "1"},
		"UID":   {reason: "The UID decides.", object: owner(`"uid":"1","controller":true`), uid: "1", want: true},
		"OtherUID": {
			reason: "An earlier composite resource of the same name is a different one.",
			object: owner(`"uid":"2","controller":true`), uid: "1",
		},
		"Local": {reason: "A local render has no UIDs: the name decides.", object: owner(`"controller":true`), want: true},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			x := &composite.XR{}
			x.Kind, x.Name, x.UID = "X", "shop", tc.uid
			if got := observed.From(fntest.Object(t, tc.object)).ControlledBy(x); got != tc.want {
				t.Errorf("%s\nControlledBy = %v, want %v", tc.reason, got, tc.want)
			}
		})
	}
}
