// Package serve answers Crossplane's calls of a composition function: gRPC with mutual TLS, both versions of the
// protocol, health and reflection on one port, and Prometheus metrics on another.
//
// It exists because the SDK's server reads its certificates only once, cuts off the requests in flight when the pod
// stops, and crashes with the first panic. It promises:
//
//   - Each request gets an answer or an error that says why not. A panic, an answer that cannot be encoded and an answer
//     that is too large become a Fatal result of that one request. Crossplane then changes nothing.
//   - Memory and CPU are bounded by limits for the size of a request, the streams of a connection and the number of
//     requests that are processed at once. Other requests wait until their deadline.
//   - Rotated certificates are used from the next connection on. A set that is half written or wrong is logged once, and
//     the previous set stays in use.
//   - A stop loses nothing: health turns to NOT_SERVING, no new connection is accepted, and requests in flight are
//     answered.
//   - Logs and metrics hold no spec, connection detail or credential.
package serve
