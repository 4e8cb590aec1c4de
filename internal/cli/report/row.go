package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	xpmeta "github.com/crossplane/crossplane-runtime/v2/pkg/meta"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/observed"
	"github.com/ontopix/crossplane-ecr/internal/xr"
)

// Values of a condition.
const (
	statusTrue    = "True"
	statusFalse   = "False"
	statusUnknown = "Unknown"
)

// A Row is one registry or org access. A claim and its composite resource are one.
type Row struct {
	// Namespace of the object, or of the claim of a composite resource.
	Namespace string `json:"namespace"`

	// Name, kind and API version of what people write: the claim, if it is among the objects.
	Name       string `json:"name"`
	Kind       string `json:"kind"`
	APIVersion string `json:"apiVersion"`

	// ShownKind is the kind, where it must be shown.
	ShownKind string `json:"-"`

	// Composite is the name of a claim's composite resource.
	Composite string `json:"composite,omitempty"`

	// Conditions: True, False or Unknown. A claim has the worse of its own and of its composite resource's.
	Valid     string `json:"valid"`
	Compliant string `json:"compliant"`
	Ready     string `json:"ready"`
	Synced    string `json:"synced"`

	// Paused reports whether nothing is reconciled. What is paused is not compliant: nobody checks it.
	Paused bool `json:"paused"`

	// Deleting reports whether the object is being deleted.
	Deleting bool `json:"deleting"`

	// What the status says.
	Repositories []v1alpha1.RepositoryStatus   `json:"repositories"`
	Retained     []v1alpha1.RetainedRepository `json:"retained"`
	Advice       []v1alpha1.Advice             `json:"advice"`

	// Message is the first thing that a person must read; empty if there is nothing to do.
	Message string `json:"message"`
}

// ID names a row for people.
func (r *Row) ID() string { return strings.TrimPrefix(r.Namespace+"/"+r.Name, "/") }

// Words are the message in one line.
func (r *Row) Words() string {
	first, rest, more := strings.Cut(r.Message, "\n")
	if !more {
		return first
	}
	return fmt.Sprintf("%s (and %d more)", first, strings.Count(rest, "\n")+1)
}

// A state of a row, the worst first.
type state int

const (
	stateInvalid state = iota
	statePaused
	stateUnsynced
	stateUnready
	stateNoncompliant
	stateAdvice
	stateFine
)

// stateWords are how a page shows a state.
type stateWords struct{ Class, Words string }

var states = [...]stateWords{
	stateInvalid:      {"bad", "not valid"},
	statePaused:       {"more", "paused"},
	stateUnsynced:     {"bad", "not synced"},
	stateUnready:      {"info", "not ready"},
	stateNoncompliant: {"warn", "not compliant"},
	stateAdvice:       {"good", "fine, with advice"},
	stateFine:         {"good", "fine"},
}

// State is how a page shows the state of a row.
func (r *Row) State() stateWords { return states[r.state()] }

// state is what is worst about a row: its message is about that.
func (r *Row) state() state {
	switch {
	case r.Paused:
		return statePaused
	case r.Deleting:
		return stateUnready
	case r.Valid == statusFalse:
		return stateInvalid
	case r.Synced == statusFalse:
		return stateUnsynced
	case r.Ready != statusTrue:
		return stateUnready
	case r.Compliant == statusFalse:
		return stateNoncompliant
	case len(r.Retained)+len(r.Advice) > 0:
		return stateAdvice
	}
	return stateFine
}

// An object is a claim or a composite resource of a cluster.
type object struct {
	*unstructured.Unstructured
	kind   xr.Kind
	status status

	// unreadable is why the status cannot be read; nil if it can.
	unreadable error
}

// A status is what the objects of all kinds report: an org access has no repositories.
type status struct {
	Conditions []metav1.Condition `json:"conditions"`

	v1alpha1.ProjectRegistryStatus `json:",inline"`
}

// words are what a condition says.
func words(c metav1.Condition) string { return cmp.Or(c.Message, c.Reason) }

