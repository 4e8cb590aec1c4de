package serve_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/fn/serve"
)

// fatal is the answer that serve itself gives to a request with this tag.
func fatal(tag, message string) *fnv1.RunFunctionResponse {
	return &fnv1.RunFunctionResponse{
		Meta: &fnv1.ResponseMeta{Tag: tag},
		Conditions: []*fnv1.Condition{
			{Type: v1alpha1.ConditionValid, Status: fnv1.Status_STATUS_CONDITION_FALSE, Reason: v1alpha1.ReasonInternalError, Message: &message,
				Target: fnv1.Target_TARGET_COMPOSITE_AND_CLAIM.Enum()},
			{Type: v1alpha1.ConditionCompliant, Status: fnv1.Status_STATUS_CONDITION_UNKNOWN, Reason: v1alpha1.ReasonNotChecked,
				Target: fnv1.Target_TARGET_COMPOSITE_AND_CLAIM.Enum()},
			{Type: v1alpha1.ConditionStalled, Status: fnv1.Status_STATUS_CONDITION_TRUE, Reason: v1alpha1.ReasonInternalError, Message: &message,
				Target: fnv1.Target_TARGET_COMPOSITE_AND_CLAIM.Enum()},
		},
		Results: []*fnv1.Result{{Severity: fnv1.Severity_SEVERITY_FATAL, Message: message, Reason: proto.String(v1alpha1.ReasonInternalError)}},
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
