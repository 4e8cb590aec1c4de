# The product on a real control plane, without containers: see docs/e2e.md.
E2E_VERSION ?=
E2E_RUN     ?=
E2E_TIMEOUT ?= 40m

.PHONY: e2e
e2e: ## Test claims on a real control plane (E2E_VERSION=2.4 or 1.20 for one; E2E_RUN=<regexp> for some)
	cd test/e2e && $(GO) test -count=1 -timeout $(E2E_TIMEOUT) ./standin
	cd test/e2e && E2E_VERSION=$(E2E_VERSION) $(GO) test -v -count=1 -timeout $(E2E_TIMEOUT) -parallel 8 -run '$(E2E_RUN)' .

.PHONY: provider
provider: ## Build the real provider into .cache/provider, for make e2e with PROVIDER_ECR= and PROVIDER_IAM= (takes long)
	cd "$$($(GO) list -m -f '{{.Dir}}' github.com/upbound/provider-aws/v2)" && CGO_ENABLED=0 $(GO) build -o $(CURDIR)/.cache/provider/ ./cmd/provider/ecr ./cmd/provider/iam

.PHONY: plane
plane: ## Start a control plane to try a claim by hand; Ctrl-C stops it
	cd test/e2e && $(GO) run ./cmd/plane $(if $(E2E_VERSION),--crossplane=$(E2E_VERSION))

.PHONY: e2e-scale
e2e-scale: ## Measure claims beside the floor, in turns on one plane (E2E_VERSION=, E2E_GENERATION=, E2E_CLAIMS=, E2E_IMAGES=, E2E_ROUNDS=)
	cd test/e2e && E2E_SCALE=1 E2E_VERSION=$(or $(E2E_VERSION),2.4) $(GO) test -v -count=1 -timeout 3h -run TestRatios .

.PHONY: e2e-life
e2e-life: ## List every request to the API server in the life of one claim, and of the floor's (E2E_GENERATION=, E2E_IMAGES=)
	cd test/e2e && E2E_SCALE=1 E2E_VERSION=$(or $(E2E_VERSION),2.4) $(GO) test -v -count=1 -timeout 30m -run TestLife .

.PHONY: e2e-fleet
e2e-fleet: ## Measure 1,000 claims of 5 images and one of 100 (E2E_VERSION=, E2E_BREAKER=own or recommended, E2E_CLAIMS=, E2E_WAVE=)
	cd test/e2e && E2E_SCALE=1 E2E_VERSION=$(E2E_VERSION) $(GO) test -v -count=1 -timeout 3h -run TestFleet .
