package serve_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/descriptorpb"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/crossplane/function-sdk-go/proto/v1beta1"

	"github.com/ontopix/crossplane-ecr/fn/serve"
)

// fatal is the answer that serve itself gives to a request with this tag.
func fatal(tag, message string) *fnv1.RunFunctionResponse {
	return &fnv1.RunFunctionResponse{
		Meta: &fnv1.ResponseMeta{Tag: tag},
		Conditions: []*fnv1.Condition{
			{Type: "Valid", Status: fnv1.Status_STATUS_CONDITION_FALSE, Reason: "InternalError", Message: &message,
				Target: fnv1.Target_TARGET_COMPOSITE_AND_CLAIM.Enum()},
			{Type: "Compliant", Status: fnv1.Status_STATUS_CONDITION_UNKNOWN, Reason: "NotChecked",
				Target: fnv1.Target_TARGET_COMPOSITE_AND_CLAIM.Enum()},
		},
		Results: []*fnv1.Result{{Severity: fnv1.Severity_SEVERITY_FATAL, Message: message, Reason: proto.String("InternalError")}},
	}
}

// largest is the padding that makes an answer with nothing but a padded desired state exactly as large as may be sent.
const largest = serve.MaxSendMessageSize - 39

const panicked = "internal error: the function panicked; nothing was changed; the function's log has the details"

