FUZZTIME ?= 20s

# Each fuzz target of the product by itself: Go fuzzes one at a time.
.PHONY: fuzz
fuzz: ## Run each fuzz target for FUZZTIME (20s)
	@for pkg in $$(grep -rl '^func Fuzz' --include='*_test.go' fn | xargs -n1 dirname | sort -u); do \
		for target in $$(grep -h '^func Fuzz' $$pkg/*_test.go | sed 's/func \([A-Za-z]*\).*/\1/'); do \
			echo "=== $$pkg $$target"; \
			$(GO) test ./$$pkg -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) || exit 1; \
		done; \
	done
