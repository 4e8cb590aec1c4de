# -count=1: Go would cache the result even if files outside the module change.
.PHONY: test-xrd
test-xrd: ## Check the schemas, the Compositions, the examples and the package metadata with the API server, Crossplane and the provider
	cd test/xrd && $(GO) test -count=1 ./...
