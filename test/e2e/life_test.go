package e2e_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"
	"k8s.io/utils/ptr"

	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
)

// TestLife logs every request to the API server in the life of one claim, from its creation until nothing changes any
// more: who made it, and what it changed. It does so for the product and for the floor, on demand: make e2e-life.
func TestLife(t *testing.T) {
	contests(t, plane.Options{Audit: true}, func(c *contest) {
		c.images = envInt("E2E_IMAGES", 5)
		for _, s := range c.subjects {
			c.herd(s, "warm", 1).delete() // for what is done once, such as starting watches
			start := time.Now()
			h := c.herd(s, "life", 1)
			time.Sleep(5 * time.Second)
			c.logRequests(s, start)
			h.delete()
		}
	})
}

// logRequests logs the requests since a time: each write with its changes, then the number of requests of each sort.
func (c *contest) logRequests(s *subject, start time.Time) {
	c.Helper()
	all, err := c.lab.Accesses()
	c.must(err)
	var text strings.Builder
	fmt.Fprintf(&text, "%s, %s: the life of a claim of %d images\n\n", c.generation.name, s.name, c.images)
	before := map[types.UID]map[string]any{}
	count, idle := map[string]int{}, map[string]int{}
	for _, e := range all {
		client := strings.FieldsFunc(e.UserAgent, func(r rune) bool { return r == '/' || r == '-' })[0]
		if e.StageTimestamp.Time.Before(start) || client == "e2e.test" || client == "kube" {
			continue
		}
		ref := ptr.Deref(e.ObjectRef, auditv1.ObjectReference{})
		sort := strings.Join(strings.Fields(strings.Join([]string{client, e.Verb, ref.Resource, ref.Subresource, manager(e)}, " ")), " ")
		if e.ResponseStatus != nil && e.ResponseStatus.Code >= 400 {
			sort += fmt.Sprintf(" → %d", e.ResponseStatus.Code)
		}
		count[sort]++
		if e.ResponseObject == nil {
			continue
		}
		u := &unstructured.Unstructured{}
		c.must(json.Unmarshal(e.ResponseObject.Raw, &u.Object))
		old, seen := before[u.GetUID()]
		before[u.GetUID()] = u.Object
		var what string
		switch {
		case ref.Resource == "events":
			message, _, _ := unstructured.NestedString(u.Object, "message")
			note, _, _ := unstructured.NestedString(u.Object, "note")
			what = cmp.Or(message, note)
		case !seen:
			what = u.GetName() + ": first seen"
		case (&unstructured.Unstructured{Object: old}).GetResourceVersion() == u.GetResourceVersion():
			idle[sort]++
			continue
		default:
			what = u.GetName() + ": " + strings.Join(changed("", old, u.Object), "; ")
		}
		fmt.Fprintf(&text, "%6.3f  %s %s\n", e.StageTimestamp.Sub(start).Seconds(), sort, what)
	}
	t := newTable("request", "times", "changed nothing")
	for _, sort := range slices.Sorted(maps.Keys(count)) {
		t.row(sort, strconv.Itoa(count[sort]), strconv.Itoa(idle[sort]))
	}
	c.Logf("%s\n%s", text.String(), t)
}

// manager returns the field manager of an apply request, without its hash, which differs between objects.
func manager(e auditv1.Event) string {
	uri, err := url.Parse(e.RequestURI)
	if err != nil {
		return ""
	}
	name := uri.Query().Get("fieldManager")
	return strings.TrimPrefix(name[:max(strings.LastIndexByte(name, '/'), 0)], "apiextensions.crossplane.io/")
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

// fields returns the fields of an object or the items of a list, if v is one: conditions by type, others by index.
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
