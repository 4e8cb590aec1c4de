# -count=1: Go caches a test whatever happens to files outside of its module.
.PHONY: test-xrd
test-xrd: ## Hold the schemas, the Compositions and the package metadata against the API server and Crossplane
	cd test/xrd && $(GO) test -count=1 ./...
