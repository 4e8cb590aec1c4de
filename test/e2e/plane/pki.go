package plane

import (
	"crypto/rand"
	"crypto/rsa"
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

// keyBits are enough for keys that live as long as a test.
const keyBits = 2048

// A certificate is a certificate and its key, PEM encoded.
type certificate struct{ cert, key []byte }

// A ca signs every certificate of one plane.
type ca struct {
	certificate
	parsed *x509.Certificate
	signer *rsa.PrivateKey
}

// newCA returns a fresh authority.
func newCA() (*ca, error) {
	signer, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, err
	}
	tmpl := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "crossplane-ecr e2e"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(30 * 24 * time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, signer.Public(), signer)
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &ca{certificate: encode(der, signer), parsed: parsed, signer: signer}, nil
}

// issue signs a certificate for both ends of a connection, in the name of an organisation's member (Kubernetes reads the
// organisation as a group), valid on loopback and for the given DNS names.
func (c *ca) issue(commonName, organization string, dnsNames ...string) (certificate, error) {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return certificate{}, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return certificate{}, err
	}
	tmpl := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: commonName},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(30 * 24 * time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		DNSNames:     append([]string{"localhost"}, dnsNames...),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	if organization != "" {
		tmpl.Subject.Organization = []string{organization}
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, c.parsed, key.Public(), c.signer)
	if err != nil {
		return certificate{}, err
	}
	return encode(der, key), nil
}

// encode returns the PEM form. The key is PKCS#1, which Crossplane expects of its root.
func encode(der []byte, key *rsa.PrivateKey) certificate {
	return certificate{
		cert: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		key:  pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}),
	}
}

// writeTLSDir issues a certificate and writes it to dir the way a Kubernetes TLS secret is mounted: tls.crt, tls.key, ca.crt.
func (c *ca) writeTLSDir(dir, commonName string, dnsNames ...string) error {
	cert, err := c.issue(commonName, "", dnsNames...)
	if err != nil {
		return err
	}
	return writeFiles(dir, map[string][]byte{"tls.crt": cert.cert, "tls.key": cert.key, "ca.crt": c.cert})
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
