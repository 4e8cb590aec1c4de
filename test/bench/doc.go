// Package bench measures what the function costs. See docs/performance.md.
package bench
