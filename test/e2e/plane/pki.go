package plane

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// A pair is a PEM-encoded certificate and its key. The key is PKCS#1, as Crossplane expects of its root.
type pair struct{ cert, key []byte }

// A ca signs every certificate of one plane.
type ca struct {
	pair
	parsed *x509.Certificate
	signer *rsa.PrivateKey
}

// newCA returns a new certificate authority.
func newCA() (*ca, error) {
	c := &ca{parsed: &x509.Certificate{
		Subject:               pkix.Name{CommonName: "crossplane-ecr e2e"},
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}}
	var err error
	if c.signer, err = newKey(); err != nil {
		return nil, err
	}
	c.pair, err = c.sign(c.parsed, c.signer)
	return c, err
}

// issue returns a certificate for both servers and clients, valid on loopback and for the DNS names. Kubernetes takes
// an organisation for a group.
func (c *ca) issue(subject pkix.Name, dnsNames ...string) (pair, error) {
	key, err := newKey()
	if err != nil {
		return pair{}, err
	}
	return c.sign(&x509.Certificate{
		Subject:     subject,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		DNSNames:    append([]string{"localhost"}, dnsNames...),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}, key)
}

// newKey returns a key that is strong enough for the life of a test.
func newKey() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) }

func (c *ca) sign(template *x509.Certificate, key *rsa.PrivateKey) (pair, error) {
	var err error
	if template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120)); err != nil {
		return pair{}, err
	}
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(30*24*time.Hour)
	der, err := x509.CreateCertificate(rand.Reader, template, c.parsed, key.Public(), c.signer)
	return pair{
		cert: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		key:  pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}),
	}, err
}

// config returns the TLS configuration of a server or client that requires a certificate of this authority.
func (c *ca) config(commonName string) (*tls.Config, error) {
	issued, err := c.issue(pkix.Name{CommonName: commonName})
	if err != nil {
		return nil, err
	}
	certificate, err := tls.X509KeyPair(issued.cert, issued.key)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(c.cert)
	return &tls.Config{
		Certificates: []tls.Certificate{certificate}, RootCAs: pool, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert,
		NextProtos: []string{"h2"}, MinVersion: tls.VersionTLS13,
	}, nil
}

// writeTLSDir issues a certificate and writes it to dir the way a Kubernetes TLS secret is mounted: tls.crt, tls.key, ca.crt.
func (c *ca) writeTLSDir(dir, commonName string) error {
	issued, err := c.issue(pkix.Name{CommonName: commonName})
	if err != nil {
		return err
	}
	return writeFiles(dir, map[string][]byte{"tls.crt": issued.cert, "tls.key": issued.key, "ca.crt": c.cert})
}

// writeFiles writes files that only their owner may read.
func writeFiles(dir string, files map[string][]byte) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return fmt.Errorf("cannot write %s: %w", name, err)
		}
	}
	return nil
}
