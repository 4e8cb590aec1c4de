package serve_test

import (
	"context"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/fn/serve"
)

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
