// Package message reads requests from the wire and writes answers to it, which is most of
// what a call costs. It does what package proto does, for what protobuf structs hold, in
// a fraction of the time; and leaves all else to it.
package message

import (
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/fn/observed"
	"github.com/ontopix/crossplane-ecr/fn/protostruct"
	"github.com/ontopix/crossplane-ecr/fn/wire"
)

// Numbers of the fields that lead to observed resources.
const (
	requestObserved    protowire.Number = 2 // RunFunctionRequest.observed
	stateResources     protowire.Number = 2 // State.resources
	resourceResource   protowire.Number = 1 // Resource.resource
	resourceConnection protowire.Number = 2 // Resource.connection_details
)

// read is what observed.From reads of a resource.
var read = protostruct.FieldsOf[observed.Resource]()

// Unmarshal reads a request from the wire as proto.Unmarshal does, but of observed
// resources only what observed.From does: to read all of them is most of what a request costs.
// Their managed fields, most of their spec and status, and their connection details are
// left out. What is no request is an error as it is for proto.Unmarshal.
func Unmarshal(message []byte, req *fnv1.RunFunctionRequest) error {
	resources := map[string]*fnv1.Resource{}
	rest, ok := splitRequest(message, resources)
	if !ok {
		return proto.Unmarshal(message, req)
	}
	if err := proto.Unmarshal(rest, req); err != nil {
		return err
	}
	if len(resources) > 0 {
		req.Observed.Resources = resources
	}
	return nil
}

// splitRequest takes the observed resources out of a request, and returns the rest. It is
// not ok if they are written otherwise than Crossplane writes them.
func splitRequest(message []byte, into map[string]*fnv1.Resource) (rest []byte, ok bool) {
	return split(message, requestObserved, func(rest, state []byte) ([]byte, bool) {
		state, ok := splitState(state, into)
		return protowire.AppendBytes(protowire.AppendTag(rest, requestObserved, protowire.BytesType), state), ok
	})
}

func splitState(message []byte, into map[string]*fnv1.Resource) (rest []byte, ok bool) {
	return split(message, stateResources, func(rest, entry []byte) ([]byte, bool) {
		key, value, ok := wire.CutEntry(entry)
		if !ok {
			return nil, false
		}
		into[string(key)], ok = unmarshalResource(value)
		return rest, ok
	})
}

// unmarshalResource reads one observed resource.
func unmarshalResource(message []byte) (*fnv1.Resource, bool) {
	r := &fnv1.Resource{}
	rest, ok := split(message, resourceConnection, func(rest, entry []byte) ([]byte, bool) {
		_, _, ok := wire.CutEntry(entry)
		return rest, ok
	})
	if !ok || len(rest) == 0 {
		return r, ok
	}
	object, rest, ok := wire.Cut(rest, tag(resourceResource))
	if !ok || len(rest) > 0 {
		return nil, false
	}
	r.Resource, ok = read.Unmarshal(object)
	return r, ok
}

// split copies a message, except that for each field of a number, which is a message, it
// appends what a function does.
func split(message []byte, number protowire.Number, appendField func(rest, content []byte) ([]byte, bool)) (rest []byte, ok bool) {
	for len(message) > 0 {
		n, _, size := protowire.ConsumeField(message)
		if size < 0 {
			return nil, false
		}
		if n != number {
			rest = append(rest, message[:size]...)
			message = message[size:]
			continue
		}
		content, after, ok := wire.Cut(message, tag(number))
		if !ok {
			return nil, false
		}
		if rest, ok = appendField(rest, content); !ok {
			return nil, false
		}
		message = after
	}
	return rest, true
}

func tag(n protowire.Number) byte { return byte(protowire.EncodeTag(n, protowire.BytesType)) }
