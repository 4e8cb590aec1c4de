.PHONY: generate
generate: ## Write the XRDs, the schemas and the API reference from the Go types
	cd tools/generate && $(GO) run .

# -count=1: Go would cache the result even if files outside the module change.
.PHONY: test-generate
test-generate: ## Fail when a generated file differs from its source
	cd tools/generate && $(GO) test -count=1 ./...
