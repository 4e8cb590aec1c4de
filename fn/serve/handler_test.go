package serve_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/emptypb"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/fn/serve"
)

const (
	panicked = "internal error: the function panicked; nothing was changed; the function's log has the details"
	tooLarge = "the function's answer would be 4194305 bytes, more than the 4194304 that Crossplane accepts; " +
		"nothing was changed; split the composite resource into smaller ones"
)

// answers returns a function that always gives the same answer.
func answers(rsp *fnv1.RunFunctionResponse, err error) run {
	return func(context.Context, *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) { return rsp, err }
}

// sized returns an answer of a size in bytes, which must be at least 4 MiB.
func sized(size int) *fnv1.RunFunctionResponse {
	const others = 39 // bytes that are not padding
	return &fnv1.RunFunctionResponse{Desired: request("", size-others).GetDesired()}
}

func TestRunFunction(t *testing.T) {
	type want struct {
		rsp   *fnv1.RunFunctionResponse
		code  codes.Code
		error string // part of the error
		log   string // part of the log
	}
	cases := map[string]struct {
		reason string
		run    run
		req    proto.Message
		want   want
	}{
		"Answer": {
			reason: "The caller gets the function's answer.",
			run:    echo, req: request("a", 3),
			want: want{rsp: &fnv1.RunFunctionResponse{Meta: &fnv1.ResponseMeta{Tag: "a"}, Desired: request("a", 3).GetDesired()}},
		},
		"EmptyRequest": {
			reason: "A request may have no bytes.",
			run:    echo, req: encoded(nil),
			want: want{rsp: &fnv1.RunFunctionResponse{Meta: &fnv1.ResponseMeta{}}},
		},
		"RuntimePanic": {
			reason: "A panic becomes a Fatal result of its request, and the log has the cause and a stack.",
			run: func(context.Context, *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
				var none []string
				return nil, errors.New(none[7])
			},
			req:  request("b", 0),
			want: want{rsp: fatal("b", panicked), log: "index out of range [7] with length 0"},
		},
		"PanicWithContent": {
			reason: "The value of a panic may hold a spec, which does not belong in a log.",
			run: func(_ context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
				panic("cannot read " + req.String())
			},
			req:  request("c", 0),
			want: want{rsp: fatal("c", panicked), log: "handler_test.go"},
		},
		"PanicInInternalError": {
			reason: "A panic in InternalError becomes an error. Crossplane changes nothing then, either.",
			run:    func(context.Context, *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) { panic("oh") },
			req:    request(noInternalError, 0),
			want:   want{code: codes.Internal, error: panicked},
		},
		"NoAnswer": {
			reason: "An empty answer would delete every composed resource, so a missing answer becomes a Fatal result.",
			run:    answers(nil, nil), req: request("d", 0),
			want: want{rsp: fatal("d", "internal error: the function gave no answer; nothing was changed")},
		},
		"LargestAnswer": {
			reason: "Crossplane accepts an answer of 4 MiB.",
			run:    answers(sized(4<<20), nil), req: request("e", 0),
			want: want{rsp: sized(4 << 20)},
		},
		"TooLargeAnswer": {
			reason: "Crossplane would drop a larger answer with an error that names no cause.",
			run:    answers(sized(4<<20+1), nil), req: request("f", 0),
			want: want{rsp: fatal("f", tooLarge)},
		},
		"NotEncodable": {
			reason: "Text that is not UTF-8 cannot be sent.",
			run:    answers(fatal("", "\xff"), nil), req: request("g", 0),
			want: want{rsp: fatal("g", "internal error: cannot encode the function's answer")},
		},
		"InternalErrorNotEncodable": {
			reason: "A Fatal result with a tag that is not UTF-8 cannot be sent, so the call ends with an error.",
			run: func(_ context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
				req.Meta.Tag = "\xff"
				panic("oh")
			},
			req:  request("h", 0),
			want: want{code: codes.Internal, error: panicked},
		},
		"Error": {
			reason: "An error of the function keeps its code.",
			run:    answers(nil, status.Error(codes.FailedPrecondition, "not today")), req: request("i", 0),
			want: want{code: codes.FailedPrecondition, error: "not today", log: "FailedPrecondition"},
		},
		"TooLargeRequest": {
			reason: "The refusal of a request that is too large says what to do.",
			run:    echo, req: request("j", 4<<20),
			want: want{code: codes.ResourceExhausted, error: "make the composite resource smaller, or raise the function's --max-recv-message-size"},
		},
		"NoRequest": {
			reason: "Bytes that are not a message are refused.",
			run:    echo, req: encoded([]byte{0xff}),
			want: want{code: codes.InvalidArgument, error: "cannot decode the request", log: "InvalidArgument"},
		},
		"TooLargeNoRequest": {
			reason: "A request that is too large is not decoded.",
			run:    echo, req: encoded(bytes.Repeat([]byte{0xff}, 4<<20+1)),
			want: want{code: codes.ResourceExhausted, error: "make the composite resource smaller, or raise the function's --max-recv-message-size"},
		},
		"NoText": {
			reason: "A message with invalid UTF-8 is refused.",
			run:    echo, req: encoded([]byte{0x0a, 0x01, 0xff}),
			want: want{code: codes.InvalidArgument, error: "cannot decode the request", log: "InvalidArgument"},
		},
	}
	for name, tc := range cases {
		for _, protocol := range []string{"v1", "v1beta1"} {
			t.Run(name+"/"+protocol, func(t *testing.T) {
				s := start(t, serve.Options{}, tc.run)
				rsp := &fnv1.RunFunctionResponse{}
				err := s.dial().Invoke(t.Context(), "/apiextensions.fn.proto."+protocol+".FunctionRunnerService/RunFunction", tc.req, rsp)
				if status.Code(err) != tc.want.code || err != nil && !strings.Contains(err.Error(), tc.want.error) {
					t.Errorf("%s\nRunFunction(...): want code %s with %q, got %v", tc.reason, tc.want.code, tc.want.error, err)
				}
				// protobuf varies the text of its own errors on purpose.
				if r := rsp.GetResults(); len(r) > 0 {
					r[0].Message, _, _ = strings.Cut(r[0].GetMessage(), ": string field")
					r[0].Message, _, _ = strings.Cut(r[0].GetMessage(), ": proto:")
				}
				if diff := cmp.Diff(tc.want.rsp, rsp, protocmp.Transform()); err == nil && diff != "" {
					t.Errorf("%s\nRunFunction(...): -want, +got:\n%s", tc.reason, diff)
				}
				if log := s.logged(); !strings.Contains(log, tc.want.log) || strings.Contains(log, secret) {
					t.Errorf("%s\nwant %q in the log and nothing of the spec, got %s", tc.reason, tc.want.log, log)
				}
				series := fmt.Sprintf("function_ecr_requests_total{code=%q,protocol=%q}", tc.want.code, protocol)
				s.await(series, "1")
				s.await("function_ecr_requests_in_flight", "0")
				if code := s.call("after"); code == codes.Unavailable {
					t.Errorf("%s\nRunFunction(...) afterwards: %s", tc.reason, code)
				}
			})
		}
	}
}

