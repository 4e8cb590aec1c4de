# Render the examples, or a user's own objects, with Crossplane's own engine.
#   make render                                  list the examples and what they show
#   make render EXAMPLE=org-access/ontopix       one of them, first and observed
#   make render ALL=1                            all of them
#   make render CLAIM=claim.yaml                 a claim; OBSERVED= and REQUIRED= go with it
#   make render XR=xr.yaml                       a composite resource
#   make render … ENGINE=1.20                    with another engine: 1.16, 1.20, 2.2, 2.5
#   make xr CLAIM=claim.yaml                     the composite resource that a claim becomes
ENGINE ?= auto

# given passes a variable on as a flag if it is set, even to nothing: that is a mistake to report.
given = $(if $(filter undefined,$(origin $(1))),,--$(2)='$($(1))')

.PHONY: render
render: ## List the examples, or render EXAMPLE=name, CLAIM=file or XR=file with Crossplane's own engine
	@test -x bin/render || echo 'Building the render command: about a minute the first time' >&2
	@CGO_ENABLED=0 $(GO) build -trimpath -o bin/render ./test/render/cmd/render
	@exec bin/render --engine='$(ENGINE)' $(if $(ALL),--all) $(call given,EXAMPLE,example) $(call given,CLAIM,claim) \
		$(call given,XR,xr) $(call given,OBSERVED,observed) $(call given,REQUIRED,required)

.PHONY: xr
xr: ## Print the composite resource that CLAIM=file becomes
	@test -n '$(CLAIM)' || { echo 'usage: make xr CLAIM=claim.yaml' >&2; exit 2; }
	@$(GO) run ./test/render/cmd/xr '$(CLAIM)'

.PHONY: golden
golden: ## Rewrite the examples' XRs, observed resources and expected renders, and the examples in the docs of kubectl-ecr
	$(GO) test ./test/render -run 'TestXR|TestObserved|TestGolden' -count=1 -update
	$(GO) test ./internal/cli/root -run TestDocs -count=1 -update

.PHONY: test-engines
test-engines: build ## Render the examples with every supported engine and compare
	$(GO) test ./test/render -run TestEngines -count=1 -timeout 60m -v -engines
