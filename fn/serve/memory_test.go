package serve

import (
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"testing"
)

func TestContainerLimit(t *testing.T) {
	type want struct {
		limit int64
		ok    bool
	}
	cases := map[string]struct {
		reason string
		files  map[string]string
		want   want
	}{
		"Version2":          {reason: "A limit is a number of bytes.", files: map[string]string{"memory.max": "134217728\n"}, want: want{limit: 134217728, ok: true}},
		"Version2Unlimited": {reason: "No limit is a word.", files: map[string]string{"memory.max": "max\n"}},
		"Version1":          {reason: "Version 1 has another file.", files: map[string]string{"memory/memory.limit_in_bytes": "268435456\n"}, want: want{limit: 268435456, ok: true}},
		"Version1Unlimited": {reason: "No limit is a number of pages that no machine has.", files: map[string]string{"memory/memory.limit_in_bytes": "9223372036854771712\n"}},
		"None":              {reason: "There may be no cgroups."},
		"Zero":              {reason: "A limit of nothing would collect for ever.", files: map[string]string{"memory.max": "0\n"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			for file, content := range tc.files {
				path := filepath.Join(root, file)
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			limit, ok := containerLimit(root)
			if got := (want{limit: limit, ok: ok}); got != tc.want {
				t.Errorf("%s\ncontainerLimit(...): want %+v, got %+v", tc.reason, tc.want, got)
			}
		})
	}
}

func TestTuneMemory(t *testing.T) {
	percent := debug.SetGCPercent(100)
	limit := debug.SetMemoryLimit(math.MaxInt64)
	t.Cleanup(func() {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
	})

	env := map[string]string{"GOGC": "50", "GOMEMLIMIT": "1GiB"}
	if got, want := TuneMemory(func(name string) string { return env[name] }), (Memory{GCPercent: -1, Limit: -1}); got != want {
		t.Errorf("TuneMemory(...) with both variables set: want %+v, got %+v", want, got)
	}
	if got := debug.SetGCPercent(100); got != 100 {
		t.Errorf("GC percent with GOGC set: want it untouched, got %d", got)
	}
	if got := debug.SetMemoryLimit(-1); got != math.MaxInt64 {
		t.Errorf("memory limit with GOMEMLIMIT set: want it untouched, got %d", got)
	}

	tuned := TuneMemory(func(string) string { return "" })
	if got := debug.SetGCPercent(100); got != gcPercent || tuned.GCPercent != gcPercent {
		t.Errorf("GC percent: want %d, got %d, told %d", gcPercent, got, tuned.GCPercent)
	}
	if got := debug.SetMemoryLimit(-1); got != tuned.Limit || got <= 0 {
		t.Errorf("memory limit: want what is told, %d, got %d", tuned.Limit, got)
	}
}