// encoded returns a message with an encoded form. A message without fields keeps unknown bytes as they are.
func encoded(form []byte) proto.Message {
	m := &emptypb.Empty{}
	m.ProtoReflect().SetUnknown(form)
	return m
}

// TestRequirementsHaveOneOrder shows that an answer for Crossplane 1 always has the same bytes. Crossplane 1 calls
// until two answers have the same requirements, and compares the fields that it does not know, such as
// Requirements.Resources, as bytes.
func TestRequirementsHaveOneOrder(t *testing.T) {
	selectors := map[string]*fnv1.ResourceSelector{}
	for i := range 100 {
		selectors[fmt.Sprintf("repository/%d", i)] = &fnv1.ResourceSelector{Kind: "Repository"}
	}
	requirements := &fnv1.Requirements{Resources: selectors, ExtraResources: selectors}
	s := start(t, serve.Options{}, answers(&fnv1.RunFunctionResponse{Requirements: requirements}, nil))
	conn := s.dial()
	call := func() []byte {
		answer := &emptypb.Empty{}
		if err := conn.Invoke(t.Context(), fnv1.FunctionRunnerService_RunFunction_FullMethodName, &fnv1.RunFunctionRequest{}, answer); err != nil {
			t.Fatalf("RunFunction(...): %v", err)
		}
		return answer.ProtoReflect().GetUnknown()
	}
	first := call()
	for range 50 {
		if !bytes.Equal(first, call()) {
			t.Fatal("RunFunction(...): two answers with the same requirements differ in their bytes")
		}
	}
}

