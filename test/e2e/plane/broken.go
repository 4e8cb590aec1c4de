package plane

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
)

// A Breakage is how a broken function answers.
type Breakage string

// Breakages.
const (
	// Garbage answers with bytes that are no message.
	Garbage Breakage = "garbage"
	// Panic ends the connection in the middle of a call, as the end of the process does.
	Panic Breakage = "panic"
	// Silence never answers.
	Silence Breakage = "silence"
)

// StartBroken serves a function that is broken in one way, with the certificates of a healthy one, and returns its address and
// what stops it. Crossplane calls it after Function.ServeFrom.
func (p *Plane) StartBroken(how Breakage) (address string, stop func(), err error) {
	cert, err := p.authority.issue("broken", "")
	if err != nil {
		return "", nil, err
	}
	pair, err := tls.X509KeyPair(cert.cert, cert.key)
	if err != nil {
		return "", nil, err
	}
	clients := x509.NewCertPool()
	clients.AppendCertsFromPEM(p.authority.cert)

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	remember := &connections{Listener: l}
	var server *grpc.Server
	server = grpc.NewServer(
		grpc.Creds(credentials.NewTLS(&tls.Config{
			Certificates: []tls.Certificate{pair},
			ClientCAs:    clients,
			ClientAuth:   tls.RequireAndVerifyClientCert,
			MinVersion:   tls.VersionTLS13,
		})),
		grpc.ForceServerCodecV2(raw{}),
		grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
			var request []byte
			if err := stream.RecvMsg(&request); err != nil {
				return err
			}
			switch how {
			case Garbage:
				return stream.SendMsg([]byte("\xff\xff this is no protobuf message"))
			case Panic:
				remember.closeAll()
				return nil
			default:
				<-stream.Context().Done()
				return stream.Context().Err()
			}
		}),
	)
	go func() { _ = server.Serve(remember) }()
	return l.Addr().String(), server.Stop, nil
}

// raw is a codec that leaves bytes as they are.
type raw struct{}

var _ encoding.CodecV2 = raw{}

func (raw) Name() string { return "proto" }

func (raw) Marshal(v any) (mem.BufferSlice, error) {
	b, ok := v.([]byte)
	if !ok {
		return nil, fmt.Errorf("not bytes: %T", v)
	}
	return mem.BufferSlice{mem.SliceBuffer(b)}, nil
}

func (raw) Unmarshal(data mem.BufferSlice, v any) error {
	b, ok := v.(*[]byte)
	if !ok {
		return fmt.Errorf("not bytes: %T", v)
	}
	*b = data.Materialize()
	return nil
}
