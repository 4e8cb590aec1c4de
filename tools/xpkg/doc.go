// Command xpkg builds and pushes the packages: the function with its runtime image,
// for each architecture, the configurations and, with -cli, the image of kubectl-ecr. It
// needs no Docker.
//
// Packages are reproducible: two builds of one commit give one digest. Nothing in them
// tells the time, the machine or the path that they were built at.
package main
