// Package xpkg tests the packages the way a platform team installs them: Crossplane's own package manager takes the
// Configuration from a registry, finds what it depends on, and runs the function in a Deployment. There is no node, so a
// stand-in for the kubelet starts the image's own program with what Crossplane wrote into the Deployment.
//
// The packages are those that are published, byte by byte: an ImageConfig sends Crossplane to a registry on loopback instead of
// the one that they name.
package xpkg