func TestConcurrencyIsBounded(t *testing.T) {
	cases := map[string]struct {
		reason   string
		places   int
		requests []int // sizes, in bytes
		working  int   // number of first requests that are processed at once
	}{
		"Small":  {reason: "A request of less than 1 MiB takes one place.", places: 2, requests: []int{0, 0, 0, 0, 0}, working: 2},
		"Large":  {reason: "A request takes one place for each MiB that it begins.", places: 4, requests: []int{2 << 20, 0, 0, 0}, working: 2},
		"Larger": {reason: "A request that needs more places than there are takes all of them.", places: 2, requests: []int{7 << 19, 0}, working: 1},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var inside, most atomic.Int64
			entered, release := make(chan struct{}, len(tc.requests)), make(chan struct{})
			s := start(t, serve.Options{MaxConcurrent: tc.places}, func(ctx context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
				n := inside.Add(1)
				defer inside.Add(-1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				entered <- struct{}{}
				<-release
				return echo(ctx, req)
			})
			client, answers := fnv1.NewFunctionRunnerServiceClient(s.dial()), make(chan error)
			for i, size := range tc.requests {
				go func() {
					_, err := client.RunFunction(t.Context(), request("", size))
					answers <- err
				}()
				if i < tc.working {
					<-entered
				}
			}
			s.await("function_ecr_requests_waiting", strconv.Itoa(len(tc.requests)-tc.working))
			s.await("function_ecr_requests_in_flight", strconv.Itoa(len(tc.requests)))
			close(release)
			for range tc.requests {
				if err := <-answers; err != nil {
					t.Errorf("%s\nRunFunction(...): %v", tc.reason, err)
				}
			}
			if got := int(most.Load()); got > tc.places {
				t.Errorf("%s\nrequests that are processed at once: want at most %d, got %d", tc.reason, tc.places, got)
			}
		})
	}
}

// TestCallerGone shows that the server does not process a request after its caller has left, and that the function
// learns when its caller leaves.
func TestCallerGone(t *testing.T) {
	var worked []string
	entered := make(chan struct{})
	s := start(t, serve.Options{MaxConcurrent: 1}, func(ctx context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
		worked = append(worked, req.GetMeta().GetTag()) // one at a time
		close(entered)
		<-ctx.Done()
		return echo(ctx, req)
	})
	client, answers := fnv1.NewFunctionRunnerServiceClient(s.dial()), make(chan error)
	call := func(tag string) (leave func()) {
		ctx, leave := context.WithCancel(t.Context())
		go func() {
			_, err := client.RunFunction(ctx, request(tag, 0))
			answers <- err
		}()
		return leave
	}
	leaveFirst := call("first")
	<-entered
	leaveSecond := call("second")
	s.await("function_ecr_requests_waiting", "1")
	leaveSecond()
	s.await("function_ecr_requests_waiting", "0")
	leaveFirst()
	for range 2 {
		if err := <-answers; status.Code(err) != codes.Canceled {
			t.Errorf("RunFunction(...) of a caller that left: want %s, got %v", codes.Canceled, err)
		}
	}
	s.await(`function_ecr_requests_total{code="Canceled",protocol="v1"}`, "2")
	if want := []string{"first"}; !slices.Equal(want, worked) {
		t.Errorf("requests that were processed: want %v, got %v", want, worked)
	}
}
