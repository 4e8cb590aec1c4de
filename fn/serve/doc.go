// Package serve answers Crossplane's calls of a composition function: gRPC with mutual TLS, both versions of
// the protocol, health and reflection on one port, and Prometheus metrics on another.
//
// It exists because the SDK's server reads its certificates once, cuts off the requests in flight when the pod
// stops, and ends with the first panic. What it promises:
//
//   - Each request gets an answer or a reason. A panic, an answer that cannot be encoded and an answer that is
//     too large become a Fatal result of that one request. Crossplane then changes nothing.
//   - Memory and CPU are bounded, by the size of a request, the streams of a connection and the requests in
//     work at once. Other requests wait their turn until their deadline.
//   - Rotated certificates are used from the next connection on. A set that is half written or wrong is logged
//     once, and the set in use stays.
//   - A stop loses nothing: health turns to NOT_SERVING, no connection is accepted, and requests in flight are
//     answered.
//   - Log and metrics hold no spec, connection detail or credential.
package serve
