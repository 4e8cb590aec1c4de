SOAK_TIME ?= 60s

.PHONY: soak
soak: ## Load and faults: the real server with mTLS, 2,000 callers, rotations and rollouts (SOAK_TIME=60s)
	$(GO) test ./test/soak -count=1 -v -timeout 20m -run TestSoak -soak=$(SOAK_TIME)
