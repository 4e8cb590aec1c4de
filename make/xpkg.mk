# Packages, without Docker: see docs/install.md and docs/versioning.md.
#   make xpkg VERSION=v0.1.0                  into dist/
#   make xpkg VERSION=v0.1.0 PUSH=ghcr.io     and push them there
# REGISTRY is the registry in which the packages find each other. PUSH is the one that they
# are pushed to: the same, or a mirror. CLI=1 builds and pushes the image of kubectl-ecr too.
VERSION  ?= v0.0.0-dev
REGISTRY ?= ghcr.io
PUSH     ?=
CLI      ?=

.PHONY: xpkg
xpkg: ## Build the packages into dist/ (VERSION=, and PUSH=<registry> to push them)
	cd tools/xpkg && $(GO) run . -version=$(VERSION) -registry=$(REGISTRY) -push=$(PUSH) $(if $(CLI),-cli)

.PHONY: xpkg-test
xpkg-test: ## Check the packages, and install them from a registry on a real control plane (E2E_VERSION=2.4 or 1.20)
	cd tools/xpkg && $(GO) test -count=1 -timeout 30m ./...
	cd test/e2e && E2E_VERSION=$(E2E_VERSION) $(GO) test -v -count=1 -timeout 40m ./xpkg
