// Package xpkg tests the packages the way a platform team installs them: Crossplane's own package manager takes the
// Configuration from a registry, resolves its dependencies, and runs the function in a Deployment. There is no node, so
// a stand-in for the kubelet starts the image's program as the Deployment says.
//
// The packages are byte for byte those that are published: an ImageConfig sends Crossplane to a registry on loopback in
// place of the one that they name.
package xpkg