func TestRunFunction(t *testing.T) {
	type want struct {
		rsp   *fnv1.RunFunctionResponse
		code  codes.Code
		error string // part of the error
		log   string // part of the log
		count map[string]string
	}
	cases := map[string]struct {
		reason        string
		run           func(context.Context, *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error)
		internalError func(*fnv1.RunFunctionRequest, string) *fnv1.RunFunctionResponse
		req           *fnv1.RunFunctionRequest
		want          want
	}{
		"Answer": {
			reason: "What the function answers is what the caller gets.",
			run:    echo,
			req:    padded("a", 3),
			want: want{
				rsp:   &fnv1.RunFunctionResponse{Meta: &fnv1.ResponseMeta{Tag: "a"}, Desired: padded("a", 3).GetDesired()},
				log:   "Answered a request",
				count: map[string]string{`function_ecr_results_total{severity="fatal"}`: "0", "function_ecr_panics_total": "0"},
			},
		},
		"EmptyRequest": {
			reason: "A request may be no bytes at all.",
			run:    echo,
			req:    &fnv1.RunFunctionRequest{},
			want:   want{rsp: &fnv1.RunFunctionResponse{Meta: &fnv1.ResponseMeta{}}},
		},
		"RuntimePanic": {
			reason: "A panic is a Fatal result of its request, with the cause and a stack in the log alone.",
			run: func(context.Context, *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
				var none []string
				return nil, errors.New(none[7])
			},
			req: request("b"),
			want: want{
				rsp: fatal("b", panicked),
				log: "index out of range [7] with length 0",
				count: map[string]string{
					`function_ecr_results_total{severity="fatal"}`:            "1",
					`function_ecr_requests_total{code="OK",protocol="%"}`:     "1",
					"function_ecr_panics_total":                               "1",
					"function_ecr_requests_in_flight":                         "0",
					"function_ecr_request_duration_seconds_count":             "1",
					`function_ecr_request_duration_seconds_bucket{le="+Inf"}`: "1",
				},
			},
		},
		"PanicWithContent": {
			reason: "The value of a panic may hold what nobody may read in a log.",
			run: func(_ context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
				panic("cannot read " + req.String())
			},
			req:  request("c"),
			want: want{rsp: fatal("c", panicked), log: "service_test.go"},
		},
		"NilPanic": {
			reason: "A panic with nil is a panic.",
			run: func(context.Context, *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
				panic(nil)
			},
			req:  request("d"),
			want: want{rsp: fatal("d", panicked), log: "panic called with nil argument"},
		},
		"PanicAnsweredByFunction": {
			reason: "The function decides what a panic is answered with.",
			run: func(context.Context, *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
				panic("oh")
			},
			internalError: func(req *fnv1.RunFunctionRequest, message string) *fnv1.RunFunctionResponse {
				return &fnv1.RunFunctionResponse{Meta: &fnv1.ResponseMeta{Tag: req.GetMeta().GetTag() + message}}
			},
			req:  request("e"),
			want: want{rsp: &fnv1.RunFunctionResponse{Meta: &fnv1.ResponseMeta{Tag: "e" + panicked}}},
		},
		"PanicInAnswerToPanic": {
			reason: "The answer to a panic may panic as well, and is replaced too.",
			run: func(context.Context, *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
				panic("oh")
			},
			internalError: func(*fnv1.RunFunctionRequest, string) *fnv1.RunFunctionResponse { panic("no") },
			req:           request("f"),
			want:          want{rsp: fatal("f", panicked), count: map[string]string{"function_ecr_panics_total": "2"}},
		},
		"NoAnswerToPanic": {
			reason: "No answer to a panic is replaced too.",
			run: func(context.Context, *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
				panic("oh")
			},
			internalError: func(*fnv1.RunFunctionRequest, string) *fnv1.RunFunctionResponse { return nil },
			req:           request("g"),
			want:          want{rsp: fatal("g", panicked)},
		},
		"NoAnswer": {
			reason: "An empty answer would delete every composed resource, so no answer must not become one.",
			run: func(context.Context, *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
				return nil, nil //nolint:nilnil // the fault under test
			},
			req:  request("h"),
			want: want{rsp: fatal("h", "internal error: the function gave no answer; nothing was changed")},
		},
		"TooLarge": {
			reason: "Crossplane would drop an answer of more than 4 MiB with an error that names no cause.",
			run: func(_ context.Context, _ *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
				return &fnv1.RunFunctionResponse{Desired: padded("", largest+1).GetDesired()}, nil
			},
			req: request("i"),
			want: want{
				rsp: fatal("i", "the function's answer would be 4194305 bytes, more than the 4194304 that Crossplane accepts; "+
					"nothing was changed; split the composite resource into smaller ones"),
				log:   "Refused a composite resource",
				count: map[string]string{`function_ecr_results_total{severity="fatal"}`: "1"},
			},
		},
		"AsLargeAsCanBe": {
			reason: "An answer of 4 MiB is accepted.",
			run: func(_ context.Context, _ *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
				return &fnv1.RunFunctionResponse{Desired: padded("", largest).GetDesired()}, nil
			},
			req:  request("j"),
			want: want{rsp: &fnv1.RunFunctionResponse{Desired: padded("", largest).GetDesired()}},
		},
		"NotEncodable": {
			reason: "Text that is cut within a character cannot be sent, which must not lose the request.",
			run: func(context.Context, *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
				return &fnv1.RunFunctionResponse{Results: []*fnv1.Result{{Message: "\xff"}}}, nil
			},
			internalError: func(_ *fnv1.RunFunctionRequest, message string) *fnv1.RunFunctionResponse {
				// The text of the cause is protobuf's, which changes it on purpose.
				before, _, _ := strings.Cut(message, ":")
				return fatal("k", before)
			},
			req:  request("k"),
			want: want{rsp: fatal("k", "internal error")},
		},
		"NothingEncodable": {
			reason: "The function's answer to a failure may fail as well, and is replaced too.",
			run: func(context.Context, *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
				return &fnv1.RunFunctionResponse{Desired: padded("", largest+1).GetDesired()}, nil
			},
			internalError: func(*fnv1.RunFunctionRequest, string) *fnv1.RunFunctionResponse {
				return &fnv1.RunFunctionResponse{Desired: padded("", largest+1).GetDesired()}
			},
			req: request("l"),
			want: want{
				rsp: fatal("l", "the function's answer would be 4194305 bytes, more than the 4194304 that Crossplane accepts; "+
					"nothing was changed; split the composite resource into smaller ones"),
				log: "Refused a composite resource",
			},
		},
		"StatusError": {
			reason: "An error of the function keeps its code.",
			run: func(context.Context, *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
				return nil, status.Error(codes.FailedPrecondition, "not today")
			},
			req: request("m"),
			want: want{
				code:  codes.FailedPrecondition,
				error: "not today",
				count: map[string]string{`function_ecr_requests_total{code="FailedPrecondition",protocol="%"}`: "1"},
			},
		},
		"PlainError": {
			reason: "An error without a code is one of unknown kind.",
			run: func(context.Context, *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
				return nil, errors.New("broken")
			},
			req:  request("n"),
			want: want{code: codes.Unknown, error: "broken"},
		},
		"RequestTooLarge": {
			reason: "A request over the limit is refused in words that say what to do, and counted.",
			run:    echo,
			req:    padded("o", serve.DefaultMaxRecvMessageSize),
			want: want{
				code:  codes.ResourceExhausted,
				error: "more than the 4194304 that this function accepts; make the composite resource smaller, or raise the function's --max-recv-message-size",
				log:   "Refused a request",
				count: map[string]string{`function_ecr_requests_total{code="ResourceExhausted",protocol="%"}`: "1"},
			},
		},
		"RequestFarTooLarge": {
			reason: "A request that is not worth reading is refused by gRPC.",
			run:    echo,
			req:    padded("p", 4*serve.DefaultMaxRecvMessageSize),
			want:   want{code: codes.ResourceExhausted, error: "received message larger than max"},
		},
	}
	for name, tc := range cases {
		for _, protocol := range []string{"v1", "v1beta1"} {
			t.Run(name+"/"+protocol, func(t *testing.T) {
				s := start(t, serve.Options{InternalError: tc.internalError}, tc.run)
				call := s.client().RunFunction
				if protocol == "v1beta1" {
					call = betaClient(t, s.dial())
				}

				rsp, err := call(t.Context(), tc.req)
				if code := status.Code(err); code != tc.want.code || err != nil && !strings.Contains(err.Error(), tc.want.error) {
					t.Errorf("%s\nRunFunction(...): want code %s with %q, got %v", tc.reason, tc.want.code, tc.want.error, err)
				}
				if diff := cmp.Diff(tc.want.rsp, rsp, protocmp.Transform()); diff != "" {
					t.Errorf("%s\nRunFunction(...): -want, +got:\n%s", tc.reason, diff)
				}
				if strings.Contains(rsp.String(), ".go:") {
					t.Errorf("%s\nRunFunction(...): a stack in the answer: %s", tc.reason, rsp)
				}
				if log := s.log.text(); !strings.Contains(log, tc.want.log) || strings.Contains(log, secret) {
					t.Errorf("%s\nwant %q in the log and no content of a spec, got %s", tc.reason, tc.want.log, log)
				}
				metrics := s.metrics()
				for series, want := range tc.want.count {
					series = strings.ReplaceAll(series, "%", protocol)
					if got := metrics[series]; got != want {
						t.Errorf("%s\nseries %s: want %s, got %q", tc.reason, series, want, got)
					}
				}

				// Whatever happened, the server answers the next request.
				if _, err := s.client().RunFunction(t.Context(), &fnv1.RunFunctionRequest{}); status.Code(err) == codes.Unavailable {
					t.Errorf("%s\nRunFunction(...) afterwards: %v", tc.reason, err)
				}
			})
		}
	}
}

