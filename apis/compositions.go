// Package apis has the Compositions of this project's kinds as the packages ship them.
package apis

import "embed"

// Compositions are the files of the Compositions.
//
//go:embed xprojectregistry/composition.yaml xecrorgaccess/composition.yaml
//go:embed m/projectregistry/composition.yaml m/ecrorgaccess/composition.yaml
var Compositions embed.FS
