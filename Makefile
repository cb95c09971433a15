# make without a target lists the targets. make check is what CI runs.

GO       ?= go
LINT      = $(GO) tool -modfile=tools/go.mod golangci-lint
PKG      ?= ./...
BENCH    ?= .
FUZZTIME ?= 10s

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: test
test: ## run the tests, on the PostgreSQL that is at hand (PKG=./...)
	$(GO) test $(PKG)

.PHONY: test-race
test-race: ## run the tests with the race detector, which need not watch SQLite
	$(GO) test -race -gcflags='modernc.org/...=-race=false' $(PKG)

.PHONY: test-docker
test-docker: ## run the tests on PostgreSQL in a container, nothing else
	THIRDAPP_TEST_POSTGRES_VIA=docker $(GO) test $(PKG)

.PHONY: test-binaries
test-binaries: ## run the tests on PostgreSQL from local binaries, nothing else
	THIRDAPP_TEST_POSTGRES_VIA=binaries $(GO) test $(PKG)

.PHONY: lint
lint: ## find what go vet and the linters find (.golangci.yml)
	$(GO) vet $(PKG)
	$(LINT) run $(PKG)

.PHONY: fmt
fmt: ## format the code: gofumpt, and imports in three groups
	$(LINT) fmt

.PHONY: cover
cover: ## measure coverage across packages; details in cover.out
	$(GO) test -coverpkg=$(PKG) -coverprofile=cover.out $(PKG)
	$(GO) tool cover -func=cover.out | tail -n 1

.PHONY: bench
bench: ## run the benchmarks on a PostgreSQL that syncs to disk (BENCH=regexp)
	THIRDAPP_TEST_POSTGRES_DURABLE=true $(GO) test -run '^$$' -bench '$(BENCH)' -benchmem $(PKG)

.PHONY: fuzz
fuzz: ## run each fuzz test for a short while (FUZZTIME=10s)
	@$(GO) list $(PKG) | while read -r pkg; do \
		$(GO) test -list '^Fuzz' "$$pkg" </dev/null | grep '^Fuzz' | while read -r fuzz; do \
			$(GO) test -run '^$$' -fuzz "^$$fuzz\$$" -fuzztime $(FUZZTIME) "$$pkg" </dev/null || exit 1; \
		done || exit 1; \
	done

.PHONY: examples
examples: ## build and test the examples
	$(GO) build ./examples/...
	$(GO) test ./examples/...

.PHONY: demo
demo: ## run the example platform on SQLite with an emulated DingTalk
	$(GO) run ./examples/host

.PHONY: emulator
emulator: ## run the DingTalk emulator
	$(GO) run ./examples/emulator

.PHONY: check
check: ## run everything a change must pass, as CI does
	bash .ci/run
