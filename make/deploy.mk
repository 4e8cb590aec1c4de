# -count=1: Go would cache the result even if files outside the module change.
.PHONY: test-deploy
test-deploy: ## Check what is shipped beside the packages with the tools that read it: kustomize, Argo CD, Flux, code scanning
	cd test/deploy && $(GO) test -count=1 ./...
