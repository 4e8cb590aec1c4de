// Package provider plays the AWS provider for tests: a controller per kind that creates, observes, updates and deletes managed
// resources in a fake account (package cloud), the way provider-aws v2.5.0 does it, surprises included:
//
//   - an update that would replace something is refused, and stays refused: a LifecyclePolicy's policy, a repository's
//     encryption, any region;
//   - the external-name of what gets its name from AWS (LifecyclePolicy, RepositoryPolicy, OpenIDConnectProvider and the
//     registry's settings) is written down only with LateInitialize; a provider that restarts creates such objects again;
//   - what exists under the external-name is adopted, its tags included: those that the spec has not are removed;
//   - a creation that fails is not tried again for a while;
//   - the finalizer of an object without a Delete policy is removed without a look at AWS;
//   - objects that only observe need an external-name, and those of a kind stored in another version than it is served
//     in are looked at when they change or are polled, not when they appear.
//
// Each of these was measured on the real provider. What is not here: credentials, initProvider, connection secrets.
//
// It knows no API server. Tests of the function give it one in memory (package fntest), end-to-end tests a real one (package
// standin of test/e2e), and the examples none: they show what Observed says.
package provider
