package serve_test

import (
	"bytes"
	"crypto/tls"
	"encoding/pem"
	"maps"
	"strconv"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/ontopix/crossplane-ecr/fn/serve"
	"github.com/ontopix/crossplane-ecr/internal/tlstest"
)

// Messages in the log about rotations.
const (
	rotated = "Use the rotated certificates"
	refused = "Cannot use the rotated certificates, the set in use stays"
)

// mounted returns a directory with a server's certificates.
func mounted(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	tlstest.Mount(t, dir, files)
	return dir
}

// with returns the option to connect with TLS.
func with(c *tls.Config) grpc.DialOption { return grpc.WithTransportCredentials(credentials.NewTLS(c)) }

func TestClientsAreVerified(t *testing.T) {
	ours, theirs := tlstest.NewCA(t), tlstest.NewCA(t)
	s := start(t, serve.Options{CertsDir: mounted(t, ours.Files())}, echo)
	client := func(change func(c *tls.Config)) *tls.Config {
		c := ours.Client()
		change(c)
		return c
	}
	// offer offers a certificate even of a CA that the server does not name.
	offer := func(ca *tlstest.CA, notAfter time.Time) *tls.Config {
		pair, err := tls.X509KeyPair(ca.Issue(notAfter))
		if err != nil {
			t.Fatal(err)
		}
		return client(func(c *tls.Config) {
			c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
		})
	}
	cases := map[string]struct {
		reason string
		client *tls.Config
		want   codes.Code
	}{
		"Ours":        {reason: "A client with a certificate of the CA is served.", client: ours.Client(), want: codes.OK},
		"None":        {reason: "A client without a certificate is refused.", client: client(func(c *tls.Config) { c.Certificates = nil }), want: codes.Unavailable},
		"OtherCA":     {reason: "A client with a certificate of another CA is refused.", client: offer(theirs, time.Now().Add(time.Hour)), want: codes.Unavailable},
		"Expired":     {reason: "A client with an expired certificate is refused.", client: offer(ours, time.Now().Add(-time.Minute)), want: codes.Unavailable},
		"OldProtocol": {reason: "TLS before 1.2 is refused.", client: client(func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }), want: codes.Unavailable},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := s.call(name, with(tc.client)); got != tc.want {
				t.Errorf("%s\nRunFunction(...): want %s, got %s", tc.reason, tc.want, got)
			}
		})
	}
}

func TestRotation(t *testing.T) {
	before, after := tlstest.NewCA(t), tlstest.NewCA(t)
	dir := mounted(t, before.Files())
	s := start(t, serve.Options{CertsDir: dir}, echo)
	connected := fnv1.NewFunctionRunnerServiceClient(s.dial(with(before.Client())))
	survives := func() {
		t.Helper()
		if _, err := connected.RunFunction(t.Context(), request("a", 0)); err != nil {
			t.Errorf("A connection survives a rotation.\nRunFunction(...): %v", err)
		}
	}
	call := func(reason string, client *tls.Config, want codes.Code) {
		t.Helper()
		if got := s.call("a", with(client)); got != want {
			t.Errorf("%s\nRunFunction(...): want %s, got %s", reason, want, got)
		}
	}

	survives()
	files := after.Files()
	expires := time.Now().Add(12 * time.Hour)
	files["tls.crt"], files["tls.key"] = after.Issue(expires)
	tlstest.Mount(t, dir, files)
	got, err := strconv.ParseFloat(s.series()["function_ecr_certificate_expiry_timestamp_seconds"], 64)
	if err != nil || int64(got) != expires.Unix() {
		t.Errorf("The metrics show a rotation before the next connection.\nexpiry: want %d, got %f, %v", expires.Unix(), got, err)
	}
	call("The first connection after a rotation meets the new set.", after.Client(), codes.OK)
	call("A client with a certificate of the previous CA is refused, although it trusts the new one.", before.Client(after), codes.Unavailable)
	survives()

	files["ca.crt"] = append(bytes.Clone(before.PEM), after.PEM...)
	tlstest.Mount(t, dir, files)
	call("With both CAs a client of the old one is served.", before.Client(after), codes.OK)
	call("With both CAs a client of the new one is served.", after.Client(), codes.OK)

	if got := s.log.FilterMessage(rotated).Len(); got != 2 {
		t.Errorf("rotations in the log: want 2, got %d: %s", got, s.logged())
	}
	s.await(`function_ecr_certificate_rotations_total{result="used"}`, "2")
}

func TestBadRotation(t *testing.T) {
	good := tlstest.NewCA(t)
	files, other := good.Files(), good.Files()
	expired, expiredKey := good.Issue(time.Now().Add(-time.Minute))
	changed := func(changes map[string][]byte) map[string][]byte {
		c := maps.Clone(files)
		maps.Copy(c, changes)
		return c
	}
	cases := map[string]struct {
		reason string
		files  map[string][]byte
	}{
		"HalfKey":         {reason: "A half-written key is not usable.", files: changed(map[string][]byte{"tls.key": files["tls.key"][:len(files["tls.key"])/2]})},
		"HalfCertificate": {reason: "A half-written certificate is not usable.", files: changed(map[string][]byte{"tls.crt": files["tls.crt"][:200]})},
		"HalfCA":          {reason: "A half-written set of CAs must not count as a smaller set.", files: changed(map[string][]byte{"ca.crt": append(bytes.Clone(good.PEM), good.PEM[:200]...)})},
		"BadCA":           {reason: "A CA that is not a certificate is refused.", files: changed(map[string][]byte{"ca.crt": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")})})},
		"EmptyCA":         {reason: "Without a CA every client would be refused.", files: changed(map[string][]byte{"ca.crt": {}})},
		"OtherKey":        {reason: "The key must match the certificate.", files: changed(map[string][]byte{"tls.key": other["tls.key"]})},
		"Expired":         {reason: "Every client would refuse an expired certificate.", files: changed(map[string][]byte{"tls.crt": expired, "tls.key": expiredKey})},
		"Missing":         {reason: "A set without a key is not usable.", files: map[string][]byte{"tls.crt": files["tls.crt"], "ca.crt": files["ca.crt"]}},
		"AllGone":         {reason: "An empty directory is not usable.", files: nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			dir := mounted(t, files)
			s := start(t, serve.Options{CertsDir: dir}, echo)
			if got := s.call("before", with(good.Client())); got != codes.OK {
				t.Fatalf("RunFunction(...): %s", got)
			}
			tlstest.Mount(t, dir, tc.files)
			for range 3 {
				if got := s.call("bad", with(good.Client())); got != codes.OK {
					t.Errorf("%s\nRunFunction(...): the set before must stay in use, got %s", tc.reason, got)
				}
			}
			if got := s.log.FilterMessage(refused).Len(); got != 1 {
				t.Errorf("%s\nwant it logged once, got %d times: %s", tc.reason, got, s.logged())
			}
			s.await(`function_ecr_certificate_rotations_total{result="refused"}`, "1")
			next := tlstest.NewCA(t)
			tlstest.Mount(t, dir, next.Files())
			if got := s.call("next", with(next.Client())); got != codes.OK {
				t.Errorf("%s\nRunFunction(...): a good set after a bad one must be used, got %s", tc.reason, got)
			}
		})
	}
}
