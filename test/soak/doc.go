// Package soak tests the real binary under load and faults: see TestSoak.
package soak
