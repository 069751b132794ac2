# `make` lists the targets. Each installs what is missing on a fresh Debian machine before it does its job.
.DEFAULT_GOAL := help
SHELL := /bin/bash
SWIFT ?= swift
# Where the toolchain has them (on Linux), Swift's libraries become part of the command, which then starts in half the time: nothing has to be found
# and bound first. Asked only when something is built.
STATIC = $(shell [ "$$(uname -s)" = Linux ] && [ -e "$$($(SWIFT) -print-target-info -static-stdlib 2>/dev/null \
  | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')/linux/libswiftCore.a" ] && echo --static-swift-stdlib)
BUILD = $(SWIFT) build -c release $(STATIC) --product dl
DL := .build/release/dl
# Tests cannot be linked so: in one folder each build would undo the other's.
TESTS := --scratch-path .build/tests
# Only readline and zlib are linked. The others are opened when a program first needs them, and tests do.
PACKAGES := libopenblas-dev libreadline-dev zlib1g-dev libpng-dev libturbojpeg0-dev libsndfile1-dev libsqlite3-dev

.PHONY: help demo test build packages format lint bench bench-peers clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1	\2/' | expand -t 16

demo: build ## train on real handwritten digits and show what the model reads
	$(DL) examples/digits.dl

# One after the other: the tests of kernels switch the instruction set of the whole process, and bits are compared beside them.
test: packages ## run every test
	$(SWIFT) build -c release $(TESTS) --build-tests
	$(SWIFT) test -c release $(TESTS) --skip-build --no-parallel

build: packages ## build the command dl
	$(BUILD)

packages: ## install the Debian packages that are missing
	@if command -v dpkg >/dev/null; then \
	  missing=$$(for p in $(PACKAGES); do dpkg -s $$p >/dev/null 2>&1 || echo $$p; done); \
	  if [ -n "$$missing" ]; then \
	    echo "installing $$missing"; \
	    sudo=$$( [ "$$(id -u)" = 0 ] || echo sudo ); \
	    $$sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq $$missing; \
	  fi; \
	fi

format: ## format the Swift sources
	$(SWIFT) format -i --recursive Sources Tests Package.swift

lint: ## check the formatting
	$(SWIFT) format lint --strict --recursive Sources Tests Package.swift

bench: build ## the benchmark tables (see Benchmarks/README.md)
	bash Benchmarks/interpreter/run.sh

bench-peers: build ## ours beside PyTorch, JAX and ONNX Runtime (PEERS_PYTHON names their Python; see Benchmarks/README.md)
	DL=$(DL) python3 Benchmarks/peers/compare.py

clean: ## remove what was built
	rm -rf .build
