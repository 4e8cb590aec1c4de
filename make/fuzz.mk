# How long each target runs: a count of runs, or a time. Before Go 1.27 a time may end with
# "context deadline exceeded" though nothing failed (golang/go#75804); a count has no such
# end, and a run of it that fails has found something.
FUZZTIME ?= 10000x

# Where inputs are kept that reach new code. Empty: where Go keeps them, so that each run
# begins where the last one ended.
FUZZCACHE ?=

# Each fuzz target of the product by itself: Go fuzzes one at a time. Without a bound it
# takes up to a minute for each such input to make it smaller.
.PHONY: fuzz
fuzz: ## Run each fuzz target FUZZTIME (10000x or 30s)
	@for pkg in $$(grep -rl '^func Fuzz' --include='*_test.go' fn | xargs -n1 dirname | sort -u); do \
		for target in $$(grep -h '^func Fuzz' $$pkg/*_test.go | sed 's/func \([A-Za-z]*\).*/\1/'); do \
			echo "=== $$pkg $$target"; \
			$(GO) test ./$$pkg -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x \
				$(if $(FUZZCACHE),-args -test.fuzzcachedir=$(FUZZCACHE)) || exit 1; \
		done; \
	done
