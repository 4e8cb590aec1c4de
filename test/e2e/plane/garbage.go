package plane

import (
	"net"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/protobuf/types/known/emptypb"
)

// ServeGarbage serves a function that answers with bytes that are not a message, with a certificate of the plane's
// authority. It returns the address, for Function.ServeFrom, and a function that stops serving.
func (p *Plane) ServeGarbage() (address string, stop func(), err error) {
	config, err := p.authority.config("garbage")
	if err != nil {
		return "", nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	// A message keeps unknown fields, and is sent with them.
	garbage := &emptypb.Empty{}
	garbage.ProtoReflect().SetUnknown([]byte("\xff\xff this is no protobuf message"))
	server := grpc.NewServer(grpc.Creds(credentials.NewTLS(config)),
		grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
			if err := stream.RecvMsg(&emptypb.Empty{}); err != nil {
				return err
			}
			return stream.SendMsg(garbage)
		}))
	go func() { _ = server.Serve(l) }()
	return l.Addr().String(), server.Stop, nil
}
