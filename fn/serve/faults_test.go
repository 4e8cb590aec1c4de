package serve_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/fn/serve"
)

// connect opens a connection to s that speaks no gRPC, and sends text on it.
func (s *server) connect(addr net.Addr, text string) net.Conn {
	s.t.Helper()
	conn, err := net.Dial(addr.Network(), addr.String())
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	if _, err := io.WriteString(conn, text); err != nil {
		s.t.Fatal(err)
	}
	return conn
}

// half passes on what a client sends to s up to so many bytes, and then nothing more; the
// connection stays. It returns where to connect to, and tells when that is so.
func (s *server) half(most int64) (address string, stuck chan struct{}) {
	s.t.Helper()
	stuck = make(chan struct{})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { listener.Close() })
	go func() {
		client, err := listener.Accept()
		if err != nil {
			return
		}
		conn, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			client.Close()
			return
		}
		go func() {
			io.CopyN(conn, client, most)
			close(stuck)
			io.Copy(io.Discard, client) // until the client closes it
			conn.Close()
		}()
		io.Copy(client, conn)
		client.Close()
	}()
	return listener.Addr().String(), stuck
}

// answers shows that s still does what it is there for.
func (s *server) answers(reason string) {
	s.t.Helper()
	if _, err := s.client().RunFunction(s.t.Context(), request("a")); err != nil {
		s.t.Errorf("%s\nRunFunction(...): %v", reason, err)
	}
}

// TestHalfMessage shows that a client which sends a part of its request and then nothing
// takes nobody's place.
func TestHalfMessage(t *testing.T) {
	s := start(t, serve.Options{MaxConcurrent: 1}, echo)
	address, stuck := s.half(10_000)
	conn, err := grpc.NewClient("passthrough:"+address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() {
		_, err := fnv1.NewFunctionRunnerServiceClient(conn).RunFunction(t.Context(), padded("half", 1<<20))
		ended <- err
	}()
	<-stuck
	for range 3 {
		s.answers("A request that is only half there takes no place.")
	}
	conn.Close()
	if err := <-ended; err == nil {
		t.Error("half a request must not be answered")
	}
	s.await(`function_ecr_requests_total{code="OK",protocol="v1"}`, "3")
}

// TestConnectionsThatAreNone shows that what speaks no gRPC disturbs nobody.
func TestConnectionsThatAreNone(t *testing.T) {
	cases := map[string]struct {
		reason string
		text   string
		closed bool // by the server, at once
	}{
		"Silence": {reason: "A connection may say nothing: a load balancer's probe, or an attack."},
		"HTTP1":   {reason: "HTTP/1.1 is refused.", text: "GET /metrics HTTP/1.1\r\nHost: function\r\n\r\n", closed: true},
		"TLS":     {reason: "So is TLS where there is none.", text: "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + strings.Repeat("x", 600), closed: true},
		"Preface": {reason: "One that begins as HTTP/2 and says no more is one that is slow.", text: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
		"Frame":   {reason: "A frame of a size that there is not is refused.", text: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + "\x00\x00\x00\x04\x00\x00\x00\x00\x00" + "\xff\xff\xff\x00\x00\x00\x00\x00\x01", closed: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := start(t, serve.Options{MaxConcurrent: 1}, echo)
			for range 50 {
				conn := s.connect(s.Addr(), tc.text)
				if !tc.closed {
					continue
				}
				if _, err := io.Copy(io.Discard, conn); err != nil && !strings.Contains(err.Error(), "reset") {
					t.Errorf("%s\nreading until the end: %v", tc.reason, err)
				}
			}
			s.answers(tc.reason)
		})
	}
}

// TestUnknownMethods shows that a call of something that there is not is told so.
func TestUnknownMethods(t *testing.T) {
	s := start(t, serve.Options{}, echo)
	for _, method := range []string{"/apiextensions.fn.proto.v1.FunctionRunnerService/Nothing", "/apiextensions.fn.proto.v2.FunctionRunnerService/RunFunction", "/", "//", "/x"} {
		err := s.dial().Invoke(t.Context(), method, request("a"), &fnv1.RunFunctionResponse{})
		if status.Code(err) != codes.Unimplemented {
			t.Errorf("call of %q: want %s, got %v", method, codes.Unimplemented, err)
		}
	}
	s.answers("The server goes on.")
}

// TestRequestLimit shows that the limit is what may be sent, to the byte.
func TestRequestLimit(t *testing.T) {
	const limit = 10_000
	fits := padded("a", limit)
	fits = padded("a", limit-(proto.Size(fits)-limit))
	if n := proto.Size(fits); n != limit {
		t.Fatalf("the request has %d bytes", n)
	}
	over := proto.Clone(fits).(*fnv1.RunFunctionRequest) //nolint:forcetypeassert // a clone
	over.Meta.Tag += "b"
	cases := map[string]struct {
		reason string
		req    *fnv1.RunFunctionRequest
		want   codes.Code
	}{
		"Fits": {reason: "A request of the limit is answered.", req: fits},
		"Over": {reason: "One of a byte more is refused.", req: over, want: codes.ResourceExhausted},
	}
	s := start(t, serve.Options{MaxRecvMessageSize: limit}, echo)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := s.client().RunFunction(t.Context(), tc.req); status.Code(err) != tc.want {
				t.Errorf("%s\nRunFunction(...): want %s, got %v", tc.reason, tc.want, err)
			}
		})
	}
}

