package soak

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/resolver/manual"

	"github.com/ontopix/crossplane-ecr/internal/tlstest"
)

func build(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "function")
	cmd := exec.Command("go", "build", "-trimpath", "-o", bin, "../../fn")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if msg, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("cannot build the function: %v\n%s", err, msg)
	}
	return bin
}

// A server is a process of the function.
type server struct {
	cmd              *exec.Cmd
	address, metrics string
	dir              string // of its certificates
	certificate      string // the serial number of the newest valid one
}

func start(t *testing.T, bin string, ca *tlstest.CA) *server {
	t.Helper()
	s := &server{address: free(t), metrics: free(t), dir: t.TempDir()}
	s.mount(t, ca)
	s.cmd = exec.Command(bin, "--address", s.address, "--metrics-address", s.metrics, "--tls-certs-dir", s.dir)
	s.cmd.Env = append(os.Environ(), "GOGC="+strconv.Itoa(gogc), "GOMEMLIMIT=410MiB") // as deploy sets them
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	s.cmd.Stderr = log
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if s.cmd.ProcessState == nil {
			_ = s.cmd.Process.Kill()
			_ = s.cmd.Wait()
		}
		_ = log.Close()
	})
	await(t, "the server starts", func() bool {
		c, err := net.Dial("tcp", s.address)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
	return s
}

// free returns an address on which nothing listens.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// terminate sends SIGTERM, and waits until the server has stopped. It exits without an error only if it answered all
// requests.
func (s *server) terminate(t *testing.T) {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("the server did not stop gracefully: %v", err)
	}
}

func (s *server) connect(t *testing.T, ca *tlstest.CA) *grpc.ClientConn {
	t.Helper()
	return newAddresses(s.address).connect(t, ca)
}

// metric returns the value of a series without labels.
func (s *server) metric(t *testing.T, series string) float64 {
	t.Helper()
	rsp, err := http.Get("http://" + s.metrics + "/metrics") //nolint:noctx // a test
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rsp.Body.Close() }()
	for lines := bufio.NewScanner(rsp.Body); lines.Scan(); {
		if v, ok := strings.CutPrefix(lines.Text(), series+" "); ok {
			n, err := strconv.ParseFloat(v, 64)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatalf("there is no metric %s", series)
	return 0
}

// gogc is GOGC: the growth of the heap, in percent, after which Go collects garbage.
const gogc = 400

// live returns the size of the heap after the last garbage collection, in MiB. It follows from the size at which the
// next one starts.
func (s *server) live(t *testing.T) float64 {
	t.Helper()
	return s.metric(t, "go_memstats_next_gc_bytes") / (1 + gogc/100.0) / (1 << 20)
}

// mount gives the server a new certificate.
func (s *server) mount(t *testing.T, ca *tlstest.CA) {
	t.Helper()
	files := ca.Files()
	tlstest.Mount(t, s.dir, files)
	block, _ := pem.Decode(files["tls.crt"])
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	s.certificate = cert.SerialNumber.String()
}

// settle calls sequentially until Go has collected garbage five times.
func (s *server) settle(t *testing.T, conn *grpc.ClientConn, kinds []kind) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	for end := s.metric(t, "go_gc_duration_seconds_count") + 5; s.metric(t, "go_gc_duration_seconds_count") < end; {
		for i := range kinds {
			k := &kinds[i]
			if k.name != "steady of 10" {
				continue
			}
			if _, err := k.invoke(ctx, conn); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// rotate replaces the certificates, as the kubelet does, with new ones or with a broken set. A new connection must get
// the newest valid certificate.
func (s *server) rotate(t *testing.T, ca *tlstest.CA, broken bool) {
	t.Helper()
	if broken {
		tlstest.Mount(t, s.dir, map[string][]byte{"tls.key": []byte("half")})
	} else {
		s.mount(t, ca)
	}
	if got := s.serial(t, ca); got != s.certificate {
		t.Errorf("after a rotation (broken: %t) the server has certificate %s, want %s", broken, got, s.certificate)
	}
}

// serial returns the serial number of the certificate that the server presents.
func (s *server) serial(t *testing.T, ca *tlstest.CA) string {
	t.Helper()
	d := &tls.Dialer{Config: ca.Client()}
	c, err := d.Dial("tcp", s.address)
	if err != nil {
		t.Errorf("cannot connect: %v", err)
		return ""
	}
	defer func() { _ = c.Close() }()
	return c.(*tls.Conn).ConnectionState().PeerCertificates[0].SerialNumber.String() //nolint:forcetypeassert // of a tls.Dialer
}

// hostileConnections opens connections that never become calls: some are silent, some speak HTTP/1.1, some have no
// certificate. All end abruptly.
func (s *server) hostileConnections(t *testing.T) {
	t.Helper()
	for i := range 30 {
		c, err := net.DialTimeout("tcp", s.address, 5*time.Second)
		if err != nil {
			t.Errorf("cannot connect: %v", err)
			return
		}
		switch i % 3 {
		case 0:
			_, _ = fmt.Fprintf(c, "GET / HTTP/1.1\r\n\r\n")
		case 1:
			_ = tls.Client(c, &tls.Config{InsecureSkipVerify: true}).HandshakeContext(t.Context())
		}
		if tcp, ok := c.(*net.TCPConn); ok && i%2 == 0 {
			_ = tcp.SetLinger(0)
		}
		time.AfterFunc(time.Duration(i)*10*time.Millisecond, func() { _ = c.Close() })
	}
}

// addresses are the function's addresses, as a headless Service returns them to clients.
type addresses struct {
	mx      sync.Mutex
	now     []string
	clients []*manual.Resolver
}

func newAddresses(list ...string) *addresses {
	return &addresses{now: list}
}

func state(list []string) resolver.State {
	var s resolver.State
	for _, address := range list {
		s.Endpoints = append(s.Endpoints, resolver.Endpoint{Addresses: []resolver.Address{{Addr: address}}})
	}
	return s
}

func (a *addresses) set(list ...string) {
	a.mx.Lock()
	defer a.mx.Unlock()
	a.now = list
	for _, r := range a.clients {
		r.UpdateState(state(list))
	}
}

// connect connects as Crossplane does, round robin over all addresses. Its window is HTTP/2's default, so that large
// answers wait for their reader.
func (a *addresses) connect(t *testing.T, ca *tlstest.CA) *grpc.ClientConn {
	t.Helper()
	a.mx.Lock()
	defer a.mx.Unlock()
	r := manual.NewBuilderWithScheme("soak")
	r.InitialState(state(a.now))
	a.clients = append(a.clients, r)
	conn, err := grpc.NewClient("soak:///function",
		grpc.WithResolvers(r),
		grpc.WithDefaultServiceConfig(`{"loadBalancingConfig": [{"round_robin": {}}]}`),
		grpc.WithTransportCredentials(credentials.NewTLS(ca.Client())),
		grpc.WithStaticStreamWindowSize(64<<10), grpc.WithStaticConnWindowSize(1<<20),
		grpc.WithDefaultCallOptions(grpc.MaxCallSendMsgSize(64<<20)))
	if err != nil {
		t.Fatal(err)
	}
	conn.Connect()
	return conn
}
