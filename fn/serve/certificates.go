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

// certificates are those in a directory. Each handshake and each scrape of the metrics reads the files:
// handshakes are rare and the files small, so nothing has to watch them.
type certificates struct {
	dir     string
	metrics *Metrics
	log     logging.Logger

	mx   sync.Mutex
	seen certificateFiles // whether they could be used or not
	used certificateSet
}

// loadCertificates fails if the directory holds no set that can be used.
func loadCertificates(dir string, m *Metrics, log logging.Logger) (*certificates, error) {
	files, err := readCertificates(dir)
	if err != nil {
		return nil, err
	}
	set, err := files.parse()
	if err != nil {
		return nil, err
	}
	c := &certificates{dir: dir, metrics: m, log: log, seen: files, used: set}
	m.certificateExpiry(func() time.Time { return c.current().notAfter })
	return c, nil
}

// credentials ask for the set in use in each handshake.
func (c *certificates) credentials() credentials.TransportCredentials {
	return credentials.NewTLS(&tls.Config{
		MinVersion:         tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return c.current().config, nil },
	})
}

// current returns the newest set that can be used. It logs a changed set once.
func (c *certificates) current() certificateSet {
	c.mx.Lock()
	defer c.mx.Unlock()
	files, err := readCertificates(c.dir)
	if files == c.seen {
		return c.used
	}
	c.seen = files
	set := certificateSet{}
	if err == nil {
		set, err = files.parse()
	}
	if err != nil {
		c.metrics.rotations.WithLabelValues("refused").Inc()
		c.log.Info("Cannot use the rotated certificates, the set in use stays", "directory", c.dir, "error", err.Error())
		return c.used
	}
	c.used = set
	c.metrics.rotations.WithLabelValues("used").Inc()
	c.log.Info("Use the rotated certificates", "directory", c.dir, "notAfter", set.notAfter)
	return c.used
}

// certificateFiles are the contents of the files of a set.
type certificateFiles struct{ certificate, key, ca string }

// readCertificates reads the files that it can.
func readCertificates(dir string) (certificateFiles, error) {
	var f certificateFiles
	var errs []error
	for name, content := range map[string]*string{"tls.crt": &f.certificate, "tls.key": &f.key, "ca.crt": &f.ca} {
		b, err := os.ReadFile(filepath.Join(dir, name)) //nolint:gosec // the operator's directory
		*content, errs = string(b), append(errs, err)
	}
	return f, errors.Join(errs...)
}

// A certificateSet is made of files that belong together.
type certificateSet struct {
	config   *tls.Config
	notAfter time.Time // of the server's certificate
}

// parse returns a set that requires clients to have a certificate of one of the CAs.
func (f certificateFiles) parse() (certificateSet, error) {
	pair, err := tls.X509KeyPair([]byte(f.certificate), []byte(f.key))
	if err != nil {
		return certificateSet{}, fmt.Errorf("cannot use tls.crt with tls.key: %w", err)
	}
	if time.Now().After(pair.Leaf.NotAfter) {
		return certificateSet{}, fmt.Errorf("tls.crt expired at %s", pair.Leaf.NotAfter.UTC().Format(time.RFC3339))
	}
	cas, err := parseCAs([]byte(f.ca))
	if err != nil {
		return certificateSet{}, fmt.Errorf("cannot use ca.crt: %w", err)
	}
	return certificateSet{
		config: &tls.Config{
			MinVersion:   tls.VersionTLS12,
			Certificates: []tls.Certificate{pair},
			ClientCAs:    cas,
			ClientAuth:   tls.RequireAndVerifyClientCert,
			// A resumed session would keep a client that the new CAs do not know.
			SessionTicketsDisabled: true,
		},
		notAfter: pair.Leaf.NotAfter,
	}, nil
}

// parseCAs reads all certificates of a PEM file. Unlike x509.CertPool it refuses a file whose end is missing,
// which would be a smaller set of CAs.
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
