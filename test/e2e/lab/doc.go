// Package lab is a plane (package plane) with everything that a claim needs: the provider's kinds and a provider
// config, the product's XRDs, Compositions and function, and a provider. The provider is the stand-in (package standin)
// with its simulated account, unless the environment names binaries of the real one: see realProvider.
package lab
