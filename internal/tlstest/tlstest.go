// Package tlstest issues the certificates of both ends of the function's connections, and rotates them as the kubelet
// does.
package tlstest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// A CA issues certificates.
type CA struct {
	PEM []byte

	t    testing.TB
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// NewCA returns a new CA.
func NewCA(t testing.TB) *CA {
	t.Helper()
	c := &CA{t: t}
	c.cert, c.key, c.PEM = c.sign(&x509.Certificate{
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		Subject: pkix.Name{CommonName: "ca"}, NotAfter: time.Now().Add(24 * time.Hour),
	})
	return c
}

// Issue returns a certificate for 127.0.0.1 that both ends may use, and its key.
func (c *CA) Issue(notAfter time.Time) (cert, key []byte) {
	c.t.Helper()
	_, k, cert := c.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: "function"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotAfter: notAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	})
	der, err := x509.MarshalECPrivateKey(k)
	if err != nil {
		c.t.Fatal(err)
	}
	return cert, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})
}

// sign signs a certificate by the CA, or by itself if the CA has no certificate yet.
func (c *CA) sign(template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey, []byte) {
	c.t.Helper()
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		c.t.Fatal(err)
	}
	template.SerialNumber, template.NotBefore = serial, time.Now().Add(-time.Hour)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		c.t.Fatal(err)
	}
	parent, parentKey := c.cert, c.key
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

// Files returns a new certificate, its key and the CA, as in the Secret that Crossplane mounts.
func (c *CA) Files() map[string][]byte {
	c.t.Helper()
	cert, key := c.Issue(time.Now().Add(time.Hour))
	return map[string][]byte{"tls.crt": cert, "tls.key": key, "ca.crt": c.PEM}
}

// Pool returns a pool of CAs.
func Pool(cas ...*CA) *x509.CertPool {
	p := x509.NewCertPool()
	for _, c := range cas {
		p.AddCert(c.cert)
	}
	return p
}

// Client returns the TLS configuration of a client with a certificate of the CA. The client also trusts the others.
func (c *CA) Client(others ...*CA) *tls.Config {
	c.t.Helper()
	cert, key := c.Issue(time.Now().Add(time.Hour))
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		c.t.Fatal(err)
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS12, ServerName: "127.0.0.1", RootCAs: Pool(append(others, c)...),
		Certificates: []tls.Certificate{pair}, NextProtos: []string{"h2"},
	}
}

// Mount writes files to a directory as the kubelet mounts a Secret: each file is a link into a directory that is itself
// a link. Mount replaces that link, so that all files change at once.
func Mount(t testing.TB, dir string, files map[string][]byte) {
	t.Helper()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	set, err := os.MkdirTemp(dir, "..")
	check(err)
	for name, content := range files {
		check(os.WriteFile(filepath.Join(set, name), content, 0o600))
	}
	next := filepath.Join(dir, "..data_tmp")
	check(os.Symlink(filepath.Base(set), next))
	check(os.Rename(next, filepath.Join(dir, "..data")))
	for _, name := range []string{"tls.crt", "tls.key", "ca.crt"} {
		if _, err := os.Lstat(filepath.Join(dir, name)); err != nil {
			check(os.Symlink(filepath.Join("..data", name), filepath.Join(dir, name)))
		}
	}
}
