# Rendering: the examples, or what a user wants to see, by Crossplane's own engine.
#   make render                                  which examples there are, and what they show
#   make render EXAMPLE=org-access/ontopix       one of them, first and observed
#   make render ALL=1                            all of them
#   make render CLAIM=claim.yaml                 a claim; OBSERVED= and REQUIRED= go with it
#   make render XR=xr.yaml                       a composite resource
#   make render … ENGINE=1.20                    by another engine: 1.16, 1.20, 2.2, 2.5
#   make xr CLAIM=claim.yaml                     the composite resource that a claim becomes
ENGINE ?= auto

# given passes a variable on as a flag if it is set: also if it is empty, which is a mistake.
given = $(if $(filter undefined,$(origin $(1))),,--$(2)='$($(1))')

.PHONY: render
render: ## List the examples, or render EXAMPLE=name, CLAIM=file or XR=file with Crossplane's own engine
	@test -x bin/render || echo 'Building what renders: about a minute the first time' >&2
	@CGO_ENABLED=0 $(GO) build -trimpath -o bin/render ./test/render/cmd/render
	@exec bin/render --engine='$(ENGINE)' $(if $(ALL),--all) $(call given,EXAMPLE,example) $(call given,CLAIM,claim) \
		$(call given,XR,xr) $(call given,OBSERVED,observed) $(call given,REQUIRED,required)

.PHONY: xr
xr: ## Print the composite resource that CLAIM=file becomes
	@test -n '$(CLAIM)' || { echo 'usage: make xr CLAIM=claim.yaml' >&2; exit 2; }
	@$(GO) run ./test/render/cmd/xr '$(CLAIM)'

.PHONY: golden
golden: ## Write the examples' XRs, observed resources and expected renders anew, and what the docs of kubectl-ecr show
	$(GO) test ./test/render -run 'TestXR|TestObserved|TestGolden' -count=1 -update
	$(GO) test ./internal/cli/root -run TestDocs -count=1 -update

.PHONY: test-engines
test-engines: build ## Render the examples with every supported engine and compare
	$(GO) test ./test/render -run TestEngines -count=1 -timeout 60m -v -engines
