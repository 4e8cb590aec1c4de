package serve_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"maps"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"

	"github.com/ontopix/crossplane-ecr/fn/serve"
)

// A ca issues certificates.
type ca struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte
}

func newCA(t *testing.T) *ca {
	t.Helper()
	c := &ca{t: t}
	template := &x509.Certificate{
		SerialNumber: serial(t), Subject: pkix.Name{CommonName: "ca"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	c.cert, c.key, c.pem = c.sign(template, nil, nil)
	return c
}

// issue makes a certificate for localhost that both ends may use, and its key, in PEM.
func (c *ca) issue(notAfter time.Time) (cert, key []byte) {
	c.t.Helper()
	template := &x509.Certificate{
		SerialNumber: serial(c.t), Subject: pkix.Name{CommonName: "function"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: notAfter,
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	_, k, cert := c.sign(template, c.cert, c.key)
	der, err := x509.MarshalECPrivateKey(k)
	if err != nil {
		c.t.Fatal(err)
	}
	return cert, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})
}

func (c *ca) sign(template, parent *x509.Certificate, parentKey *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey, []byte) {
	c.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		c.t.Fatal(err)
	}
	if parent == nil {
		parent, parentKey = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), parentKey)
	if err != nil {
		c.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		c.t.Fatal(err)
	}
	return cert, key, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func serial(t *testing.T) *big.Int {
	t.Helper()
	n, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// files is what the Secret of a server of this CA holds.
func (c *ca) files() map[string][]byte {
	c.t.Helper()
	cert, key := c.issue(time.Now().Add(time.Hour))
	return map[string][]byte{"tls.crt": cert, "tls.key": key, "ca.crt": c.pem}
}

// client are the credentials of a client of this CA, which also trusts the others.
func (c *ca) client(others ...*ca) grpc.DialOption {
	c.t.Helper()
	cert, key := c.issue(time.Now().Add(time.Hour))
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		c.t.Fatal(err)
	}
	return grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{RootCAs: pool(append(others, c)...), Certificates: []tls.Certificate{pair}}))
}

func pool(cas ...*ca) *x509.CertPool {
	p := x509.NewCertPool()
	for _, c := range cas {
		p.AddCert(c.cert)
	}
	return p
}

// A secret volume is a directory as the kubelet makes it: the files are links into a directory that is itself a link,
// and that one is replaced to change them all at once.
type secretVolume struct {
	t       *testing.T
	dir     string
	version int
}

