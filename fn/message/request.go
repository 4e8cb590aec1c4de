// Package message reads requests from the wire and writes answers to it, which is most of
// what a call costs. It does what package proto does, for what protobuf structs hold, in
// a fraction of the time; and leaves all else to it.
package message

import (
	"sync"

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
// resources only what observed.From does: to read all of them is most of what a request
// costs. Their managed fields, most of their spec and status, and their connection details
// are left out. What is no request is the error that it is for proto.Unmarshal.
func Unmarshal(message []byte, req *fnv1.RunFunctionRequest) error {
	room := rooms.Get().(*[]byte)
	defer rooms.Put(room)
	resources := map[string]*fnv1.Resource{}
	rest, ok := splitRequest((*room)[:0], message, resources)
	if !ok {
		return proto.Unmarshal(message, req)
	}
	*room = rest
	if err := proto.Unmarshal(rest, req); err != nil {
		return err
	}
	if len(resources) > 0 {
		req.Observed.Resources = resources
	}
	return nil
}

// rooms for requests without their observed resources, of which nothing is left once they
// are read.
var rooms = sync.Pool{New: func() any { return new([]byte) }}

// splitRequest appends to rest a request without its observed resources, which it reads.
// It is not ok if they are written otherwise than Crossplane writes them.
func splitRequest(rest, request []byte, resources map[string]*fnv1.Resource) ([]byte, bool) {
	for len(request) > 0 {
		number, field, after, ok := next(request)
		if !ok {
			return nil, false
		}
		request = after
		if number != requestObserved {
			rest = append(rest, field...)
			continue
		}
		state, _, ok := wire.Cut(field, tag(requestObserved))
		if !ok {
			return nil, false
		}
		if rest, ok = splitState(rest, state, resources); !ok {
			return nil, false
		}
	}
	return rest, true
}

// splitState appends the observed state to a request: a field in several parts is read as
// the one that these make up, so each field of the state can be a part.
func splitState(rest, state []byte, resources map[string]*fnv1.Resource) ([]byte, bool) {
	rest = append(rest, tag(requestObserved), 0) // it is there, even if nothing is in it
	for len(state) > 0 {
		number, field, after, ok := next(state)
		if !ok {
			return nil, false
		}
		state = after
		if number != stateResources {
			rest = protowire.AppendBytes(append(rest, tag(requestObserved)), field)
			continue
		}
		entry, _, ok := wire.Cut(field, tag(stateResources))
		if !ok {
			return nil, false
		}
		key, value, ok := wire.CutEntry(entry)
		if !ok {
			return nil, false
		}
		if resources[string(key)], ok = readResource(value); !ok {
			return nil, false
		}
	}
	return rest, true
}

// readResource reads one observed resource.
func readResource(message []byte) (r *fnv1.Resource, ok bool) {
	r = &fnv1.Resource{}
	for len(message) > 0 {
		number, field, after, ok := next(message)
		if !ok || number > resourceConnection {
			return nil, false
		}
		message = after
		content, _, ok := wire.Cut(field, tag(number))
		switch {
		case !ok:
		case number == resourceConnection:
			_, _, ok = wire.CutEntry(content)
		default:
			if r.Resource != nil {
				return nil, false // parts of one, which would have to be merged
			}
			r.Resource, ok = read.Unmarshal(content)
		}
		if !ok {
			return nil, false
		}
	}
	return r, true
}

// next cuts the first field, with its tag, off a message.
func next(message []byte) (number protowire.Number, field, rest []byte, ok bool) {
	number, _, n := protowire.ConsumeField(message)
	if n < 0 {
		return 0, nil, nil, false
	}
	return number, message[:n], message[n:], true
}

func tag(n protowire.Number) byte { return byte(protowire.EncodeTag(n, protowire.BytesType)) }
