# Packages, without Docker.
#   make xpkg VERSION=v0.1.0                             into dist/
#   make xpkg VERSION=v0.1.0 REGISTRY=registry.example.org   and push them
VERSION  ?= v0.0.0-dev
REGISTRY ?=

.PHONY: xpkg
xpkg: ## Build the packages into dist/ (VERSION=, and REGISTRY= to push them)
	cd tools/xpkg && $(GO) run . -version=$(VERSION) -registry=$(REGISTRY)
