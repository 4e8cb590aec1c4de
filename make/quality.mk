# Checks besides the tests.
TOOLS := $(CURDIR)/bin/tools

$(TOOLS)/golangci-lint: tools/lint/go.mod tools/lint/go.sum
	cd tools/lint && $(GO) build -o $@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

$(TOOLS)/actionlint: tools/actionlint/go.mod tools/actionlint/go.sum
	cd tools/actionlint && $(GO) build -o $@ github.com/rhysd/actionlint/cmd/actionlint

.PHONY: lint
lint: $(TOOLS)/golangci-lint $(TOOLS)/actionlint ## Lint the product, and the workflows that publish it or are examples
	$(TOOLS)/golangci-lint run ./...
	$(TOOLS)/actionlint .github/workflows/*.yml examples/github/workflows/*.yml
	$(GO) test ./test/workflows

.PHONY: fmt
fmt: $(TOOLS)/golangci-lint ## Format the product
	$(TOOLS)/golangci-lint fmt ./...

$(TOOLS)/govulncheck: tools/vuln/go.mod tools/vuln/go.sum
	cd tools/vuln && $(GO) build -o $@ golang.org/x/vuln/cmd/govulncheck

$(TOOLS)/licences: tools/licences/go.mod tools/licences/go.sum $(wildcard tools/licences/*.go)
	cd tools/licences && $(GO) build -o $@ .

.PHONY: vulncheck
vulncheck: $(TOOLS)/govulncheck ## Look for known vulnerabilities that the programs reach (needs vuln.go.dev)
	$(TOOLS)/govulncheck ./fn ./cmd/kubectl-ecr

.PHONY: licences
licences: $(TOOLS)/licences ## List the licences of what is linked into the programs; fail for one that is not allowed
	@$(TOOLS)/licences ./fn ./cmd/kubectl-ecr
