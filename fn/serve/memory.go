package serve

import (
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
)

const (
	// gcPercent lets the heap grow to five times what is live before it is collected. A request's memory dies with its
	// answer, so most of what a collection marks is what the process holds for ever. Against Go's 100 a request of 100
	// images takes 10 to 12 % less CPU, and the process 100 to 130 MB under load instead of 65 to 85. Of 800, or of a
	// ballast besides, a few more percent would cost as much memory again.
	gcPercent = 400

	// memoryLimit bounds what that costs where the container has no limit. It is soft: Go collects more often near it,
	// and exceeds it rather than stop.
	memoryLimit = 512 << 20

	// limitShare is the part of a container's limit that Go may use; the kernel counts the binary's pages too.
	limitShare = 0.8
)

// Memory is how Go's garbage collector is set.
type Memory struct {
	GCPercent int   // growth of the heap between collections, in percent of what is live; -1: as GOGC says
	Limit     int64 // soft limit, in bytes; -1: as GOMEMLIMIT says
}

// TuneMemory trades memory for CPU within the limit of the container. The variables GOGC and GOMEMLIMIT, read by getenv,
// win, each for itself.
func TuneMemory(getenv func(string) string) Memory {
	m := Memory{GCPercent: -1, Limit: -1}
	if getenv("GOGC") == "" {
		m.GCPercent = gcPercent
		debug.SetGCPercent(m.GCPercent)
	}
	if getenv("GOMEMLIMIT") == "" {
		m.Limit = memoryLimit
		if container, ok := containerLimit("/sys/fs/cgroup"); ok {
			m.Limit = int64(limitShare * float64(container))
		}
		debug.SetMemoryLimit(m.Limit)
	}
	return m
}

// containerLimit reads the memory limit of the container, in bytes, of either version of cgroups. A container sees its
// own group as the root.
func containerLimit(root string) (int64, bool) {
	for _, file := range []string{"memory.max", "memory/memory.limit_in_bytes"} {
		b, err := os.ReadFile(filepath.Join(root, file)) //nolint:gosec // files of the kernel, by names of ours
		if err != nil {
			continue
		}
		limit, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
		// "max" means none in version 2, and a number near the largest in version 1.
		if err == nil && limit > 0 && limit < math.MaxInt64/2 {
			return limit, true
		}
	}
	return 0, false
}
