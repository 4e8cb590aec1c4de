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

// A Row is one registry or org access. A claim and its composite resource are one row.
type Row struct {
	// Namespace of the object or, for a composite resource, of its claim.
	Namespace string `json:"namespace"`

	// Name, kind and API version of the claim, if it is among the objects, or else of the composite resource.
	Name       string `json:"name"`
	Kind       string `json:"kind"`
	APIVersion string `json:"apiVersion"`

	// ShownKind is the kind in text and HTML; empty if all rows have the same.
	ShownKind string `json:"-"`

	// Composite is the name of a claim's composite resource.
	Composite string `json:"composite,omitempty"`

	// Conditions: True, False or Unknown. Of a claim and its composite resource it is the worse one.
	Valid     string `json:"valid"`
	Compliant string `json:"compliant"`
	Ready     string `json:"ready"`
	Synced    string `json:"synced"`

	// Paused reports whether nothing is reconciled. A paused object is not compliant: nothing checks it.
	Paused bool `json:"paused"`

	// Deleting reports whether the object is being deleted.
	Deleting bool `json:"deleting"`

	// Repositories, Retained and Advice are those of the status.
	Repositories []v1alpha1.RepositoryStatus   `json:"repositories"`
	Retained     []v1alpha1.RetainedRepository `json:"retained"`
	Advice       []v1alpha1.Advice             `json:"advice"`

	// Message is the message to read first; empty if there is nothing to do.
	Message string `json:"message"`
}

// ID returns the namespace and the name.
func (r *Row) ID() string { return strings.TrimPrefix(r.Namespace+"/"+r.Name, "/") }

// MessageLine returns the message in one line.
func (r *Row) MessageLine() string {
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

// stateWords describe a state on a page.
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

// State describes the state of a row on a page.
func (r *Row) State() stateWords { return states[r.state()] }

// state returns the worst state of a row. The message is about it.
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

	// unreadable is the error of a status that cannot be read.
	unreadable error
}

// A status is the status of an object of any kind. An org access has no repositories.
type status struct {
	Conditions []metav1.Condition `json:"conditions"`

	v1alpha1.ProjectRegistryStatus `json:",inline"`
}

// messageOf returns the message of a condition or, if it has none, the reason.
func messageOf(c metav1.Condition) string { return cmp.Or(c.Message, c.Reason) }

// newObject reads the status of an object.
func newObject(u *unstructured.Unstructured, kind xr.Kind) object {
	o := object{Unstructured: u, kind: kind}
	reported, _, err := unstructured.NestedMap(u.Object, "status")
	if err == nil {
		err = runtime.DefaultUnstructuredConverter.FromUnstructured(reported, &o.status)
	}
	if err != nil {
		// Half a status would look like a whole one.
		o.status, o.unreadable = status{}, err
	}
	return o
}

// condition returns the condition of a type; an empty one if there is none.
func (o *object) condition(typ string) metav1.Condition {
	if c := meta.FindStatusCondition(o.status.Conditions, typ); c != nil {
		return *c
	}
	return metav1.Condition{}
}

// paused reports whether Crossplane does not reconcile an object.
func (o *object) paused() bool {
	return xpmeta.IsPaused(o) || o.condition("Synced").Reason == "ReconcilePaused"
}

// A claimKey identifies a claim by the kind of composite resource that it claims.
type claimKey struct{ group, claims, namespace, name string }

// claim returns the key of a composite resource's claim, without a name if there is none.
func (o *object) claim() claimKey {
	namespace, _, _ := unstructured.NestedString(o.Object, "spec", "claimRef", "namespace")
	name, _, _ := unstructured.NestedString(o.Object, "spec", "claimRef", "name")
	return claimKey{o.kind.Group, o.kind.Kind, namespace, name}
}

// mayClaim reports whether a claim is bound to a composite resource or to none yet.
func (o *object) mayClaim(composite *object) bool {
	bound, _, _ := unstructured.NestedString(o.Object, "spec", "resourceRef", "name")
	return bound == "" || bound == composite.GetName()
}

// newRows returns a row for each object, the worst first.
func newRows(objects []object) []Row {
	// The composite resources without a row, by claim.
	composites := map[claimKey][]*object{}
	for i := range objects {
		if o := &objects[i]; o.kind.Claims == "" {
			composites[o.claim()] = append(composites[o.claim()], o)
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
		if n := slices.IndexFunc(composites[key], o.mayClaim); n >= 0 {
			composite = composites[key][n]
			composites[key] = slices.Delete(composites[key], n, n+1)
		}
		rows = append(rows, newRow(o, composite))
	}
	for i := range objects {
		if o := &objects[i]; o.kind.Claims == "" && slices.Contains(composites[o.claim()], o) {
			rows = append(rows, newRow(o, nil))
		}
	}
	slices.SortStableFunc(rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(a.state(), b.state()),
			cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Kind, b.Kind))
	})
	showKinds(rows)
	return rows
}

// showKinds sets the kinds that are shown, with the group if a kind is in several groups. None is shown if there is only
// one.
func showKinds(rows []Row) {
	all, groups := map[string]bool{}, map[string]int{} // groups counts the groups of each kind.
	for _, r := range rows {
		if id := r.APIVersion + r.Kind; !all[id] {
			all[id] = true
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

// newRow returns the row of an object. composite is the composite resource of a claim; nil if there is none.
func newRow(o, composite *object) Row {
	// The status of a composite resource is up to date before that of its claim.
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

// worst returns the worst condition of a type among the objects, or the first of several. It is Unknown if there is none.
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

// message returns the message to read first: the one about the state of the row.
func (r *Row) message(objects []*object, valid, compliant, ready, synced metav1.Condition) string {
	switch r.state() {
	case statePaused:
		const paused = "paused by the annotation crossplane.io/paused: changes are not carried out, and guardrails are not checked"
		if !objects[len(objects)-1].paused() {
			return fmt.Sprintf("its composite resource %s is %s", r.Composite, paused)
		}
		return paused
	case stateInvalid:
		return messageOf(valid)
	case stateUnsynced:
		return messageOf(synced)
	case stateUnready:
		return r.unreadyMessage(objects, ready, synced)
	case stateNoncompliant:
		return messageOf(compliant)
	}
	return ""
}

// unreadyMessage returns why a row is not ready. It prefers an error of the provider.
func (r *Row) unreadyMessage(objects []*object, ready, synced metav1.Condition) string {
	if r.Deleting {
		message := "deletion began at " + objects[len(objects)-1].GetDeletionTimestamp().UTC().Format(time.RFC3339)
		if r.Synced == statusFalse {
			message += ": " + messageOf(synced)
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

// maxWaiting is the maximum number of images that a message names.
const maxWaiting = 5

// waiting names the images that are not ready, as the condition Ready does not; empty if there are none.
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
