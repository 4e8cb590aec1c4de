// Package standin runs package provider, a model of the AWS provider, on a test's control plane. It adds what needs a
// control plane: references and selectors, provider configs, pauses and polls.
package standin
