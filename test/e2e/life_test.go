package e2e_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
)

// TestLife tells every request to the API server in the life of one claim, from its creation to rest: who made it, and what it
// changed. It does so for the product and for the floor, on demand: make e2e-life.
func TestLife(t *testing.T) {
	contests(t, plane.Options{Audit: true}, func(c *contest) {
		c.images, c.claims = scale("E2E_IMAGES", 5), 1
		for _, s := range c.subjects {
			c.herd(s, "warm", 1).delete() // what is done once, such as starting watches
			start := time.Now()
			h := c.herd(s, "life", 1)
			time.Sleep(5 * time.Second)
			c.tell(s, start)
			h.delete()
		}
	})
}

// tell prints the requests since a time: each write with what it changed, then how many there were of each sort.
func (c *contest) tell(s *subject, start time.Time) {
	c.Helper()
	all, err := c.lab.Accesses()
	if err != nil {
		c.Fatal(err)
	}
	all = slices.DeleteFunc(all, func(a plane.Access) bool { return a.Time.Before(start) || a.Client == "e2e.test" || a.Client == "kube" })
	var text strings.Builder
	fmt.Fprintf(&text, "%s, %s: the life of a claim of %d images\n\n", c.generation.name, s.name, c.images)
	before := map[string]map[string]any{}
	count, idle := map[string]int{}, map[string]int{}
	for _, a := range all {
		sort := strings.TrimSpace(strings.Join([]string{a.Client, a.Verb, a.Resource, a.Subresource, manager(a)}, " "))
		if a.Code >= 400 {
			sort += fmt.Sprintf(" → %d", a.Code)
		}
		count[sort]++
		if a.Object == nil || a.Resource == "events" {
			if a.Object != nil {
				message, _, _ := unstructured.NestedString(a.Object.Object, "message")
				note, _, _ := unstructured.NestedString(a.Object.Object, "note")
				fmt.Fprintf(&text, "%6.3f  %s: %s\n", a.Time.Sub(start).Seconds(), sort, cmp.Or(message, note))
			}
			continue
		}
		key := strings.Join([]string{a.Group, a.Resource, a.Object.GetNamespace(), a.Object.GetName()}, "/")
		changes := changed("", before[key], a.Object.Object)
		if old, had := before[key]; had {
			if version, _, _ := unstructured.NestedString(old, "metadata", "resourceVersion"); version == a.Object.GetResourceVersion() {
				idle[sort]++
				continue
			}
		} else {
			changes = []string{"is there"}
		}
		before[key] = a.Object.Object
		fmt.Fprintf(&text, "%6.3f  %s %s: %s\n", a.Time.Sub(start).Seconds(), sort, a.Object.GetName(), strings.Join(changes, "; "))
	}
	fmt.Fprintf(&text, "\n| request | times | changed nothing |\n|---|---|---|\n")
	for _, sort := range slices.Sorted(maps.Keys(count)) {
		fmt.Fprintf(&text, "| %s | %d | %d |\n", sort, count[sort], idle[sort])
	}
	c.Log(text.String())
}

// manager names the owner of the fields that were applied, without the hash that is another one for each object.
func manager(a plane.Access) string {
	i := strings.LastIndexByte(a.Manager, '/')
	return strings.TrimPrefix(a.Manager[:max(i, 0)], "apiextensions.crossplane.io/")
}

// changed returns the paths that differ, with the new values.
func changed(path string, before, after any) []string {
	if reflect.DeepEqual(before, after) || strings.HasSuffix(path, ".resourceVersion") || strings.HasSuffix(path, ".generation") {
		return nil
	}
	old, isMap := fields(before)
	now, areMaps := fields(after)
	if !isMap || !areMaps {
		text, _ := json.Marshal(after)
		if len(text) > 300 {
			text = append(text[:300], "…"...)
		}
		return []string{path + "=" + string(text)}
	}
	var all []string
	keys := map[string]any{}
	maps.Copy(keys, old)
	maps.Copy(keys, now)
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		all = append(all, changed(path+"."+key, old[key], now[key])...)
	}
	return all
}

// fields of an object, or the items of a list: a condition by its type, and all else by its place.
func fields(v any) (map[string]any, bool) {
	list, isList := v.([]any)
	if !isList {
		m, isMap := v.(map[string]any)
		return m, isMap
	}
	m := map[string]any{}
	for i, item := range list {
		key := fmt.Sprint(i)
		if o, isMap := item.(map[string]any); isMap && o["lastTransitionTime"] != nil {
			key = fmt.Sprint(o["type"])
		}
		m[key] = item
	}
	return m, true
}