// A squeezer compresses as gzip does. The function knows no compression, as a test of the
// whole process shows; what it would do with one is tested here.
type squeezer struct{}

func (squeezer) Name() string                                 { return "squeeze" }
func (squeezer) Compress(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil }
func (squeezer) Decompress(r io.Reader) (io.Reader, error)    { return gzip.NewReader(r) }

// TestBomb shows that a message which is small on the wire and large behind it is refused
// before it is all there.
func TestBomb(t *testing.T) {
	encoding.RegisterCompressor(squeezer{})
	s := start(t, serve.Options{MaxRecvMessageSize: 1 << 20}, echo)
	cases := map[string]struct {
		reason string
		size   int
		want   codes.Code
	}{
		"Small": {reason: "What fits is answered.", size: 1000},
		"Large": {reason: "What exceeds the limit is refused, as if it had come so.", size: 2 << 20, want: codes.ResourceExhausted},
		"Bomb":  {reason: "What exceeds it by far is not even unpacked.", size: 64 << 20, want: codes.ResourceExhausted},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := s.client().RunFunction(t.Context(), padded(name, tc.size), grpc.UseCompressor("squeeze"))
			if status.Code(err) != tc.want {
				t.Errorf("%s\nRunFunction(...): want %s, got %v", tc.reason, tc.want, err)
			}
		})
	}
}

// TestScraperThatNeverReads shows that scrapes which nobody reads do not keep others from
// theirs.
func TestScraperThatNeverReads(t *testing.T) {
	s := start(t, serve.Options{}, echo)
	for range 20 {
		s.connect(s.MetricsAddr(), "GET /metrics HTTP/1.1\r\nHost: function\r\n\r\n")
	}
	for ok := false; !ok; {
		rsp, err := http.Get("http://" + s.MetricsAddr().String() + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		// A scrape may be told to come again while there are several.
		ok = rsp.StatusCode == http.StatusOK
		rsp.Body.Close()
	}
	s.answers("Nor do they disturb the function.")
}

// TestRotationUnderLoad shows that no handshake fails while certificates rotate, though
// its look at the files may fall between two writes.
func TestRotationUnderLoad(t *testing.T) {
	c := newCA(t)
	volume := newSecretVolume(t, c.files())
	s := start(t, serve.Options{TLSCertsDir: volume.dir}, echo)

	ctx, stop := context.WithCancel(t.Context())
	var callers sync.WaitGroup
	client := c.client()
	for range 4 {
		callers.Go(func() {
			for ctx.Err() == nil {
				conn, err := grpc.NewClient("passthrough:"+s.Addr().String(), client)
				if err != nil {
					t.Errorf("grpc.NewClient(...): %v", err)
					return
				}
				if _, err := fnv1.NewFunctionRunnerServiceClient(conn).RunFunction(t.Context(), request("a")); err != nil {
					t.Errorf("RunFunction(...) over a new connection: %v", err)
				}
				conn.Close()
			}
		})
	}
	for range 30 {
		volume.swap(c.files())
	}
	stop()
	callers.Wait()
	files := c.files()
	files["tls.crt"], files["tls.key"] = c.issue(time.Now().Add(2 * time.Hour))
	volume.swap(files)
	if _, err := s.client(client).RunFunction(t.Context(), request("a")); err != nil {
		t.Errorf("RunFunction(...) at the end: %v", err)
	}
	if refused := s.log.with("Cannot use the rotated certificates, those before stay in use"); len(refused) > 0 {
		t.Logf("%d looks fell between two sets", len(refused))
	}
	if bytes.Contains([]byte(s.log.text()), []byte("PRIVATE KEY")) {
		t.Error("a key is in the log")
	}
}
