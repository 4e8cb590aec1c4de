package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestLicence(t *testing.T) {
	cases := map[string]struct {
		reason string
		files  map[string]string
		want   string
	}{
		"apache":  {reason: "The text may be broken anywhere.", files: map[string]string{"LICENSE": "Apache License\n  Version 2.0, January 2004"}, want: "Apache-2.0"},
		"second":  {reason: "One of several texts is enough.", files: map[string]string{"LICENSE.docs": "all rights reserved", "LICENSE.txt": "Permission is hereby granted, free of charge, ... The above copyright notice and this permission notice"}, want: "MIT"},
		"spelled": {reason: "Some write licence.", files: map[string]string{"licence.md": "Mozilla Public License, version 2.0"}, want: "MPL-2.0"},
		"unknown": {reason: "A licence that nobody decided on is refused.", files: map[string]string{"LICENSE": "GNU AFFERO GENERAL PUBLIC LICENSE Version 3"}},
		"none":    {reason: "Without a licence nothing may be used.", files: map[string]string{"README": "Apache License, Version 2.0"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for f, text := range tc.files {
				if err := os.WriteFile(filepath.Join(dir, f), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			got, err := licence(dir)
			if got != tc.want || (err == nil) != (tc.want != "") {
				t.Errorf("%s\nlicence(...): want %q, got %q, %v", tc.reason, tc.want, got, err)
			}
		})
	}
}