func newSecretVolume(t *testing.T, files map[string][]byte) *secretVolume {
	t.Helper()
	v := &secretVolume{t: t, dir: t.TempDir()}
	v.swap(files)
	for _, name := range []string{"tls.crt", "tls.key", "ca.crt"} {
		if err := os.Symlink(filepath.Join("..data", name), filepath.Join(v.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return v
}

func (v *secretVolume) swap(files map[string][]byte) {
	v.t.Helper()
	v.version++
	name := "..version_" + strconv.Itoa(v.version)
	if err := os.Mkdir(filepath.Join(v.dir, name), 0o700); err != nil {
		v.t.Fatal(err)
	}
	for file, content := range files {
		if err := os.WriteFile(filepath.Join(v.dir, name, file), content, 0o600); err != nil {
			v.t.Fatal(err)
		}
	}
	link := filepath.Join(v.dir, "..data_tmp")
	if err := os.Symlink(name, link); err != nil {
		v.t.Fatal(err)
	}
	if err := os.Rename(link, filepath.Join(v.dir, "..data")); err != nil {
		v.t.Fatal(err)
	}
}

func TestClientsAreVerified(t *testing.T) {
	ours, theirs := newCA(t), newCA(t)
	s := start(t, serve.Options{TLSCertsDir: newSecretVolume(t, ours.files()).dir}, echo)

	tlsClient := func(cfg *tls.Config) grpc.DialOption {
		cfg.RootCAs = pool(ours)
		return grpc.WithTransportCredentials(credentials.NewTLS(cfg))
	}
	expiredCert, expiredKey := ours.issue(time.Now().Add(-time.Minute))
	expired, err := tls.X509KeyPair(expiredCert, expiredKey)
	if err != nil {
		t.Fatal(err)
	}
	// Without this crypto/tls offers no certificate of which the server does not know the CA.
	strangerCert, strangerKey := theirs.issue(time.Now().Add(time.Hour))
	stranger, err := tls.X509KeyPair(strangerCert, strangerKey)
	if err != nil {
		t.Fatal(err)
	}
	offer := func(c tls.Certificate) func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		return func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &c, nil }
	}

	cases := map[string]struct {
		reason string
		client grpc.DialOption
		want   codes.Code
	}{
		"Ours":        {reason: "A client with a certificate of the CA is served.", client: ours.client(), want: codes.OK},
		"Nobody":      {reason: "A client without a certificate is refused.", client: tlsClient(&tls.Config{}), want: codes.Unavailable},
		"Stranger":    {reason: "A client with a certificate of another CA is refused.", client: tlsClient(&tls.Config{GetClientCertificate: offer(stranger)}), want: codes.Unavailable},
		"Expired":     {reason: "A client with an expired certificate is refused.", client: tlsClient(&tls.Config{GetClientCertificate: offer(expired)}), want: codes.Unavailable},
		"OldProtocol": {reason: "TLS before 1.2 is refused.", client: tlsClient(&tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}), want: codes.Unavailable},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := s.client(tc.client).RunFunction(t.Context(), request(name))
			if got := status.Code(err); got != tc.want {
				t.Errorf("%s\nRunFunction(...): want %s, got %v", tc.reason, tc.want, err)
			}
		})
	}
	if got := s.metrics()[`function_ecr_requests_total{code="OK",protocol="v1"}`]; got != "1" {
		t.Errorf("requests that reached the function: want 1, got %s", got)
	}
}

func TestRotation(t *testing.T) {
	before, after := newCA(t), newCA(t)
	volume := newSecretVolume(t, before.files())
	s := start(t, serve.Options{TLSCertsDir: volume.dir}, echo)

	connected := s.client(before.client())
	call := func(reason string, client grpc.DialOption, want codes.Code) {
		t.Helper()
		if _, err := s.client(client).RunFunction(t.Context(), request("a")); status.Code(err) != want {
			t.Errorf("%s\nRunFunction(...): want %s, got %v", reason, want, err)
		}
	}
	if _, err := connected.RunFunction(t.Context(), request("a")); err != nil {
		t.Fatalf("RunFunction(...): %v", err)
	}

	volume.swap(after.files())
	call("The first connection after a rotation finds the new set.", after.client(), codes.OK)
	call("A client of the CA that went is refused, though it trusts the new one.", before.client(after), codes.Unavailable)
	if _, err := connected.RunFunction(t.Context(), request("a")); err != nil {
		t.Errorf("A connection that stands stands.\nRunFunction(...): %v", err)
	}

	both := after.files()
	both["ca.crt"] = append(bytes.Clone(before.pem), after.pem...)
	volume.swap(both)
	call("With both CAs a client of the old one is served.", before.client(after), codes.OK)
	call("With both CAs a client of the new one is served.", after.client(), codes.OK)

	if got := len(s.log.with("Took rotated certificates into use")); got != 2 {
		t.Errorf("rotations told: want 2, got %d: %s", got, s.log.text())
	}
	if got := s.metrics()[`function_ecr_certificate_rotations_total{result="used"}`]; got != "2" {
		t.Errorf("rotations counted: want 2, got %s", got)
	}
}

