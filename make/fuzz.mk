# The length of each target's run: a number of inputs, or a time. Before Go 1.27 a time may end
# with "context deadline exceeded" although nothing failed (golang/go#75804). With a number, a
# failure is always a finding.
FUZZTIME ?= 10000x

# The folder for inputs that reach new code. If it is empty, Go keeps them in its cache, so that
# each run begins where the last one ended.
FUZZCACHE ?=

# Go fuzzes one target at a time. It takes up to a minute to minimize each input that reaches
# new code, unless -fuzzminimizetime bounds that.
.PHONY: fuzz
fuzz: ## Run each fuzz target FUZZTIME (10000x or 30s)
	@for pkg in $$(grep -rl '^func Fuzz' --include='*_test.go' fn | xargs -n1 dirname | sort -u); do \
		for target in $$(grep -h '^func Fuzz' $$pkg/*_test.go | sed 's/func \([A-Za-z]*\).*/\1/'); do \
			echo "=== $$pkg $$target"; \
			$(GO) test ./$$pkg -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x \
				$(if $(FUZZCACHE),-args -test.fuzzcachedir=$(FUZZCACHE)) || exit 1; \
		done; \
	done
