// Package soak puts the real binary under load and faults: see TestSoak.
package soak
