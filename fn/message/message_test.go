package message_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/structpb"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/fn/message"
	"github.com/ontopix/crossplane-ecr/internal/fntest"
)

const repository = `{
	kind: Repository,
	metadata: {name: a, labels: {other: x}, managedFields: [{fieldsV1: {"f:spec": {}}}]},
	spec: {forProvider: {region: eu-west-1, imageTagMutability: MUTABLE}},
	status: {conditions: [{type: Ready, status: "True", lastTransitionTime: now}], atProvider: {arn: "arn:a", tags: {a: b}}},
}`

// read is what is read of repository.
const read = `{
	kind: Repository,
	metadata: {name: a, labels: {}},
	spec: {forProvider: {region: eu-west-1}},
	status: {conditions: [{type: Ready, status: "True"}], atProvider: {arn: "arn:a", tags: {a: b}}},
}`

// TestUnmarshal shows what is read of a request.
func TestUnmarshal(t *testing.T) {
	whole := &fnv1.Resource{Resource: fntest.Object(t, repository), ConnectionDetails: map[string][]byte{"k": []byte("v")}}
	others := &fnv1.RunFunctionRequest{
		Meta:              &fnv1.RequestMeta{Tag: "t"},
		Input:             fntest.Object(t, repository),
		Context:           fntest.Object(t, repository),
		Desired:           &fnv1.State{Resources: map[string]*fnv1.Resource{"a": whole}, Composite: whole},
		Observed:          &fnv1.State{Composite: whole},
		RequiredResources: map[string]*fnv1.Resources{"a": {Items: []*fnv1.Resource{whole}}},
		ExtraResources:    map[string]*fnv1.Resources{"a": {Items: []*fnv1.Resource{whole}}},
	}
	// two resources with one key, of which the last one counts.
	twice := append(marshal(t, observing("a", &fnv1.Resource{Resource: fntest.Object(t, `{kind: Other}`)})), marshal(t, observing("a", whole))...)
	// a resource in two parts, which are one.
	parts := append(marshal(t, &fnv1.Resource{Resource: fntest.Object(t, `{kind: Role}`)}), marshal(t, whole)...)
	merged := &fnv1.Resource{}
	if err := proto.Unmarshal(parts, merged); err != nil {
		t.Fatal(err)
	}

	cases := map[string]struct {
		reason  string
		message []byte
		want    *fnv1.RunFunctionRequest
	}{
		"Nothing":    {reason: "An empty message is an empty request.", want: &fnv1.RunFunctionRequest{}},
		"Observed":   {reason: "Of observed resources only what is read stays.", message: marshal(t, observing("a", whole)), want: observing("a", &fnv1.Resource{Resource: fntest.Object(t, read)})},
		"Others":     {reason: "Everything else stays, the composite resource too.", message: marshal(t, others), want: others},
		"Hollow":     {reason: "An observed resource can hold none.", message: marshal(t, observing("a", &fnv1.Resource{})), want: observing("a", &fnv1.Resource{})},
		"NoState":    {reason: "A state can be empty, and is one.", message: marshal(t, &fnv1.RunFunctionRequest{Observed: &fnv1.State{}}), want: &fnv1.RunFunctionRequest{Observed: &fnv1.State{}}},
		"Twice":      {reason: "States in several parts are one.", message: twice, want: observing("a", &fnv1.Resource{Resource: fntest.Object(t, read)})},
		"Parts":      {reason: "A resource in parts is merged, which is not done here.", message: wrap(parts), want: observing("a", merged)},
		"Ready":      {reason: "Crossplane does not say that of observed resources; if it does, everything is read.", message: marshal(t, observing("a", &fnv1.Resource{Ready: fnv1.Ready_READY_TRUE, Resource: whole.GetResource()})), want: observing("a", &fnv1.Resource{Ready: fnv1.Ready_READY_TRUE, Resource: whole.GetResource()})},
		"PaddedTags": {reason: "Tags in more bytes than they need are tags.", message: pad(marshal(t, observing("a", whole))), want: observing("a", whole)},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := &fnv1.RunFunctionRequest{}
			if err := message.Unmarshal(tc.message, got); err != nil {
				t.Fatalf("%s\nUnmarshal(...): %v", tc.reason, err)
			}
			if diff := cmp.Diff(tc.want, got, protocmp.Transform()); diff != "" {
				t.Errorf("%s\nUnmarshal(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestUnmarshalError shows that what is no request is an error, also in what is not read
// of it, and the same one as without any of this.
func TestUnmarshalError(t *testing.T) {
	good := marshal(t, observing("a", &fnv1.Resource{Resource: fntest.Object(t, repository), ConnectionDetails: map[string][]byte{"key": nil}}))
	cases := map[string]struct {
		reason  string
		message []byte
	}{
		"CutOff":        {reason: "A message can end anywhere.", message: good[:len(good)-1]},
		"NoTag":         {reason: "No field has the number 0.", message: append([]byte{0}, good...)},
		"UnreadString":  {reason: "What is not read has to be text.", message: bytes.ReplaceAll(good, []byte("MUTABLE"), []byte("MUTABL\xff"))},
		"UnreadKey":     {reason: "So has the name of what is not read.", message: bytes.ReplaceAll(good, []byte("managedFields"), []byte("managedField\xff"))},
		"ReadString":    {reason: "And what is read.", message: bytes.ReplaceAll(good, []byte("eu-west-1"), []byte("eu-west-\xff"))},
		"ConnectionKey": {reason: "And the name of a connection detail.", message: bytes.ReplaceAll(good, []byte("\x0a\x03key"), []byte("\x0a\x03ke\xff"))},
		"ResourceKey":   {reason: "And that of a resource.", message: bytes.Replace(good, []byte("\x0a\x01a\x12"), []byte("\x0a\x01\xff\x12"), 1)},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if bytes.Equal(tc.message, good) {
				t.Fatal("the message is good")
			}
			want := proto.Unmarshal(tc.message, &fnv1.RunFunctionRequest{})
			got := message.Unmarshal(tc.message, &fnv1.RunFunctionRequest{})
			if want == nil || got == nil || got.Error() != want.Error() {
				t.Errorf("%s\nUnmarshal(...): want %v, got %v", tc.reason, want, got)
			}
		})
	}
}

// TestMarshal shows that an answer is written as a whole.
func TestMarshal(t *testing.T) {
	resource := &fnv1.Resource{Resource: fntest.Object(t, read), ConnectionDetails: map[string][]byte{"k": []byte("v"), "e": {}}, Ready: fnv1.Ready_READY_FALSE}
	unknown := func(m protoreflect.ProtoMessage) { m.ProtoReflect().SetUnknown([]byte("\xa0\x06\x01")) }
	strange, odd, response := &fnv1.Resource{}, &fnv1.State{}, &fnv1.RunFunctionResponse{Desired: &fnv1.State{Composite: resource}}
	unknown(strange)
	unknown(odd)
	unknown(response)
	null := &fnv1.Resource{Resource: fntest.Object(t, `{a: null}`)}
	cases := map[string]struct {
		reason string
		answer *fnv1.RunFunctionResponse
	}{
		"Nothing":        {reason: "An answer can be empty.", answer: &fnv1.RunFunctionResponse{}},
		"NothingDesired": {reason: "A refusal desires nothing.", answer: &fnv1.RunFunctionResponse{Results: []*fnv1.Result{{Message: "m"}}}},
		"EmptyState":     {reason: "A state without resources is one.", answer: &fnv1.RunFunctionResponse{Desired: &fnv1.State{}}},
		"Everything": {reason: "Desired and all else are in one message.", answer: &fnv1.RunFunctionResponse{
			Meta:         &fnv1.ResponseMeta{Tag: "t"},
			Desired:      &fnv1.State{Composite: resource, Resources: map[string]*fnv1.Resource{"a": resource, "": {}}},
			Conditions:   []*fnv1.Condition{{Type: "Valid"}},
			Context:      fntest.Object(t, read),
			Requirements: &fnv1.Requirements{Resources: map[string]*fnv1.ResourceSelector{"a": {Kind: "K"}}},
		}},
		"Null":            {reason: "What other functions desire can hold null.", answer: desiring(null)},
		"UnknownResource": {reason: "And fields that this version does not know.", answer: desiring(strange)},
		"UnknownState":    {reason: "Anywhere.", answer: &fnv1.RunFunctionResponse{Desired: odd}},
		"UnknownAnswer":   {reason: "In the answer itself too.", answer: response},
		"Large":           {reason: "There is room for any answer.", answer: desiring(&fnv1.Resource{Resource: &structpb.Struct{Fields: map[string]*structpb.Value{"a": structpb.NewStringValue(strings.Repeat("x", 1<<20))}}})},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			before := proto.Clone(tc.answer)
			sent, err := message.Marshal(tc.answer)
			if err != nil {
				t.Fatalf("%s\nMarshal(...): %v", tc.reason, err)
			}
			got := &fnv1.RunFunctionResponse{}
			if err := proto.Unmarshal(sent, got); err != nil {
				t.Fatalf("%s\nUnmarshal of what Marshal wrote: %v", tc.reason, err)
			}
			if !proto.Equal(tc.answer, got) {
				t.Errorf("%s\nMarshal(...): -want, +got:\n%s", tc.reason, cmp.Diff(tc.answer, got, protocmp.Transform()))
			}
			if !proto.Equal(before, tc.answer) {
				t.Errorf("%s\nMarshal(...) changed the answer", tc.reason)
			}
		})
	}
}

