# Anneal: everything starts here. `make distill` and `make test` do their own set-up.

SWIFT ?= swift
ANNEAL = .build/release/anneal
# @testable needs -enable-testing; a build folder of its own keeps that flag from rebuilding the release binary.
TEST_FLAGS = -c release -Xswiftc -enable-testing --scratch-path .build/testing

# What `anneal --version` names: the commit, and a plus where files differ from it.
export ANNEAL_COMMIT := $(shell c=$$(git rev-parse --short=12 HEAD 2>/dev/null) && { git diff --quiet HEAD && echo $$c || echo $$c+; })

.DEFAULT_GOAL := help
.PHONY: distill test mpi test-mpi variants fuzz explore sanitize build setup release install docs browser tasks general lint format check clean help

distill: build ## train a teacher and three students on an embedded task and print the comparison
	@$(ANNEAL) demo

test: setup ## run every test
	@.ci/test $(TEST_FLAGS)

MPI = .build/mpi/release/anneal
mpi: setup ## build the program for runs over ranks of MPI, .build/mpi/release/anneal
	@.ci/setup mpi
	@$(SWIFT) build -c release --product anneal --traits MPI --scratch-path .build/mpi

test-mpi: mpi ## run it over 2 and 4 ranks on this machine and compare with one process
	@.ci/mpi $(MPI)

variants: setup ## check the kernels as other processors run them, and run the numeric tests with those for older ones
	@.ci/kernels
	@.ci/variants

fuzz: setup ## read 100,000 damaged files of each format and print what became of them
	@.ci/fuzz $(TEST_FLAGS)

explore: setup ## look for files that hurt with libFuzzer, a minute for each format
	@.ci/explore

sanitize: setup ## run every test under the address sanitizer, then under the thread sanitizer
	@.ci/sanitize

build: setup ## build the release binary, .build/release/anneal
	@$(SWIFT) build -c release --product anneal

setup: ## install the three C libraries where they are missing (OpenBLAS, utf8proc, zlib)
	@.ci/setup

release: setup ## build one stripped binary with the Swift runtime inside, its manual pages and completions
	@.ci/release

PREFIX ?= /usr/local
install: setup ## the same, installed under PREFIX (/usr/local)
	@PREFIX="$(PREFIX)" .ci/release

docs: build ## build the documentation of every product into .build/docs
	@.ci/docs

browser: build ## look at reports in Chromium, where there is one
	@.ci/browser $(ANNEAL)

tasks: setup ## write tasks/ and vocab/ again from their seed
	@.ci/tasks

general: build ## make general students of TEACHER on prose of Debian packages and the text of GLUE, if given
	@.ci/general "$(TEACHER)" "$(GLUE)"

lint: ## check formatting and documentation, then the structure of the code
	@$(SWIFT) format lint --strict --recursive Sources Tests Package.swift
	@.ci/check-structure

format: ## rewrite the sources in the project's format
	@$(SWIFT) format --in-place --recursive Sources Tests Package.swift

check: ## what continuous integration runs: tests, kernels, lint, structure, smoke, documentation, browser
	@.ci/run

clean: ## remove what was built
	@rm -rf .build Tests/Consumer/.build Tests/Fuzzing/.build

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
