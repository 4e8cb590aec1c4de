# -count=1: Go caches a test whatever happens to files outside of its module.
.PHONY: test-xrd
test-xrd: ## Hold the schemas, the Compositions, the examples and the package metadata against the API server, Crossplane and the provider
	cd test/xrd && $(GO) test -count=1 ./...
