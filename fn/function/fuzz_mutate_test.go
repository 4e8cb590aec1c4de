package function_test

import (
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
)

// A place is the place of a value in an object: set changes the value, drop removes it.
type place struct {
	value *structpb.Value
	set   func(*structpb.Value)
	drop  func()
}

// places returns the places of all values below an object, always in the same order.
func places(s *structpb.Struct, all []place) []place {
	for _, k := range slices.Sorted(maps.Keys(s.GetFields())) {
		v := s.Fields[k]
		all = append(all, place{value: v, set: func(n *structpb.Value) { s.Fields[k] = n }, drop: func() { delete(s.Fields, k) }})
		all = below(v, all)
	}
	return all
}

func below(v *structpb.Value, all []place) []place {
	if l := v.GetListValue(); l != nil {
		for i, e := range l.GetValues() {
			all = append(all, place{value: e, set: func(n *structpb.Value) { l.Values[i] = n }, drop: func() { l.Values = slices.Delete(l.Values, i, i+1) }})
			all = below(e, all)
		}
	}
	return places(v.GetStructValue(), all)
}

// words are values with a meaning somewhere.
var words = valuesOf(
	nil, true, false, 0.0, 1.0, -1.0, 1.5, 1e300, 9007199254740993.0, "", "a", "A", "*", "?", "${aws:username}", "a/b", "a//b", "..", "\n", "ÿĀ", "\u2028",
	"Delete", "Observe", "MUTABLE", "IMMUTABLE_WITH_EXCLUSION", "KMS", "eu-west-1", "cn-north-1", "us-gov-west-1", "111122223333", "o-a1b2c3d4e5", "*:*", "repo:x", "2026-11-23",
	"arn:aws:iam::111122223333:root", "arn:aws:kms:eu-west-1:111122223333:key/0b0b0b0b-0000-4000-8000-000000000000", "lifecycle.maxImages", "Namespace", "Any", "Manual",
	"tagged", "untagged", "any", "imageCountMoreThan", "sinceImagePushed", "sinceImagePulled", "days", "archive", "transition", "expire", "True", "False", "2026-11-23T00:00:00Z",
	map[string]any{}, []any{}, []any{nil}, []any{"*"}, map[string]any{"": ""}, strings.Repeat("a", 300), strings.Repeat("é", 128),
	math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1), 1e308, 0.5, 2147483648.0, "\x00", "А", "web/1234abcd", "repo:octo/web:*", "a:b", "a%3Ab", "2028-02-29", "24:00",
	"arn:aws-cn:iam::111122223333:role/x", "arn:aws:iam::111122223333:role/*", "admin", "default", "shop", strings.Repeat("k", 100000),
)

func valuesOf(words ...any) []*structpb.Value {
	values := make([]*structpb.Value, len(words))
	for i, w := range words {
		v, err := structpb.NewValue(w)
		if err != nil {
			panic(err)
		}
		values[i] = v
	}
	return values
}

// fields are names of fields that Crossplane, the provider and this API have.
var fields = []string{
	"defaults", "images", "project", "region", "github", "managementPolicies", "deletionPolicy", "forceDelete", "lifecycle", "rules", "keepImages", "pull", "tags", "encryption",
	"imageTagMutability", "imageTagMutabilityExclusionFilters", "guardrails", "allowDelete", "warn", "exceptions", "tagsFromLabels", "status", "conditions", "atProvider", "deletionTimestamp",
	"claimRef", "namespace", "crossplane", "compositionUpdatePolicy", "orgAccessRef", "providerConfigRef", "platformConfig", "labels", "annotations", "ownerReferences", "policy", "arn", "unknown",
}

// maxList is the length up to which lists grow, and maxText that of texts, in bytes.
const (
	maxList = 200
	maxText = 1 << 18
)

// mutate changes one value for every four bytes, which say which value, how, and to what.
func (w *world) mutate(steps []byte) {
	for ; len(steps) >= 4; steps = steps[4:] {
		all := places(w.xr, nil)
		if steps[0]&0x80 != 0 { // half of the steps change only the composite resource, the others anything
			all = places(w.input, all)
			for _, key := range slices.Sorted(maps.Keys(w.observed)) {
				all = places(w.observed[key], all)
			}
			for _, o := range w.cluster {
				all = places(o, all)
			}
		}
		if len(all) == 0 {
			return
		}
		p, arg := all[(int(steps[0]&0x7f)<<8|int(steps[1]))%len(all)], int(steps[3])
		switch steps[2] % 7 {
		case 0:
			p.drop()
		case 1:
			p.set(clone(words[arg%len(words)]))
		case 2:
			p.set(like(p.value, arg, all))
		case 3:
			w.extend(p, arg, int(steps[2]))
		case 4:
			p.set(clone(all[(arg*31)%len(all)].value))
		case 5:
			w.rename(arg, int(steps[1]))
		case 6:
			// The observed resource is that of another image, or of another kind.
			if keys := slices.Sorted(maps.Keys(w.observed)); len(keys) > 0 {
				w.observed[keys[arg%len(keys)]] = clone(w.observed[keys[int(steps[1])%len(keys)]])
			}
		}
	}
}

// like returns another value of the same type, so that a decoder accepts it: one from elsewhere in the object, or one
// of the words.
func like(v *structpb.Value, arg int, all []place) *structpb.Value {
	same := func(o *structpb.Value) bool { return reflect.TypeOf(v.GetKind()) == reflect.TypeOf(o.GetKind()) }
	for i := range all {
		if o := all[(arg*31+i)%len(all)].value; arg%2 == 0 && same(o) && !proto.Equal(o, v) {
			return clone(o)
		}
	}
	for i := range words {
		if o := words[(arg+i)%len(words)]; same(o) {
			return clone(o)
		}
	}
	return clone(v)
}

// extend adds a field to an object, an item to a list, or a prefix to a text.
func (w *world) extend(p place, arg, more int) {
	switch k := p.value.GetKind().(type) {
	case *structpb.Value_StructValue:
		if k.StructValue.Fields == nil {
			k.StructValue.Fields = map[string]*structpb.Value{}
		}
		k.StructValue.Fields[fields[arg%len(fields)]] = clone(words[(arg*7+more)%len(words)])
	case *structpb.Value_ListValue:
		if len(k.ListValue.Values) < maxList {
			k.ListValue.Values = append(k.ListValue.Values, clone(words[arg%len(words)]))
		}
	case *structpb.Value_StringValue:
		s := k.StringValue
		if n := len(s) * (arg % 4) / 4; len(s) < maxText {
			p.set(structpb.NewStringValue(strings.ToValidUTF8(s[:n], "") + "-" + s))
		}
	}
}

// rename gives an observed resource another composition resource name.
func (w *world) rename(arg, which int) {
	keys := slices.Sorted(maps.Keys(w.observed))
	if len(keys) == 0 {
		return
	}
	from := keys[which%len(keys)]
	to := []string{"repository/gone", "lifecycle/gone/1234abcd", "policy/gone", "push-role", "push-policy", "pull-role", "lifecycle/web/1234abcd", "lifecycle//", "repository/", fmt.Sprintf("%s/%d", from, arg)}[arg%10]
	w.observed[to] = w.observed[from]
	delete(w.observed, from)
}