// newObject reads what an object reports.
func newObject(u *unstructured.Unstructured, kind xr.Kind) object {
	o := object{Unstructured: u, kind: kind}
	reported, _, err := unstructured.NestedMap(u.Object, "status")
	if err == nil {
		err = runtime.DefaultUnstructuredConverter.FromUnstructured(reported, &o.status)
	}
	if err != nil {
		// Half a status passes for one.
		o.status, o.unreadable = status{}, err
	}
	return o
}

// condition of a type; an empty one if there is none.
func (o *object) condition(typ string) metav1.Condition {
	if c := meta.FindStatusCondition(o.status.Conditions, typ); c != nil {
		return *c
	}
	return metav1.Condition{}
}

// paused reports whether Crossplane leaves an object alone.
func (o *object) paused() bool {
	return xpmeta.IsPaused(o) || o.condition("Synced").Reason == "ReconcilePaused"
}

// A claimKey identifies a claim by the kind of composite resource that it claims.
type claimKey struct{ group, claims, namespace, name string }

// claim returns the claim of a composite resource; one without a name if there is none.
func (o *object) claim() claimKey {
	namespace, _, _ := unstructured.NestedString(o.Object, "spec", "claimRef", "namespace")
	name, _, _ := unstructured.NestedString(o.Object, "spec", "claimRef", "name")
	return claimKey{o.kind.Group, o.kind.Kind, namespace, name}
}

// mayClaim reports whether a claim is bound to a composite resource, or does not say so yet.
func (o *object) mayClaim(composite *object) bool {
	bound, _, _ := unstructured.NestedString(o.Object, "spec", "resourceRef", "name")
	return bound == "" || bound == composite.GetName()
}

// newRows returns a row for each object, the worst first.
func newRows(objects []object) []Row {
	// Composite resources that no claim has yet.
	alone := map[claimKey][]*object{}
	for i := range objects {
		if o := &objects[i]; o.kind.Claims == "" {
			alone[o.claim()] = append(alone[o.claim()], o)
		}
	}
	rows := []Row{}
	for i := range objects {
		o := &objects[i]
		if o.kind.Claims == "" {
			continue
		}
		var composite *object
		key := claimKey{o.kind.Group, o.kind.Claims, o.GetNamespace(), o.GetName()}
		if n := slices.IndexFunc(alone[key], o.mayClaim); n >= 0 {
			composite = alone[key][n]
			alone[key] = slices.Delete(alone[key], n, n+1)
		}
		rows = append(rows, newRow(o, composite))
	}
	for i := range objects {
		if o := &objects[i]; o.kind.Claims == "" && slices.Contains(alone[o.claim()], o) {
			rows = append(rows, newRow(o, nil))
		}
	}
	slices.SortStableFunc(rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(a.state(), b.state()), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Kind, b.Kind))
	})
	showKinds(rows)
	return rows
}

// showKinds shows the kinds of rows, with the group where objects of one kind are of several. Nothing is shown if all
// are of one kind.
func showKinds(rows []Row) {
	all, groups := map[string]bool{}, map[string]int{} // Groups are counted by kind.
	for _, r := range rows {
		if of := r.APIVersion + r.Kind; !all[of] {
			all[of] = true
			groups[r.Kind]++
		}
	}
	for i := range rows {
		switch r := &rows[i]; {
		case len(all) == 1:
		case groups[r.Kind] == 1:
			r.ShownKind = r.Kind
		default:
			group, _, _ := strings.Cut(r.APIVersion, "/")
			r.ShownKind = r.Kind + "." + group
		}
	}
}

