# Every target that CI, a developer or the README calls. Groups live in make/.
GO ?= go
.DEFAULT_GOAL := help

.PHONY: help
help: ## Show the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  %-16s %s\n", $$1, $$2}'

.PHONY: build
build: ## Build the function into bin/
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/function ./fn

.PHONY: test
test: ## Test the product
	$(GO) test ./...

include $(wildcard make/*.mk)
