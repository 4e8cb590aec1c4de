# What is looked at besides tests.
TOOLS := $(CURDIR)/bin/tools

$(TOOLS)/golangci-lint: tools/lint/go.mod tools/lint/go.sum
	cd tools/lint && $(GO) build -o $@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

.PHONY: lint
lint: $(TOOLS)/golangci-lint ## Lint the product
	$(TOOLS)/golangci-lint run ./...

.PHONY: fmt
fmt: $(TOOLS)/golangci-lint ## Format the product
	$(TOOLS)/golangci-lint fmt ./...
