# -count=1: Go caches a test whatever happens to files outside of its module.
.PHONY: test-deploy
test-deploy: ## Hold what is shipped beside the packages against the tools that read it: kustomize, Argo CD, Flux, code scanning
	cd test/deploy && $(GO) test -count=1 ./...