// TestMarshalOrder shows that what is required of Crossplane 1 is the same bytes each time:
// it compares what it does not know of two answers, and calls in vain if they differ.
func TestMarshalOrder(t *testing.T) {
	selectors := map[string]*fnv1.ResourceSelector{}
	for i := range 100 {
		selectors[strings.Repeat("a", i)] = &fnv1.ResourceSelector{Kind: "Repository"}
	}
	answer := desiring(&fnv1.Resource{Resource: fntest.Object(t, `{kind: Repository}`)})
	answer.Requirements = &fnv1.Requirements{Resources: selectors, ExtraResources: selectors}
	first, err := message.Marshal(answer)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		again, err := message.Marshal(answer)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first, again) {
			t.Fatal("Marshal: two encodings of one answer with extra resources differ")
		}
	}
}

// TestMarshalError shows that what cannot be sent is an error.
func TestMarshalError(t *testing.T) {
	bad := "\xff"
	cases := map[string]struct {
		reason string
		answer *fnv1.RunFunctionResponse
	}{
		"Value":      {reason: "A value that is not text.", answer: desiring(&fnv1.Resource{Resource: &structpb.Struct{Fields: map[string]*structpb.Value{"a": structpb.NewStringValue(bad)}}})},
		"Connection": {reason: "A name that is not text.", answer: desiring(&fnv1.Resource{ConnectionDetails: map[string][]byte{bad: nil}})},
		"Key":        {reason: "The name of a resource.", answer: &fnv1.RunFunctionResponse{Desired: &fnv1.State{Resources: map[string]*fnv1.Resource{bad: {}}}}},
		"Message":    {reason: "And what is not desired.", answer: &fnv1.RunFunctionResponse{Desired: &fnv1.State{}, Results: []*fnv1.Result{{Message: bad}}}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if sent, err := message.Marshal(tc.answer); err == nil {
				t.Errorf("%s\nMarshal(...): want an error, got %q", tc.reason, sent)
			}
		})
	}
}

