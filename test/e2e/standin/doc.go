// Package standin has package provider, which plays the AWS provider, work on a test's control plane. What it adds is what needs
// one: references and selectors (a selector that matches nothing costs nothing), provider configs, pauses, polls.
package standin
