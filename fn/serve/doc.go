// Package serve puts a composition function on the network, the way Crossplane calls it: gRPC with mutual TLS, both
// versions of the protocol, health and reflection on the same port, and metrics on a port of their own.
//
// It exists because the SDK's Serve reads its certificates once, ends every request in flight when the pod is told to
// stop, and dies with the first panic. What is promised here:
//
//   - A request is answered, or refused with the reason. A panic, an answer that cannot be encoded and an answer larger
//     than Crossplane accepts each become a Fatal result of that one request: Crossplane then changes nothing.
//   - Memory and CPU are bounded: the size of a request, the streams of a connection, and the requests in work at once.
//     Those beyond wait in order until their own deadline; one whose caller is gone is not worked on.
//   - Certificates are read again when they rotate. A set that is half written or wrong is told in the log once, and the
//     one in use stays.
//   - Stopping loses nothing: health goes first, then new connections, and requests in flight are finished.
//   - The log and the metrics name composite resources and rules, never the content of a spec, a connection detail or a
//     credential.
package serve
