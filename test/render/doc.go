// Package render tests what the examples of this repository are rendered to: in
// process, by every supported Crossplane, and against golden files.
//
//   - testdata/<example>/first.yaml is what the first reconcile renders;
//   - testdata/<example>/observed.yaml is what is rendered once the provider has
//     reported what the example's observed.yaml says.
//
// Both hold what all engines agree on (engine.Normalize). `make golden` writes
// them, and the examples' derived files, anew; read the difference before you
// commit it.
package render