func TestBadRotation(t *testing.T) {
	good := newCA(t)
	files := good.files()
	other := good.files()
	expired, expiredKey := good.issue(time.Now().Add(-time.Minute))
	with := func(changes map[string][]byte) map[string][]byte {
		changed := maps.Clone(files)
		maps.Copy(changed, changes)
		return changed
	}

	cases := map[string]struct {
		reason string
		files  map[string][]byte
	}{
		"HalfKey":         {reason: "A key that is half written is no key.", files: with(map[string][]byte{"tls.key": files["tls.key"][:len(files["tls.key"])/2]})},
		"HalfCertificate": {reason: "A certificate that is half written is no certificate.", files: with(map[string][]byte{"tls.crt": files["tls.crt"][:200]})},
		"HalfCA":          {reason: "Of two CAs of which one is half written, the whole one must not pass for the set.", files: with(map[string][]byte{"ca.crt": append(bytes.Clone(good.pem), good.pem[:200]...)})},
		"BadCA":           {reason: "A CA that is no certificate is refused.", files: with(map[string][]byte{"ca.crt": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")})})},
		"EmptyCA":         {reason: "Without a CA every client would be refused.", files: with(map[string][]byte{"ca.crt": {}})},
		"OtherKey":        {reason: "A key of another certificate proves nothing.", files: with(map[string][]byte{"tls.key": other["tls.key"]})},
		"Expired":         {reason: "Every client would refuse an expired certificate.", files: with(map[string][]byte{"tls.crt": expired, "tls.key": expiredKey})},
		"Missing":         {reason: "A file that is gone is not a rotation.", files: map[string][]byte{"tls.crt": files["tls.crt"], "ca.crt": files["ca.crt"]}},
		"AllGone":         {reason: "A Secret that is gone is not a rotation.", files: nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			volume := newSecretVolume(t, files)
			s := start(t, serve.Options{TLSCertsDir: volume.dir}, echo)
			expiry := s.metrics()[`function_ecr_certificate_expiry_timestamp_seconds{certificate="server"}`]

			volume.swap(tc.files)
			for range 3 {
				if _, err := s.client(good.client()).RunFunction(t.Context(), request("a")); err != nil {
					t.Errorf("%s\nRunFunction(...): the set before must stay in use: %v", tc.reason, err)
				}
			}
			if got := len(s.log.with("Cannot use the rotated certificates, those before stay in use")); got != 1 {
				t.Errorf("%s\nwant it told once, got %d times: %s", tc.reason, got, s.log.text())
			}
			metrics := s.metrics()
			if got := metrics[`function_ecr_certificate_rotations_total{result="refused"}`]; got != "1" {
				t.Errorf("%s\nwant it counted once, got %q", tc.reason, got)
			}
			if got := metrics[`function_ecr_certificate_expiry_timestamp_seconds{certificate="server"}`]; got != expiry {
				t.Errorf("%s\nexpiry of the certificate in use: want %s, got %s", tc.reason, expiry, got)
			}

			next := newCA(t)
			volume.swap(next.files())
			if _, err := s.client(next.client()).RunFunction(t.Context(), request("a")); err != nil {
				t.Errorf("%s\nRunFunction(...): a good set after a bad one must be used: %v", tc.reason, err)
			}
		})
	}
}

// TestRotationIsSeenWithoutClients shows that the metrics tell of a rotation that no handshake has met yet.
func TestRotationIsSeenWithoutClients(t *testing.T) {
	c := newCA(t)
	files := c.files()
	volume := newSecretVolume(t, files)
	s := start(t, serve.Options{TLSCertsDir: volume.dir}, echo)

	end := time.Now().Add(12 * time.Hour).Truncate(time.Second)
	files["tls.crt"], files["tls.key"] = c.issue(end)
	volume.swap(files)
	got, err := strconv.ParseFloat(s.metrics()[`function_ecr_certificate_expiry_timestamp_seconds{certificate="server"}`], 64)
	if err != nil || int64(got) != end.Unix() {
		t.Errorf("expiry of the server's certificate: want %d, got %f, %v", end.Unix(), got, err)
	}
	got, err = strconv.ParseFloat(s.metrics()[`function_ecr_certificate_expiry_timestamp_seconds{certificate="ca"}`], 64)
	if err != nil || int64(got) != c.cert.NotAfter.Unix() {
		t.Errorf("expiry of the CA: want %d, got %f, %v", c.cert.NotAfter.Unix(), got, err)
	}
}
