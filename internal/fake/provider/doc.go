// Package provider simulates the AWS provider for tests: a controller for each kind creates, observes, updates and
// deletes managed resources in a fake account (package cloud) as provider-aws v2.5.0 does, surprises included:
//
//   - An update that would replace a resource is refused, and stays refused: a LifecyclePolicy's policy, a repository's
//     encryption, any region.
//   - The external-name of a kind that AWS names (LifecyclePolicy, RepositoryPolicy, OpenIDConnectProvider and the
//     registry's settings) is saved only with LateInitialize. Otherwise a restarted provider creates the resource again.
//   - A resource that exists under the external-name is adopted. Tags that the spec does not have are removed from it.
//   - A creation that fails is not retried for a while.
//   - The finalizer of an object without a Delete policy is removed without a call to AWS.
//   - Objects that only observe need an external-name. If their kind is stored in another version than it is served in,
//     they are observed when they change or are polled, not when they appear.
//
// Each of these was measured on the real provider. The package does not simulate credentials, initProvider and
// connection secrets.
//
// The package needs no API server. Tests of the function use one in memory (package fntest), end-to-end tests a real
// one (package standin of test/e2e), and the examples none: they show objects as Observe changes them.
package provider
