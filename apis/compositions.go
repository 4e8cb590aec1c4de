// Package apis has the Compositions of this project's kinds as they are shipped in the packages.
package apis

import "embed"

// Compositions has the files of the Compositions.
//
//go:embed xprojectregistry/composition.yaml xecrorgaccess/composition.yaml
//go:embed m/projectregistry/composition.yaml m/ecrorgaccess/composition.yaml
var Compositions embed.FS