// betaClient calls v1beta1 as Crossplane 1.16 does.
func betaClient(t *testing.T, conn *grpc.ClientConn) func(context.Context, *fnv1.RunFunctionRequest, ...grpc.CallOption) (*fnv1.RunFunctionResponse, error) {
	return func(ctx context.Context, req *fnv1.RunFunctionRequest, o ...grpc.CallOption) (*fnv1.RunFunctionResponse, error) {
		beta := &v1beta1.RunFunctionRequest{}
		convert(t, req, beta)
		betaRsp, err := v1beta1.NewFunctionRunnerServiceClient(conn).RunFunction(ctx, beta, o...)
		if err != nil {
			return nil, err
		}
		rsp := &fnv1.RunFunctionResponse{}
		convert(t, betaRsp, rsp)
		return rsp, nil
	}
}

func convert(t *testing.T, from, to proto.Message) {
	t.Helper()
	b, err := proto.Marshal(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := proto.Unmarshal(b, to); err != nil {
		t.Fatal(err)
	}
}

// TestProtocolsAreOne proves that v1beta1 can be read and written as v1.
func TestProtocolsAreOne(t *testing.T) {
	v1 := protodesc.ToFileDescriptorProto(fnv1.File_v1_run_function_proto)
	beta := protodesc.ToFileDescriptorProto(v1beta1.File_v1beta1_run_function_proto)
	for _, f := range []*descriptorpb.FileDescriptorProto{v1, beta} {
		f.Name, f.Package, f.Options = nil, nil, nil
		for _, m := range f.GetMessageType() {
			rename(m)
		}
		for _, s := range f.GetService() {
			for _, m := range s.GetMethod() {
				m.InputType, m.OutputType = unversioned(m.InputType), unversioned(m.OutputType)
			}
		}
	}
	if diff := cmp.Diff(v1, beta, protocmp.Transform()); diff != "" {
		t.Errorf("the messages of v1beta1 are not those of v1: -v1, +v1beta1:\n%s", diff)
	}
}

func rename(m *descriptorpb.DescriptorProto) {
	for _, f := range m.GetField() {
		f.TypeName = unversioned(f.TypeName)
	}
	for _, nested := range m.GetNestedType() {
		rename(nested)
	}
}

func unversioned(name *string) *string {
	if name == nil {
		return nil
	}
	return proto.String(strings.Replace(*name, ".v1beta1.", ".v1.", 1))
}

func TestUndecodableRequest(t *testing.T) {
	s := start(t, serve.Options{}, echo)
	rsp := &fnv1.RunFunctionResponse{}
	err := s.dial().Invoke(t.Context(), fnv1.FunctionRunnerService_RunFunction_FullMethodName, []byte{0xff}, rsp, grpc.ForceCodec(bytesCodec{}))
	if status.Code(err) != codes.InvalidArgument {
		t.Errorf("RunFunction(...) with bytes that are no request: want %s, got %v", codes.InvalidArgument, err)
	}
	if got := s.metrics()[`function_ecr_requests_total{code="InvalidArgument",protocol="v1"}`]; got != "1" {
		t.Errorf("want the request counted, got %q", got)
	}
}

// bytesCodec sends bytes as they are.
type bytesCodec struct{}

func (bytesCodec) Marshal(v any) ([]byte, error)   { return v.([]byte), nil } //nolint:forcetypeassert // a test
func (bytesCodec) Unmarshal(b []byte, v any) error { return proto.Unmarshal(b, v.(proto.Message)) }
func (bytesCodec) Name() string                    { return "proto" }

func TestConcurrencyIsBounded(t *testing.T) {
	cases := map[string]struct {
		reason   string
		places   int
		requests []int // sizes, in bytes
		working  int   // requests that are in work at once, in order
	}{
		"Small": {
			reason:   "A request of less than 1 MiB takes one place.",
			places:   2,
			requests: []int{0, 0, 0, 0, 0},
			working:  2,
		},
		"Large": {
			reason:   "A request takes one place per MiB begun, since it takes as much more memory.",
			places:   4,
			requests: []int{2 << 20, 0, 0, 0},
			working:  2,
		},
		"LargerThanAll": {
			reason:   "A request that needs more places than there are takes all of them and is answered.",
			places:   2,
			requests: []int{7 << 19, 0},
			working:  1,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var inside, most atomic.Int64
			entered, release := make(chan string), make(chan struct{})
			s := start(t, serve.Options{MaxConcurrent: tc.places}, func(ctx context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
				n := inside.Add(1)
				defer inside.Add(-1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				entered <- req.GetMeta().GetTag()
				<-release
				return echo(ctx, req)
			})

			client, answers := s.client(), make(chan error)
			for i, size := range tc.requests {
				go func() {
					_, err := client.RunFunction(t.Context(), padded("", size))
					answers <- err
				}()
				if i < tc.working {
					<-entered
				}
			}
			s.await("function_ecr_requests_waiting", strconv.Itoa(len(tc.requests)-tc.working))
			if got := s.metrics()["function_ecr_requests_in_flight"]; got != strconv.Itoa(len(tc.requests)) {
				t.Errorf("%s\nrequests in flight: want %d, got %s", tc.reason, len(tc.requests), got)
			}

			close(release)
			go func() {
				for range entered {
				}
			}()
			for range tc.requests {
				if err := <-answers; err != nil {
					t.Errorf("%s\nRunFunction(...): %v", tc.reason, err)
				}
			}
			close(entered)
			if got := int(most.Load()); got > tc.places {
				t.Errorf("%s\nrequests in work at once: want at most %d, got %d", tc.reason, tc.places, got)
			}
			s.await("function_ecr_requests_in_flight", "0")
		})
	}
}

func TestCallerGone(t *testing.T) {
	var worked []string
	entered, release := make(chan struct{}), make(chan struct{})
	s := start(t, serve.Options{MaxConcurrent: 1}, func(ctx context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
		worked = append(worked, req.GetMeta().GetTag()) // One at a time.
		entered <- struct{}{}
		<-release
		return echo(ctx, req)
	})
	client, answers := s.client(), make(chan error, 2)
	call := func(ctx context.Context, tag string) {
		_, err := client.RunFunction(ctx, request(tag))
		answers <- err
	}

	go call(t.Context(), "first")
	<-entered
	ctx, leave := context.WithCancel(t.Context())
	go call(ctx, "gone")
	s.await("function_ecr_requests_waiting", "1")
	leave()
	if err := <-answers; status.Code(err) != codes.Canceled {
		t.Errorf("RunFunction(...) of a caller that left: want %s, got %v", codes.Canceled, err)
	}
	s.await("function_ecr_requests_waiting", "0")
	s.await(`function_ecr_requests_total{code="Canceled",protocol="v1"}`, "1")

	release <- struct{}{}
	if err := <-answers; err != nil {
		t.Errorf("RunFunction(...) of the caller that stayed: %v", err)
	}
	if want := []string{"first"}; !slices.Equal(want, worked) {
		t.Errorf("a request that nobody waits for must not be worked on: want %v, got %v", want, worked)
	}
}

// TestCallerGoneWhileWorking shows that the function learns that nobody waits for it, and that its answer is dropped.
func TestCallerGoneWhileWorking(t *testing.T) {
	entered := make(chan struct{})
	s := start(t, serve.Options{}, func(ctx context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
		close(entered)
		<-ctx.Done()
		return echo(ctx, req)
	})
	client, answer := s.client(), make(chan error)
	ctx, leave := context.WithCancel(t.Context())
	go func() {
		_, err := client.RunFunction(ctx, request("gone"))
		answer <- err
	}()
	<-entered
	leave()
	if err := <-answer; status.Code(err) != codes.Canceled {
		t.Errorf("RunFunction(...) of a caller that left: want %s, got %v", codes.Canceled, err)
	}
	s.await(`function_ecr_requests_total{code="Canceled",protocol="v1"}`, "1")
}

func TestReflection(t *testing.T) {
	s := start(t, serve.Options{}, echo)
	stream, err := reflectionv1.NewServerReflectionClient(s.dial()).ServerReflectionInfo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"apiextensions.fn.proto.v1.FunctionRunnerService",
		"apiextensions.fn.proto.v1beta1.FunctionRunnerService",
		"grpc.health.v1.Health",
	} {
		ask := &reflectionv1.ServerReflectionRequest{MessageRequest: &reflectionv1.ServerReflectionRequest_FileContainingSymbol{FileContainingSymbol: name}}
		if err := stream.Send(ask); err != nil {
			t.Fatal(err)
		}
		told, err := stream.Recv()
		if err != nil || len(told.GetFileDescriptorResponse().GetFileDescriptorProto()) == 0 {
			t.Errorf("reflection must describe %s: got %v, %v", name, told, err)
		}
	}
}
