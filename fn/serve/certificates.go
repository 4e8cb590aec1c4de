package serve

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/crossplane/function-sdk-go/logging"
)

// Files in the directory of certificates, as in a Kubernetes Secret of type kubernetes.io/tls with the CA beside.
const (
	certificateFile = "tls.crt"
	keyFile         = "tls.key"
	caFile          = "ca.crt"
)

// certificates is the set in use. The files are looked at in each handshake: handshakes are rare and the three files
// small, so nothing has to watch them or to wait, and the connection after a rotation already has the new set.
type certificates struct {
	dir     string
	metrics *Metrics
	log     logging.Logger

	mx     sync.Mutex
	seen   [sha256.Size]byte // of the files when last looked at, whether they could be used or not
	config *tls.Config
}

// loadCertificates reads dir. It fails if dir holds no set that can be used: nothing could be served.
func loadCertificates(dir string, m *Metrics, log logging.Logger) (*certificates, error) {
	files, err := readCertificateFiles(dir)
	if err != nil {
		return nil, err
	}
	set, err := files.parse(time.Now())
	if err != nil {
		return nil, err
	}
	m.certificatesInUse(set.expiry, set.caExpiry)
	return &certificates{dir: dir, metrics: m, log: log, seen: files.hash(), config: set.config}, nil
}

// configForClient is called by crypto/tls in each handshake.
func (c *certificates) configForClient(*tls.ClientHelloInfo) (*tls.Config, error) {
	return c.current(), nil
}

// current returns the configuration with the newest set that can be used.
func (c *certificates) current() *tls.Config {
	c.mx.Lock()
	defer c.mx.Unlock()
	if err := c.reload(); err != nil {
		c.metrics.rotations.WithLabelValues("refused").Inc()
		c.log.Info("Cannot use the rotated certificates, those before stay in use", "directory", c.dir, "error", err.Error())
	}
	return c.config
}

// reload takes changed files into use. It reports each set that cannot be used once.
func (c *certificates) reload() error {
	files, err := readCertificateFiles(c.dir)
	if files.hash() == c.seen {
		return nil
	}
	set := certificateSet{}
	if err == nil {
		set, err = files.parse(time.Now())
	}
	if err != nil {
		// Kubernetes swaps all files at once, but not between two reads of them. Should this be what happened, the
		// second look finds the whole set.
		again, err2 := readCertificateFiles(c.dir)
		if err2 == nil && again.hash() != files.hash() {
			files = again
			set, err = files.parse(time.Now())
		}
	}
	c.seen = files.hash()
	if err != nil {
		return err
	}
	c.config = set.config
	c.metrics.certificatesInUse(set.expiry, set.caExpiry)
	c.metrics.rotations.WithLabelValues("used").Inc()
	c.log.Info("Took rotated certificates into use", "directory", c.dir, "notAfter", set.expiry)
	return nil
}

// certificateFiles is the content of a directory of certificates.
type certificateFiles struct{ certificate, key, ca []byte }

// readCertificateFiles reads what it can, for the hash, and reports the first file that it cannot.
func readCertificateFiles(dir string) (certificateFiles, error) {
	var f certificateFiles
	var errs []error
	for name, content := range map[string]*[]byte{certificateFile: &f.certificate, keyFile: &f.key, caFile: &f.ca} {
		b, err := os.ReadFile(filepath.Join(dir, name)) //nolint:gosec // the directory is the operator's, the names are ours
		*content = b
		errs = append(errs, err)
	}
	return f, errors.Join(errs...)
}

func (f certificateFiles) hash() [sha256.Size]byte {
	h := sha256.New()
	for _, content := range [][]byte{f.certificate, f.key, f.ca} {
		sum := sha256.Sum256(content)
		h.Write(sum[:])
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// A certificateSet is made of files that fit together.
type certificateSet struct {
	config           *tls.Config
	expiry, caExpiry time.Time
}

// parse makes a configuration of the files, which requires that clients have a certificate of one of the CAs.
func (f certificateFiles) parse(now time.Time) (certificateSet, error) {
	pair, err := tls.X509KeyPair(f.certificate, f.key)
	if err != nil {
		return certificateSet{}, fmt.Errorf("cannot use %s with %s: %w", certificateFile, keyFile, err)
	}
	if now.After(pair.Leaf.NotAfter) {
		return certificateSet{}, fmt.Errorf("%s expired at %s", certificateFile, pair.Leaf.NotAfter.UTC().Format(time.RFC3339))
	}
	cas, err := parseCAs(f.ca)
	if err != nil {
		return certificateSet{}, fmt.Errorf("cannot use %s: %w", caFile, err)
	}
	pool, caExpiry := x509.NewCertPool(), cas[0].NotAfter
	for _, ca := range cas {
		pool.AddCert(ca)
		if ca.NotAfter.Before(caExpiry) {
			caExpiry = ca.NotAfter
		}
	}
	return certificateSet{
		config: &tls.Config{
			MinVersion:   tls.VersionTLS12,
			Certificates: []tls.Certificate{pair},
			ClientCAs:    pool,
			ClientAuth:   tls.RequireAndVerifyClientCert,
			// A resumed session would keep a client that the new CAs do not know.
			SessionTicketsDisabled: true,
		},
		expiry:   pair.Leaf.NotAfter,
		caExpiry: caExpiry,
	}, nil
}

// parseCAs reads all certificates of a PEM file. x509.CertPool skips what it cannot read; here a file of which the end is
// missing must not pass for a smaller set of CAs.
func parseCAs(file []byte) ([]*x509.Certificate, error) {
	var cas []*x509.Certificate
	for {
		block, rest := pem.Decode(file)
		if block == nil {
			break
		}
		file = rest
		if block.Type != "CERTIFICATE" {
			continue
		}
		ca, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		cas = append(cas, ca)
	}
	if bytes.Contains(file, []byte("-----BEGIN")) {
		return nil, errors.New("the last PEM block is incomplete")
	}
	if len(cas) == 0 {
		return nil, errors.New("no certificate in it")
	}
	return cas, nil
}