// newRow is the row of an object, and of its composite resource if it is a claim that has one.
func newRow(o, composite *object) Row {
	// The composite resource knows first what the claim is told.
	both := []*object{o}
	if composite != nil {
		both = []*object{composite, o}
	}
	valid, compliant := worst(v1alpha1.ConditionValid, both), worst(v1alpha1.ConditionCompliant, both)
	ready, synced := worst("Ready", both), worst("Synced", both)
	r := Row{
		Namespace: o.GetNamespace(), Name: o.GetName(), Kind: o.GetKind(), APIVersion: o.GetAPIVersion(),
		Valid: string(valid.Status), Compliant: string(compliant.Status), Ready: string(ready.Status), Synced: string(synced.Status),
		Paused:       slices.ContainsFunc(both, (*object).paused),
		Deleting:     o.GetDeletionTimestamp() != nil,
		Repositories: append([]v1alpha1.RepositoryStatus{}, both[0].status.Repositories...),
		Retained:     append([]v1alpha1.RetainedRepository{}, both[0].status.Retained...),
		Advice:       append([]v1alpha1.Advice{}, both[0].status.Advice...),
	}
	if composite != nil {
		r.Composite = composite.GetName()
	}
	if r.Namespace == "" {
		r.Namespace = o.claim().namespace
	}
	if r.Paused {
		r.Compliant = statusFalse
	}
	r.Message = r.message(both, valid, compliant, ready, synced)
	return r
}

// worst returns the worst of the objects' conditions of a type, and the first of those that are equally bad. One that
// no object has is Unknown.
func worst(typ string, objects []*object) metav1.Condition {
	var found metav1.Condition
	badness := map[metav1.ConditionStatus]int{statusFalse: 3, statusUnknown: 2, statusTrue: 1}
	for i, o := range objects {
		if c := o.condition(typ); i == 0 || badness[c.Status] > badness[found.Status] {
			found = c
		}
	}
	if found.Status != statusTrue && found.Status != statusFalse {
		found.Status = statusUnknown
	}
	return found
}

// message says what a person must read first: about what is worst.
func (r *Row) message(objects []*object, valid, compliant, ready, synced metav1.Condition) string {
	switch r.state() {
	case statePaused:
		const paused = "paused by the annotation crossplane.io/paused: changes are not carried out, and guardrails are not checked"
		if !objects[len(objects)-1].paused() {
			return fmt.Sprintf("its composite resource %s is %s", r.Composite, paused)
		}
		return paused
	case stateInvalid:
		return words(valid)
	case stateUnsynced:
		return words(synced)
	case stateUnready:
		return r.unreadyMessage(objects, ready, synced)
	case stateNoncompliant:
		return words(compliant)
	}
	return ""
}

// unreadyMessage prefers what the provider says that it cannot do.
func (r *Row) unreadyMessage(objects []*object, ready, synced metav1.Condition) string {
	if r.Deleting {
		message := "deletion began at " + objects[len(objects)-1].GetDeletionTimestamp().UTC().Format(time.RFC3339)
		if r.Synced == statusFalse {
			message += ": " + words(synced)
		}
		return message
	}
	for _, o := range objects {
		if o.unreadable != nil {
			return fmt.Sprintf("the status of %s %s cannot be read: %v", o.GetKind(), o.GetName(), o.unreadable)
		}
	}
	for _, a := range r.Advice {
		if strings.Contains(a.Message, observed.NotInSync) {
			return a.Path + ": " + a.Message
		}
	}
	if !slices.ContainsFunc(objects, func(o *object) bool { return len(o.status.Conditions) > 0 }) {
		return "has no condition yet: Crossplane has not composed it"
	}
	return cmp.Or(ready.Message, r.waiting(), ready.Reason, "is not ready")
}

// maxWaiting is how many images a message names.
const maxWaiting = 5

// waiting names the images that are not ready: the condition Ready does not. It is empty if there are none.
func (r *Row) waiting() string {
	var images []string
	for _, s := range r.Repositories {
		if !s.Ready {
			images = append(images, s.Image)
		}
	}
	if more := len(images) - maxWaiting; more > 0 {
		images = append(images[:maxWaiting], fmt.Sprintf("%d more", more))
	}
	if len(images) == 0 {
		return ""
	}
	return "not ready: " + strings.Join(images, ", ")
}
