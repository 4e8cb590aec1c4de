package serve

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"google.golang.org/grpc/credentials"

	"github.com/crossplane/function-sdk-go/logging"
)

// certificates are the TLS certificates in a directory. Each handshake and each scrape of the metrics reads the files:
// handshakes are rare and the files are small, so nothing needs to watch them.
type certificates struct {
	dir     string
	metrics *Metrics
	log     logging.Logger

	mx   sync.Mutex
	seen certificateFiles // the files that were read last, usable or not
	used *tls.Config      // made of the last files that were usable
}

// loadCertificates loads the certificates in a directory. It fails if they are not usable.
func loadCertificates(dir string, m *Metrics, log logging.Logger) (*certificates, error) {
	files, err := readCertificates(dir)
	if err != nil {
		return nil, err
	}
	config, err := files.parse()
	if err != nil {
		return nil, err
	}
	c := &certificates{dir: dir, metrics: m, log: log, seen: files, used: config}
	m.certificateExpiry(func() time.Time { return notAfter(c.current()) })
	return c, nil
}

// credentials returns credentials that read the certificates in each handshake.
func (c *certificates) credentials() credentials.TransportCredentials {
	return credentials.NewTLS(&tls.Config{
		MinVersion:         tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return c.current(), nil },
	})
}

// current returns the configuration with the newest usable certificates. It logs each change of the files once.
func (c *certificates) current() *tls.Config {
	c.mx.Lock()
	defer c.mx.Unlock()
	files, err := readCertificates(c.dir)
	if files == c.seen {
		return c.used
	}
	c.seen = files
	var config *tls.Config
	if err == nil {
		config, err = files.parse()
	}
	if err != nil {
		c.metrics.rotations.WithLabelValues("refused").Inc()
		c.log.Info("Cannot use the rotated certificates, the set in use stays", "directory", c.dir, "error", err.Error())
		return c.used
	}
	c.used = config
	c.metrics.rotations.WithLabelValues("used").Inc()
	c.log.Info("Use the rotated certificates", "directory", c.dir, "notAfter", notAfter(config))
	return c.used
}

// notAfter returns when the server's certificate expires.
func notAfter(config *tls.Config) time.Time { return config.Certificates[0].Leaf.NotAfter }

// certificateFiles are the contents of the files in a directory.
type certificateFiles struct{ certificate, key, ca string }

// readCertificates reads the files. A file that cannot be read is empty.
func readCertificates(dir string) (certificateFiles, error) {
	var f certificateFiles
	var errs []error
	for name, content := range map[string]*string{"tls.crt": &f.certificate, "tls.key": &f.key, "ca.crt": &f.ca} {
		b, err := os.ReadFile(filepath.Join(dir, name)) //nolint:gosec // the operator's directory
		*content, errs = string(b), append(errs, err)
	}
	return f, errors.Join(errs...)
}

// parse returns a configuration that requires clients to have a certificate of one of the CAs.
func (f certificateFiles) parse() (*tls.Config, error) {
	pair, err := tls.X509KeyPair([]byte(f.certificate), []byte(f.key))
	if err != nil {
		return nil, fmt.Errorf("cannot use tls.crt with tls.key: %w", err)
	}
	if time.Now().After(pair.Leaf.NotAfter) {
		return nil, fmt.Errorf("tls.crt expired at %s", pair.Leaf.NotAfter.UTC().Format(time.RFC3339))
	}
	cas, err := parseCAs([]byte(f.ca))
	if err != nil {
		return nil, fmt.Errorf("cannot use ca.crt: %w", err)
	}
	return &tls.Config{
		MinVersion:   tls.VersionTLS12,
		Certificates: []tls.Certificate{pair},
		ClientCAs:    cas,
		ClientAuth:   tls.RequireAndVerifyClientCert,
		// A resumed session would let in a client that the new CAs do not know.
		SessionTicketsDisabled: true,
	}, nil
}

// parseCAs returns the certificates in a PEM file. Unlike x509.CertPool it refuses a truncated file, which would be a
// smaller set of CAs.
func parseCAs(file []byte) (*x509.CertPool, error) {
	cas := x509.NewCertPool()
	for block, rest := pem.Decode(file); block != nil; block, rest = pem.Decode(file) {
		ca, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		cas.AddCert(ca)
		file = rest
	}
	if cas.Equal(x509.NewCertPool()) || bytes.Contains(file, []byte("-----BEGIN")) {
		return nil, errors.New("it must hold whole certificates in PEM form")
	}
	return cas, nil
}