// TestFields shows that the messages have no field that Marshal would not write.
func TestFields(t *testing.T) {
	for m, want := range map[protoreflect.ProtoMessage]int{&fnv1.State{}: 2, &fnv1.Resource{}: 3, &structpb.Struct{}: 1, &structpb.ListValue{}: 1, &structpb.Value{}: 6} {
		d := m.ProtoReflect().Descriptor()
		if got := d.Fields().Len(); got != want {
			t.Errorf("%s has %d fields, and %d of them are written", d.FullName(), got, want)
		}
	}
}

func observing(key string, r *fnv1.Resource) *fnv1.RunFunctionRequest {
	return &fnv1.RunFunctionRequest{Observed: &fnv1.State{Resources: map[string]*fnv1.Resource{key: r}}}
}

func desiring(r *fnv1.Resource) *fnv1.RunFunctionResponse {
	return &fnv1.RunFunctionResponse{Desired: &fnv1.State{Resources: map[string]*fnv1.Resource{"a": r}}}
}

func marshal(t *testing.T, m proto.Message) []byte {
	t.Helper()
	b, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// wrap makes a request of a message that is an observed resource.
func wrap(resource []byte) []byte {
	entry := protowire.AppendBytes([]byte("\x0a\x01a\x12"), resource)
	return protowire.AppendBytes([]byte{0x12}, protowire.AppendBytes([]byte{0x12}, entry))
}

// pad writes the first tag of a message, one byte, in two.
func pad(m []byte) []byte { return append([]byte{m[0] | 0x80, 0}, m[1:]...) }
