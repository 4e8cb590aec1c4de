# Benchmarks: docs/performance.md says how to read them.
#   make bench BENCH=Server BENCH_COUNT=6 > new.txt && benchstat old.txt new.txt
BENCH       ?= .
BENCH_COUNT ?= 1
BENCH_TIME  ?= 1s

.PHONY: bench
bench: ## Measure the function (BENCH=regexp, BENCH_COUNT=, BENCH_TIME=), for benchstat
	$(GO) test ./test/bench -run '^$$' -bench '$(BENCH)' -benchtime $(BENCH_TIME) -count $(BENCH_COUNT) -timeout 60m

.PHONY: profile
profile: ## Write a CPU profile of the function to bin/cpu.prof
	@mkdir -p bin
	$(GO) run ./test/bench/cmd/profile -out bin/cpu.prof
