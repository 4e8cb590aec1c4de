# kubectl-ecr, the command line: see docs/kubectl-ecr.
.PHONY: kubectl-ecr
kubectl-ecr: ## Build the command line into bin/
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/kubectl-ecr ./cmd/kubectl-ecr

# The archives of kubectl-ecr that a release has.
CLI_PLATFORMS ?= linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64

.PHONY: cli-archives
cli-archives: $(CURDIR)/bin/tools/licences ## Build archives of the command line into dist/ (VERSION=, CLI_PLATFORMS=)
	@mkdir -p dist/archives
	@$< -o dist/archives/NOTICES ./cmd/kubectl-ecr
	@for platform in $(CLI_PLATFORMS); do \
		os=$${platform%/*}; arch=$${platform#*/}; dir=dist/archives/kubectl-ecr-$$os-$$arch; exe=; \
		[ $$os = windows ] && exe=.exe; \
		CGO_ENABLED=0 GOOS=$$os GOARCH=$$arch $(GO) build -trimpath -buildvcs=false \
			-ldflags='-s -w -buildid= -X github.com/ontopix/crossplane-ecr/internal/cli/version.number=$(VERSION)' \
			-o $$dir/kubectl-ecr$$exe ./cmd/kubectl-ecr || exit 1; \
		cp LICENSE dist/archives/NOTICES $$dir/; \
		tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C $$dir -c . | gzip -n > dist/kubectl-ecr-$(VERSION)-$$os-$$arch.tar.gz || exit 1; \
	done
