package xpkg_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// An authority is the one that Crossplane signs the certificates of functions with, and its own.
type authority struct {
	parsed    *x509.Certificate
	signer    *rsa.PrivateKey
	cert, key []byte // PEM; the key is PKCS#1, which Crossplane expects
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	signer, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "crossplane-ecr xpkg test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, signer.Public(), signer)
	must(t, err)
	parsed, err := x509.ParseCertificate(der)
	must(t, err)
	cert, key := encodePEM(der, signer)
	return &authority{parsed: parsed, signer: signer, cert: cert, key: key}
}

// secret is the data of the Secret crossplane-root-ca.
func (a *authority) secret() map[string]any {
	return map[string]any{
		"tls.crt": base64.StdEncoding.EncodeToString(a.cert),
		"tls.key": base64.StdEncoding.EncodeToString(a.key),
	}
}

// writeClient writes the certificate with which Crossplane calls functions.
func (a *authority) writeClient(t *testing.T, dir string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	name := "crossplane." + systemNamespace
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, a.parsed, key.Public(), a.signer)
	must(t, err)
	cert, keyPEM := encodePEM(der, key)
	must(t, os.MkdirAll(dir, 0o700))
	for file, data := range map[string][]byte{"tls.crt": cert, "tls.key": keyPEM, "ca.crt": a.cert} {
		must(t, os.WriteFile(filepath.Join(dir, file), data, 0o600))
	}
}

func encodePEM(der []byte, key *rsa.PrivateKey) (cert, keyPEM []byte) {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
}
