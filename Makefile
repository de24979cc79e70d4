# The commands of this project; `make` lists them. What they make lies in build/, what the service keeps in var/.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup build test histories check bench run demo format

JOBS ?= $(shell nproc 2>/dev/null || echo 2)
compile = cmake --build build/$(1) --parallel $(JOBS)
service := build/release/drchrono-sync

help:  ## this list
	@sed -nE 's/^([a-z]+):[^#]*## (.*)/  make \1\t\2/p' Makefile | expand -t 16

setup:  ## install what is missing on a Debian 12 machine
	@tools/setup

demo: build  ## the service with a simulated DrChrono, to look at; DEMO_ARGS="…" goes to it
	@tools/setup database
	@exec $(service) demo $(DEMO_ARGS)

run: build  ## the service on this machine with a database of its own and no secrets needed; RUN_ARGS="…"
	@tools/setup database
	@exec $(service) serve --dev $(RUN_ARGS)

build:  ## the release binary: build/release/drchrono-sync, and its bill of materials beside it
	@tools/setup build web
	@tools/web build
	@$(MAKE) --silent build/release/build.ninja
	@$(call compile,release) --target drchrono-sync
	@tools/sbom $(service) || echo "make: $(service).cdx.json could not be written, see above" >&2

test:  ## build with sanitizers, run every test, count them
	@tools/setup build web browser database test
	@tools/web build
	@$(MAKE) --silent build/dev/build.ninja
	@$(call compile,dev)
	@tools/run-tests build/dev

histories: SEED = 1
histories: SECONDS = 600
histories:  ## random histories of faults, SEED=1 and on for SECONDS=600; what breaks is printed with its plan; HISTORIES_ARGS="--shrink …"
	@tools/setup build web database test
	@tools/web build
	@$(MAKE) --silent build/dev/build.ninja
	@$(call compile,dev) --target drchrono-sync histories
	@exec build/dev/tests/histories --seed $(SEED) --for $(SECONDS) $(HISTORIES_ARGS)

check:  ## everything a machine can judge: format, clang-tidy, tests under ASan, UBSan and TSan, fuzzers
	@tools/check

bench:  ## measure; BENCH_ARGS="…" goes to it
	@tools/setup build web database test bench
	@tools/web build
	@$(MAKE) --silent build/release/build.ninja
	@$(call compile,release) --target drchrono-sync benches
	@build/release/bench/service
	@build/release/bench/reader
	@exec build/release/bench/run $(BENCH_ARGS)

format:  ## lay out all C++ as .clang-format says
	@tools/setup check
	@tools/sources | xargs -0 clang-format-19 -i

# Configured again when a preset changes; ninja itself sees to the CMakeLists.
build/%/build.ninja: CMakePresets.json
	@cmake --preset $* --log-level=NOTICE
	@touch $@
